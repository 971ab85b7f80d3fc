// YAML -> Policy: shapes and words here, limits in Check().
#include <array>

#include "base/yaml.h"
#include "policy/policy.h"

namespace gnomon::policy {
namespace {

constexpr std::array<const char*, 7> kWeekdays = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

// "07:30" -> 450; "24:00" is the day's end.
bool ParseTime(const std::string& text, uint32_t* minute) {
  if (text.size() != 5 || text[2] != ':') return false;
  for (const size_t at : {0, 1, 3, 4}) {
    if (text[at] < '0' || text[at] > '9') return false;
  }
  const uint32_t hours = static_cast<uint32_t>((text[0] - '0') * 10 + (text[1] - '0'));
  const uint32_t minutes = static_cast<uint32_t>((text[3] - '0') * 10 + (text[4] - '0'));
  *minute = hours * 60 + minutes;
  return minutes < 60 && *minute <= 24 * 60;
}

Status Wrong(const std::string& origin, const YAML::Node& node, const std::string& what) {
  return InvalidArgument(YamlPosition(origin, node) + ": " + what);
}

// Calls `read` for each entry of the list, which may be missing.
template <typename Read>
Status ForEach(const YAML::Node& list, const std::string& origin, const char* key, Read&& read) {
  if (!list.IsDefined() || list.IsNull()) return Status::Ok();
  if (!list.IsSequence()) return Wrong(origin, list, std::string(key) + ": expected a list");
  for (const YAML::Node& entry : list) GNOMON_RETURN_IF_ERROR(read(entry));
  return Status::Ok();
}

Status ReadBounds(const YAML::Node& node, const std::string& origin, v1::Policy::Bounds* bounds) {
  if (!node.IsDefined()) return Status::Ok();
  YamlFields fields(node, origin);
  uint64_t visits = 0, turns = 0, minutes = 0, uploads = 0, up = 0, down = 0;
  fields.Uint("visits", &visits, 1, MaxBounds::kVisits);
  fields.Uint("turns", &turns, 1, MaxBounds::kTurns);
  fields.Uint("active_minutes", &minutes, 1, MaxBounds::kActiveMinutes);
  fields.Uint("uploads", &uploads, 1, MaxBounds::kUploads);
  fields.Uint("mib_up", &up, 1, MaxBounds::kMibUp);
  fields.Uint("mib_down", &down, 1, MaxBounds::kMibDown);
  bounds->set_visits(static_cast<uint32_t>(visits));
  bounds->set_turns(static_cast<uint32_t>(turns));
  bounds->set_active_minutes(static_cast<uint32_t>(minutes));
  bounds->set_uploads(static_cast<uint32_t>(uploads));
  bounds->set_mib_up(up);
  bounds->set_mib_down(down);
  return fields.Finish();
}

Status ReadPause(const YAML::Node& node, const std::string& origin, v1::Policy::Pause* pause) {
  YamlFields fields(node, origin);
  std::vector<std::string> days;
  std::string from, to;
  for (const char* key : {"days", "from", "to"}) fields.Require(key);
  fields.Strings("days", &days);
  fields.String("from", &from);
  fields.String("to", &to);
  uint32_t weekdays = 0, from_minute = 0, to_minute = 0;
  for (const std::string& day : days) {
    size_t at = 0;
    while (at < kWeekdays.size() && day != kWeekdays[at]) ++at;
    if (at == kWeekdays.size()) fields.Fail("days", day + ": expected mon, tue, ... sun");
    weekdays |= 1u << at;
  }
  if (!ParseTime(from, &from_minute)) fields.Fail("from", "expected HH:MM");
  if (!ParseTime(to, &to_minute)) fields.Fail("to", "expected HH:MM");
  pause->set_weekdays(weekdays & 0x7f);
  pause->set_from_minute(from_minute);
  pause->set_to_minute(to_minute);
  return fields.Finish();
}

Status ReadSanctioned(const YAML::Node& node, const std::string& origin,
                      v1::Policy::Sanctioned* sanctioned) {
  YamlFields fields(node, origin);
  std::string service;
  uint64_t seats = 0;
  fields.Require("service");
  fields.String("service", &service);
  fields.Uint("seats", &seats, 1, kMaxHeads);
  sanctioned->set_service(service);
  sanctioned->set_seats(static_cast<uint32_t>(seats));
  return fields.Finish();
}

Status ReadDepartment(const YAML::Node& node, const std::string& origin,
                      v1::Policy::Department* department) {
  YamlFields fields(node, origin);
  std::string code, name, function;
  uint64_t heads = 0;
  fields.Require("code");
  fields.String("code", &code);
  fields.String("name", &name);
  fields.String("function", &function);
  fields.Uint("heads", &heads, 1, kMaxHeads);
  const YAML::Node sanctioned = fields.Child("sanctioned");
  if (function == "front_office") {
    department->set_function(v1::FUNCTION_FRONT_OFFICE);
  } else if (function == "back_office") {
    department->set_function(v1::FUNCTION_BACK_OFFICE);
  } else if (function == "product") {
    department->set_function(v1::FUNCTION_PRODUCT);
  } else if (!function.empty()) {
    fields.Fail("function", "expected front_office, back_office or product");
  }
  department->set_code(code);
  department->set_name(name);
  department->set_heads(static_cast<uint32_t>(heads));
  GNOMON_RETURN_IF_ERROR(fields.Finish());
  return ForEach(sanctioned, origin, "sanctioned", [&](const YAML::Node& entry) {
    return ReadSanctioned(entry, origin, department->add_sanctioned());
  });
}

}  // namespace

Result<v1::Policy> FromYaml(const std::string& text, const std::string& origin) {
  GNOMON_ASSIGN_OR_RETURN(const YAML::Node document, ParseYaml(text, origin));
  YamlFields fields(document, origin);
  v1::Policy policy = Default();
  uint64_t floor = policy.floor(), starts = policy.work_starts(), ends = policy.work_ends();
  fields.Uint("floor", &floor, kLeastFloor, kLargestFloor);
  fields.Uint("work_starts", &starts, 0, 23);
  fields.Uint("work_ends", &ends, 1, 24);
  const YAML::Node bounds = fields.Child("bounds");
  const YAML::Node pauses = fields.Child("pauses");
  const YAML::Node sanctioned = fields.Child("sanctioned");
  const YAML::Node departments = fields.Child("departments");
  GNOMON_RETURN_IF_ERROR(fields.Finish());
  policy.set_floor(static_cast<uint32_t>(floor));
  policy.set_work_starts(static_cast<uint32_t>(starts));
  policy.set_work_ends(static_cast<uint32_t>(ends));
  GNOMON_RETURN_IF_ERROR(ReadBounds(bounds, origin, policy.mutable_bounds()));
  GNOMON_RETURN_IF_ERROR(ForEach(pauses, origin, "pauses", [&](const YAML::Node& entry) {
    return ReadPause(entry, origin, policy.add_pauses());
  }));
  GNOMON_RETURN_IF_ERROR(ForEach(sanctioned, origin, "sanctioned", [&](const YAML::Node& entry) {
    return ReadSanctioned(entry, origin, policy.add_sanctioned());
  }));
  GNOMON_RETURN_IF_ERROR(ForEach(departments, origin, "departments", [&](const YAML::Node& entry) {
    return ReadDepartment(entry, origin, policy.add_departments());
  }));
  if (Status status = Check(policy); !status.ok()) return status.WithContext(origin);
  return policy;
}

}  // namespace gnomon::policy
