// What finance knows of departments: one CSV or YAML file (docs/formats/finance.md). It stays at
// the collector; everything works without it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "value/facts.h"

namespace gnomon::value {

inline constexpr size_t kMaxFinanceBytes = 4u << 20;
inline constexpr size_t kMaxFinanceDepartments = 2000;  // as in a policy

struct FinanceDepartment {
  std::string code;
  v1::Function function = v1::FUNCTION_UNSPECIFIED;
  std::optional<uint32_t> heads;
  FinanceFacts money;
  std::map<std::string, uint32_t> seats;  // bought, by catalogue id
};

struct FinanceInputs {
  std::string currency = "USD";  // ISO 4217, of all amounts
  std::vector<FinanceDepartment> departments;
  const FinanceDepartment* Find(const std::string& code) const;  // null: not in the file
};

// Errors read "file:line:column: what" ("file:line: key: what" in YAML), with the column counted in
// fields of the row. `origin` names the file.
Result<FinanceInputs> ParseFinanceCsv(const std::string& text, const std::string& origin);
Result<FinanceInputs> ParseFinanceYaml(const std::string& text, const std::string& origin);
// By the file's ending: .csv, .yaml or .yml.
Result<FinanceInputs> LoadFinance(const std::filesystem::path& file);

// Fills in what the policy does not say of a department; what it says stays.
void AddFinance(const FinanceInputs& finance, Facts* facts);

}  // namespace gnomon::value
