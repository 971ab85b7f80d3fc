#include "cli/answer.h"

#include <array>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/text_table.h"
#include "cli/csv.h"

namespace gnomon::cli {
namespace {

using Json = nlohmann::ordered_json;

// The measures in the order in which they are shown, by one list for all formats.
struct Measure {
  const char* id;
  const char* title;  // in tables; null: volumes are for programs, and would not fit a terminal
  const v1::Released& (v1::Measures::*get)() const;
};
constexpr std::array<Measure, 8> kMeasures = {{
    {"devices", "DEVICES", &v1::Measures::devices},
    {"device_days", "DEVICE DAYS", &v1::Measures::device_days},
    {"visits", "VISITS", &v1::Measures::visits},
    {"turns", "TURNS", &v1::Measures::turns},
    {"active_minutes", "ACTIVE MIN", &v1::Measures::active_minutes},
    {"uploads", "UPLOADS", &v1::Measures::uploads},
    {"kib_up", nullptr, &v1::Measures::kib_up},
    {"kib_down", nullptr, &v1::Measures::kib_down},
}};

constexpr char kShareId[] = "automated_percent";
constexpr char kShareTitle[] = "AUTOMATED";

// "hidden (<10)" where the group is under the floor, "hidden" where it protects such a group.
std::string HiddenText(const v1::Hidden& hidden, uint32_t floor) {
  if (hidden.why() == v1::Hidden::WHY_COMPLEMENT) return "hidden";
  return "hidden (<" + std::to_string(floor) + ")";
}

bool IsHidden(const v1::Released& released) {
  // A number that is neither shown nor marked was not released either.
  return released.state_case() != v1::Released::kValue;
}

bool IsHidden(const v1::Share& share) {
  return share.state_case() != v1::Share::kPercent && !share.over_90();
}

std::string ShareText(const v1::Share& share) {
  return share.over_90() ? ">90" : std::to_string(share.percent());
}

std::string HiddenWord(const v1::Hidden& hidden, uint32_t floor) {
  const bool complement = hidden.why() == v1::Hidden::WHY_COMPLEMENT;
  return complement ? "complement" : "<" + std::to_string(floor);
}

Json ToJson(const v1::Measures& measures, uint32_t floor) {
  Json json;
  for (const Measure& measure : kMeasures) {
    const v1::Released& released = (measures.*measure.get)();
    if (IsHidden(released)) {
      json[measure.id] = nullptr;
      json["hidden"][measure.id] = HiddenWord(released.hidden(), floor);
    } else {
      json[measure.id] = released.value();
    }
  }
  const v1::Share& share = measures.automated();
  if (IsHidden(share)) {
    json[kShareId] = nullptr;
    json["hidden"][kShareId] = HiddenWord(share.hidden(), floor);
  } else if (share.over_90()) {
    json[kShareId] = ShareText(share);
  } else {
    json[kShareId] = share.percent();
  }
  return json;
}

Json ToJson(const v1::Scope& scope) {
  return {{"month", scope.month()},   {"first", scope.first()},
          {"end", scope.end()},       {"open", scope.month_open()},
          {"floor", scope.floor()},   {"notes", std::vector<std::string>(scope.notes().begin(),
                                                                         scope.notes().end())}};
}

// The measures of one row as text: grouped digits for a table, plain ones for CSV.
std::vector<std::string> Cells(const v1::Measures& measures, uint32_t floor, bool table) {
  std::vector<std::string> cells;
  for (const Measure& measure : kMeasures) {
    if (table && measure.title == nullptr) continue;
    const v1::Released& released = (measures.*measure.get)();
    if (IsHidden(released)) {
      cells.push_back(HiddenText(released.hidden(), floor));
    } else {
      cells.push_back(table ? GroupedDigits(released.value()) : std::to_string(released.value()));
    }
  }
  const v1::Share& share = measures.automated();
  cells.push_back(IsHidden(share) ? HiddenText(share.hidden(), floor)
                                  : ShareText(share) + (table ? " %" : ""));
  return cells;
}

bool HasComplement(const v1::Measures& measures) {
  for (const Measure& measure : kMeasures) {
    if ((measures.*measure.get)().hidden().why() == v1::Hidden::WHY_COMPLEMENT) return true;
  }
  return false;
}

std::vector<std::string> CsvHeader(std::vector<std::string> fields) {
  for (const Measure& measure : kMeasures) fields.push_back(measure.id);
  fields.push_back(kShareId);
  return fields;
}

template <typename Range>
std::vector<std::string> Joined(std::vector<std::string> front, const Range& back) {
  front.insert(front.end(), back.begin(), back.end());
  return front;
}

// Breaks at blanks, so that a sentence can be read below a table; lines after the first are indented.
std::string Wrapped(const std::string& sentence) {
  constexpr size_t kColumns = 100;
  std::string text;
  size_t used = 0;
  std::istringstream words(sentence);
  for (std::string word; words >> word;) {
    const size_t width = DisplayWidth(word);
    if (used > 0 && used + 1 + width > kColumns) {
      text += "\n ";
      used = 1;
    }
    text += (used > 0 ? " " : "") + word;
    used += (used > 0 ? 1 : 0) + width;
  }
  return text + "\n";
}

// Under a table: what the range is, what hidden means, and the answer's own notes.
std::string Footer(const v1::Scope& scope, bool complement) {
  std::string text = "\n" + scope.first() + " to before " + scope.end() +
                     (scope.month_open() ? " (the month is still open)" : "") + ".\n";
  if (complement) {
    text += "\"hidden\" without a number: it would let a smaller group be worked out.\n";
  }
  for (const std::string& note : scope.notes()) text += Wrapped(note);
  return text;
}

std::vector<TextTable::Column> MeasureColumns(std::vector<TextTable::Column> columns) {
  for (const Measure& measure : kMeasures) {
    if (measure.title != nullptr) columns.push_back({measure.title, TextTable::Align::kRight});
  }
  columns.push_back({kShareTitle, TextTable::Align::kRight});
  return columns;
}

}  // namespace

Format ParseFormat(const std::string& text) {
  return text == "json" ? Format::kJson : text == "csv" ? Format::kCsv : Format::kTable;
}

std::string Render(const v1::DepartmentsAnswer& answer, Format format, bool colour) {
  const uint32_t floor = answer.scope().floor();
  if (format == Format::kJson) {
    Json json = {{"scope", ToJson(answer.scope())}, {"departments", Json::array()}};
    for (const auto& row : answer.rows()) {
      Json each = {{"department", row.department()}, {"enrolled", row.enrolled()}};
      each.update(ToJson(row.measures(), floor));
      each["top_services"] =
          std::vector<std::string>(row.top_services().begin(), row.top_services().end());
      json["departments"].push_back(std::move(each));
    }
    json["total_of_shown"] = ToJson(answer.total(), floor);
    return json.dump(1) + "\n";
  }
  if (format == Format::kCsv) {
    std::string csv = CsvLine(CsvHeader({"month", "department", "enrolled"}));
    for (const auto& row : answer.rows()) {
      csv += CsvLine(Joined({answer.scope().month(), row.department(), std::to_string(row.enrolled())},
                            Cells(row.measures(), floor, false)));
    }
    return csv;
  }
  auto columns = MeasureColumns({{"DEPARTMENT"}, {"ENROLLED", TextTable::Align::kRight}});
  columns.push_back({"MOST USED"});
  TextTable table(std::move(columns));
  bool complement = HasComplement(answer.total());
  for (const auto& row : answer.rows()) {
    complement |= HasComplement(row.measures());
    auto cells = Joined({row.department(), GroupedDigits(row.enrolled())},
                        Cells(row.measures(), floor, true));
    std::string most;
    for (const std::string& service : row.top_services()) most += (most.empty() ? "" : ", ") + service;
    cells.push_back(most);
    table.AddRow(std::move(cells));
  }
  table.AddRule();
  table.AddRow(Joined({"all shown", ""}, Cells(answer.total(), floor, true)));
  return table.Render(colour) + Footer(answer.scope(), complement);
}

std::string Render(const v1::ServicesAnswer& answer, Format format, bool colour) {
  const uint32_t floor = answer.scope().floor();
  const std::string department = answer.department();
  if (format == Format::kJson) {
    Json json = {{"scope", ToJson(answer.scope())},
                 {"department", department.empty() ? Json(nullptr) : Json(department)},
                 {"services", Json::array()}};
    for (const auto& row : answer.rows()) {
      Json each = {{"service", row.service()}};
      each.update(ToJson(row.measures(), floor));
      json["services"].push_back(std::move(each));
    }
    json["total"] = ToJson(answer.total(), floor);
    return json.dump(1) + "\n";
  }
  if (format == Format::kCsv) {
    std::string csv = CsvLine(CsvHeader({"month", "department", "service"}));
    for (const auto& row : answer.rows()) {
      csv += CsvLine(Joined({answer.scope().month(), department, row.service()},
                            Cells(row.measures(), floor, false)));
    }
    return csv;
  }
  TextTable table(MeasureColumns({{"SERVICE"}}));
  bool complement = HasComplement(answer.total());
  for (const auto& row : answer.rows()) {
    complement |= HasComplement(row.measures());
    table.AddRow(Joined({row.service()}, Cells(row.measures(), floor, true)));
  }
  table.AddRule();
  table.AddRow(Joined({department.empty() ? "all departments" : department},
                      Cells(answer.total(), floor, true)));
  return table.Render(colour) + Footer(answer.scope(), complement);
}

}  // namespace gnomon::cli
