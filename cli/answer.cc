#include "cli/answer.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/text_table.h"
#include "cli/csv.h"
#include "cli/wrapped.h"

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

void AddShare(const char* id, const v1::Share& share, uint32_t floor, Json& json) {
  if (IsHidden(share)) {
    json[id] = nullptr;
    json["hidden"][id] = HiddenWord(share.hidden(), floor);
  } else if (share.over_90()) {
    json[id] = ShareText(share);
  } else {
    json[id] = share.percent();
  }
}

std::string ShareCell(const v1::Share& share, uint32_t floor, bool table) {
  return IsHidden(share) ? HiddenText(share.hidden(), floor)
                         : ShareText(share) + (table ? " %" : "");
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
  AddShare(kShareId, measures.automated(), floor, json);
  return json;
}

const char* FunctionName(v1::Function function) {
  switch (function) {
    case v1::FUNCTION_FRONT_OFFICE:
      return "front_office";
    case v1::FUNCTION_BACK_OFFICE:
      return "back_office";
    case v1::FUNCTION_PRODUCT:
      return "product";
    default:
      return "";
  }
}

const char* StandingName(v1::Standing standing) {
  switch (standing) {
    case v1::STANDING_SANCTIONED:
      return "yes";
    case v1::STANDING_UNSANCTIONED:
      return "no";
    case v1::STANDING_MIXED:
      return "for some";
    default:
      return "";
  }
}

// A number that may not be known: 0 reads as nothing.
std::string Known(uint32_t value, bool table) {
  if (value == 0) return "";
  return table ? GroupedDigits(value) : std::to_string(value);
}

std::string ReachText(const v1::DepartmentsAnswer::Row& row, uint32_t floor, bool table) {
  return row.has_reach() ? ShareCell(row.reach(), floor, table) : "";
}

// What the policy says of a department: keys only for what it says.
void AddDecided(const v1::DepartmentsAnswer::Row& row, uint32_t floor, Json& json) {
  if (!row.name().empty()) json["name"] = row.name();
  if (row.function() != v1::FUNCTION_UNSPECIFIED) json["function"] = FunctionName(row.function());
  if (row.heads() != 0) json["heads"] = row.heads();
  if (row.has_reach()) AddShare("reach_percent", row.reach(), floor, json);
}

Json ToJson(const v1::Scope& scope) {
  return {{"month", scope.month()},
          {"first", scope.first()},
          {"end", scope.end()},
          {"open", scope.month_open()},
          {"floor", scope.floor()},
          {"notes", std::vector<std::string>(scope.notes().begin(), scope.notes().end())}};
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
  cells.push_back(ShareCell(measures.automated(), floor, table));
  return cells;
}

bool HasComplement(const v1::Measures& measures) {
  for (const Measure& measure : kMeasures) {
    if ((measures.*measure.get)().hidden().why() == v1::Hidden::WHY_COMPLEMENT) return true;
  }
  return false;
}

// What is newer stands behind what was there, so that old readers go on working.
std::vector<std::string> CsvHeader(std::vector<std::string> fields,
                                   const std::vector<std::string>& behind) {
  for (const Measure& measure : kMeasures) fields.push_back(measure.id);
  fields.push_back(kShareId);
  fields.insert(fields.end(), behind.begin(), behind.end());
  return fields;
}

