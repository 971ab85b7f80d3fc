#include "value/finance_fields.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/code.h"

namespace gnomon::value {
namespace {

constexpr uint32_t kMaxHeads = 10'000'000;          // as in a policy
constexpr uint64_t kMaxAmount = 1'000'000'000'000;  // a year, in units of the currency
constexpr double kMaxHourlyCost = 100'000;

template <typename T>
bool ReadWhole(const std::string& text, T most, T* out) {
  T value = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || at != text.data() + text.size() || value > most) return false;
  *out = value;
  return true;
}

std::string ReadAmount(const std::string& text, std::optional<uint64_t>* out) {
  uint64_t value = 0;
  if (!ReadWhole(text, kMaxAmount, &value))
    return "expected a whole amount a year without separators, like 120000, not \"" + text + "\"";
  *out = value;
  return {};
}

std::string ReadCode(const std::string& text, FinanceDepartment* row) {
  if (!IsCode(text)) {
    return "expected a department's code (lower-case letters, digits, single hyphens), not \"" +
           text + "\"";
  }
  row->code = text;
  return {};
}

std::string ReadFunction(const std::string& text, FinanceDepartment* row) {
  constexpr std::array<std::pair<const char*, v1::Function>, 3> kFunctions = {{
      {"front_office", v1::FUNCTION_FRONT_OFFICE},
      {"back_office", v1::FUNCTION_BACK_OFFICE},
      {"product", v1::FUNCTION_PRODUCT},
  }};
  for (const auto& [name, function] : kFunctions) {
    if (text != name) continue;
    row->function = function;
    return {};
  }
  return "expected front_office, back_office or product, not \"" + text + "\"";
}

std::string ReadHeads(const std::string& text, FinanceDepartment* row) {
  uint32_t heads = 0;
  if (!ReadWhole(text, kMaxHeads, &heads) || heads == 0)
    return "expected a number of people, not \"" + text + "\"";
  row->heads = heads;
  return {};
}

std::string ReadHourlyCost(const std::string& text, FinanceDepartment* row) {
  double value = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || at != text.data() + text.size() ||
      !(value > 0 && value <= kMaxHourlyCost))
    return "expected the loaded cost of an hour, like 62.5, not \"" + text + "\"";
  row->money.hourly_cost = value;
  return {};
}

constexpr std::array<FinanceField, 7> kFields = {{
    {"department", "code, as in the policy", ReadCode},
    {"function", "front_office, back_office or product", ReadFunction},
    {"heads", "people", ReadHeads},
    {"ai_budget", "for AI, a year",
     [](const std::string& text, FinanceDepartment* row) {
       return ReadAmount(text, &row->money.ai_budget);
     }},
    {"hourly_cost", "loaded cost of one hour of work", ReadHourlyCost},
    {"outsourcing", "spend a year",
     [](const std::string& text, FinanceDepartment* row) {
       return ReadAmount(text, &row->money.outsourcing);
     }},
    {"agency", "spend a year",
     [](const std::string& text, FinanceDepartment* row) {
       return ReadAmount(text, &row->money.agency);
     }},
}};

}  // namespace

const FinanceField* FindFinanceField(std::string_view name) {
  const auto found = std::find_if(kFields.begin(), kFields.end(),
                                  [&](const FinanceField& field) { return field.name == name; });
  return found == kFields.end() ? nullptr : &*found;
}

std::string FinanceFieldNames() {
  std::string names;
  for (const FinanceField& field : kFields) {
    names += (names.empty() ? "" : ", ") + std::string(field.name);
  }
  return names;
}

std::string ReadSeats(const std::string& service, const std::string& count,
                      FinanceDepartment* row) {
  uint32_t seats = 0;
  if (!IsCode(service)) return "\"" + service + "\" is no catalogue id";
  if (!ReadWhole(count, kMaxHeads, &seats))
    return service + ": expected a number of seats, not \"" + count + "\"";
  if (!row->seats.emplace(service, seats).second) return service + " stands twice";
  return {};
}

std::string ReadCurrency(const std::string& text, std::string* currency) {
  const bool fine = text.size() == 3 && std::all_of(text.begin(), text.end(),
                                                    [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!fine) return "expected a currency like EUR (ISO 4217), not \"" + text + "\"";
  *currency = text;
  return {};
}

std::string AddRow(FinanceDepartment row, FinanceInputs* inputs) {
  if (row.code.empty()) return "department is missing";
  if (inputs->Find(row.code) != nullptr) return row.code + " stands twice";
  if (inputs->departments.size() == kMaxFinanceDepartments)
    return "more than " + std::to_string(kMaxFinanceDepartments) + " departments";
  inputs->departments.push_back(std::move(row));
  return {};
}

}  // namespace gnomon::value
