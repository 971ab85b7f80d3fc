#include "value/finance.h"

#include <algorithm>

#include "base/file.h"
#include "base/yaml.h"
#include "value/csv_file.h"
#include "value/finance_fields.h"

namespace gnomon::value {
namespace {

constexpr std::string_view kSeats = "seats";
constexpr std::string_view kCurrency = "currency";

Status Wrong(const std::string& position, std::string_view field, const std::string& what) {
  return InvalidArgument(position + ": " + std::string(field) + ": " + what);
}

std::string Trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

// "microsoft-copilot=40 chatgpt=20"
std::string ReadSeatList(const std::string& text, FinanceDepartment* row) {
  size_t at = 0;
  while ((at = text.find_first_not_of(" \t", at)) != std::string::npos) {
    const size_t end = std::min(text.find_first_of(" \t", at), text.size());
    const std::string each = text.substr(at, end - at);
    const size_t equals = each.find('=');
    if (equals == std::string::npos) return "expected SERVICE=SEATS, not \"" + each + "\"";
    std::string problem = ReadSeats(each.substr(0, equals), each.substr(equals + 1), row);
    if (!problem.empty()) return problem;
    at = end;
  }
  return {};
}

Status CheckHead(const CsvRow& head, const std::string& origin) {
  bool department = false;
  for (const CsvField& field : head) {
    const std::string name = Trimmed(field.text);
    department |= name == "department";
    if (name == kSeats || name == kCurrency || FindFinanceField(name) != nullptr) continue;
    return InvalidArgument(CsvPosition(origin, field) + ": unknown column \"" + name +
                           "\"; known: " + FinanceFieldNames() + ", seats, currency");
  }
  if (!department) return InvalidArgument(origin + ":1: the column department is missing");
  return Status::Ok();
}

// One row; `currency` is what the rows before said, empty in the first.
Status ReadRow(const CsvRow& head, const CsvRow& cells, const std::string& origin,
               std::string* currency, FinanceInputs* inputs) {
  FinanceDepartment row;
  for (size_t i = 0; i < cells.size(); ++i) {
    const std::string text = Trimmed(cells[i].text);
    if (i >= head.size()) {
      if (text.empty()) continue;
      return InvalidArgument(CsvPosition(origin, cells[i]) + ": there is no column for \"" + text +
                             "\"");
    }
    if (text.empty()) continue;
    const std::string name = Trimmed(head[i].text);
    std::string problem;
    if (name == kSeats) {
      problem = ReadSeatList(text, &row);
    } else if (name == kCurrency) {
      problem = ReadCurrency(text, &inputs->currency);
      if (problem.empty() && !currency->empty() && text != *currency)
        problem = "\"" + text + "\", but a row before has " + *currency;
      *currency = text;
    } else {
      problem = FindFinanceField(name)->read(text, &row);
    }
    if (!problem.empty()) return Wrong(CsvPosition(origin, cells[i]), name, problem);
  }
  const std::string problem = AddRow(std::move(row), inputs);
  if (!problem.empty()) return Wrong(CsvPosition(origin, cells.front()), "department", problem);
  return Status::Ok();
}

Status ReadYamlDepartment(const YAML::Node& node, const std::string& origin,
                          FinanceInputs* inputs) {
  if (!node.IsMap())
    return InvalidArgument(YamlPosition(origin, node) + ": expected a mapping of keys");
  FinanceDepartment row;
  for (const auto& entry : node) {
    const std::string name = entry.first.IsScalar() ? entry.first.Scalar() : "?";
    const std::string at = YamlPosition(origin, entry.first);
    if (name == kSeats) {
      if (!entry.second.IsMap()) return Wrong(at, name, "expected SERVICE: SEATS");
      for (const auto& seat : entry.second) {
        if (!seat.first.IsScalar() || !seat.second.IsScalar())
          return Wrong(YamlPosition(origin, seat.first), name, "expected SERVICE: SEATS");
        const std::string problem = ReadSeats(seat.first.Scalar(), seat.second.Scalar(), &row);
        if (!problem.empty()) return Wrong(YamlPosition(origin, seat.first), name, problem);
      }
      continue;
    }
    const FinanceField* field = FindFinanceField(name);
    if (field == nullptr)
      return Wrong(at, name, "unknown key; known here: " + FinanceFieldNames() + ", seats");
    if (!entry.second.IsScalar()) return Wrong(at, name, std::string("expected ") + field->about);
    const std::string problem = field->read(entry.second.Scalar(), &row);
    if (!problem.empty()) return Wrong(at, name, problem);
  }
  const std::string problem = AddRow(std::move(row), inputs);
  if (!problem.empty()) return Wrong(YamlPosition(origin, node), "department", problem);
  return Status::Ok();
}

}  // namespace

const FinanceDepartment* FinanceInputs::Find(const std::string& code) const {
  const auto found = std::find_if(departments.begin(), departments.end(),
                                  [&](const FinanceDepartment& each) { return each.code == code; });
  return found == departments.end() ? nullptr : &*found;
}

Result<FinanceInputs> ParseFinanceCsv(const std::string& text, const std::string& origin) {
  GNOMON_ASSIGN_OR_RETURN(const std::vector<CsvRow> rows,
                          ParseCsv(text, origin, kMaxFinanceBytes, 2 * kMaxFinanceDepartments));
  if (rows.empty())
    return InvalidArgument(origin + ":1: the line with the columns' names is missing");
  GNOMON_RETURN_IF_ERROR(CheckHead(rows.front(), origin));
  FinanceInputs inputs;
  std::string currency;
  for (size_t i = 1; i < rows.size(); ++i) {
    GNOMON_RETURN_IF_ERROR(ReadRow(rows.front(), rows[i], origin, &currency, &inputs));
  }
  return inputs;
}

Result<FinanceInputs> ParseFinanceYaml(const std::string& text, const std::string& origin) {
  GNOMON_ASSIGN_OR_RETURN(const YAML::Node root, ParseYaml(text, origin));
  FinanceInputs inputs;
  YamlFields fields(root, origin);
  std::string currency = inputs.currency;
  fields.String("currency", &currency);
  if (const std::string problem = ReadCurrency(currency, &inputs.currency); !problem.empty())
    fields.Fail("currency", problem);
  fields.Require("departments");
  const YAML::Node departments = fields.Child("departments");
  GNOMON_RETURN_IF_ERROR(fields.Finish());
  if (!departments.IsSequence())
    return Wrong(YamlPosition(origin, departments), "departments", "expected a list");
  for (const YAML::Node& node : departments) {
    GNOMON_RETURN_IF_ERROR(ReadYamlDepartment(node, origin, &inputs));
  }
  return inputs;
}

Result<FinanceInputs> LoadFinance(const std::filesystem::path& file) {
  const std::string ending = file.extension().string();
  if (ending != ".csv" && ending != ".yaml" && ending != ".yml")
    return InvalidArgument(file.string() + ": expected a file that ends with .csv, .yaml or .yml");
  GNOMON_ASSIGN_OR_RETURN(const std::string text, ReadFile(file, kMaxFinanceBytes));
  return ending == ".csv" ? ParseFinanceCsv(text, file.string())
                          : ParseFinanceYaml(text, file.string());
}

void AddFinance(const FinanceInputs& finance, Facts* facts) {
  facts->currency = finance.currency;
  for (DepartmentFacts& department : facts->departments) {
    const FinanceDepartment* row = finance.Find(department.code);
    if (row == nullptr) continue;
    department.finance = row->money;
    if (!department.heads) department.heads = row->heads;
    if (department.function == v1::FUNCTION_UNSPECIFIED) department.function = row->function;
    for (ServiceFacts& service : department.services) {
      const auto seats = row->seats.find(service.id);
      if (seats == row->seats.end() || service.seats != 0) continue;
      // What seats were bought of is official, whether the policy lists it or not.
      service.seats = seats->second;
      service.sanctioned = true;
    }
  }
}

}  // namespace gnomon::value