template <typename Range>
std::vector<std::string> Joined(std::vector<std::string> front, const Range& back) {
  front.insert(front.end(), back.begin(), back.end());
  return front;
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
      AddDecided(row, floor, each);
      each["top_services"] =
          std::vector<std::string>(row.top_services().begin(), row.top_services().end());
      json["departments"].push_back(std::move(each));
    }
    json["total_of_shown"] = ToJson(answer.total(), floor);
    return json.dump(1) + "\n";
  }
  if (format == Format::kCsv) {
    std::string csv = CsvLine(CsvHeader({"month", "department", "enrolled"},
                                        {"name", "function", "heads", "reach_percent"}));
    for (const auto& row : answer.rows()) {
      auto cells =
          Joined({answer.scope().month(), row.department(), std::to_string(row.enrolled())},
                 Cells(row.measures(), floor, false));
      csv += CsvLine(Joined(
          std::move(cells),
          std::vector<std::string>{row.name(), FunctionName(row.function()),
                                   Known(row.heads(), false), ReachText(row, floor, false)}));
    }
    return csv;
  }
  // Of the policy, only what it says: without head counts there is no share.
  const bool reach = std::any_of(answer.rows().begin(), answer.rows().end(),
                                 [](const auto& row) { return row.has_reach(); });
  std::vector<TextTable::Column> front = {{"DEPARTMENT"}, {"ENROLLED", TextTable::Align::kRight}};
  if (reach) {
    front.push_back({"HEADS", TextTable::Align::kRight});
    front.push_back({"REACH", TextTable::Align::kRight});
  }
  auto columns = MeasureColumns(std::move(front));
  columns.push_back({"MOST USED"});
  TextTable table(std::move(columns));
  bool complement = HasComplement(answer.total());
  for (const auto& row : answer.rows()) {
    complement |= HasComplement(row.measures());
    std::vector<std::string> about = {row.department(), GroupedDigits(row.enrolled())};
    if (reach) {
      about.push_back(Known(row.heads(), true));
      about.push_back(ReachText(row, floor, true));
    }
    auto cells = Joined(std::move(about), Cells(row.measures(), floor, true));
    std::string most;
    for (const std::string& service : row.top_services())
      most += (most.empty() ? "" : ", ") + service;
    cells.push_back(most);
    table.AddRow(std::move(cells));
  }
  table.AddRule();
  std::vector<std::string> all = {"all shown", ""};
  if (reach) all.resize(4);
  table.AddRow(Joined(std::move(all), Cells(answer.total(), floor, true)));
  return table.Render(colour) + Footer(answer.scope(), complement) +
         (reach ? Wrapped("Reach is the share of a department's people, by the policy's head "
                          "counts, with a "
                          "laptop on which AI was used; in steps of 5 %.")
                : "");
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
      if (row.standing() != v1::STANDING_UNSPECIFIED)
        each["sanctioned"] = StandingName(row.standing());
      if (row.seats() != 0) each["seats"] = row.seats();
      each.update(ToJson(row.measures(), floor));
      json["services"].push_back(std::move(each));
    }
    json["total"] = ToJson(answer.total(), floor);
    return json.dump(1) + "\n";
  }
  if (format == Format::kCsv) {
    std::string csv =
        CsvLine(CsvHeader({"month", "department", "service"}, {"sanctioned", "seats"}));
    for (const auto& row : answer.rows()) {
      auto cells = Joined({answer.scope().month(), department, row.service()},
                          Cells(row.measures(), floor, false));
      csv += CsvLine(Joined(std::move(cells), std::vector<std::string>{StandingName(row.standing()),
                                                                       Known(row.seats(), false)}));
    }
    return csv;
  }
  const bool decided = std::any_of(answer.rows().begin(), answer.rows().end(), [](const auto& row) {
    return row.standing() != v1::STANDING_UNSPECIFIED;
  });
  std::vector<TextTable::Column> front = {{"SERVICE"}};
  if (decided) {
    front.push_back({"SANCTIONED"});
    front.push_back({"SEATS", TextTable::Align::kRight});
  }
  TextTable table(MeasureColumns(std::move(front)));
  bool complement = HasComplement(answer.total());
  for (const auto& row : answer.rows()) {
    complement |= HasComplement(row.measures());
    std::vector<std::string> about = {row.service()};
    if (decided) {
      about.push_back(StandingName(row.standing()));
      about.push_back(Known(row.seats(), true));
    }
    table.AddRow(Joined(std::move(about), Cells(row.measures(), floor, true)));
  }
  table.AddRule();
  std::vector<std::string> all = {department.empty() ? "all departments" : department};
  if (decided) all.resize(3);
  table.AddRow(Joined(std::move(all), Cells(answer.total(), floor, true)));
  return table.Render(colour) + Footer(answer.scope(), complement);
}

}  // namespace gnomon::cli
