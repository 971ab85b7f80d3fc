#include "policy/policy.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/unknown_field_set.h>

#include <algorithm>
#include <set>

#include "base/code.h"
#include "catalogue/validate.h"

namespace gnomon::policy {
namespace {

constexpr uint32_t kMinutesOfDay = 24 * 60;
constexpr uint32_t kAllWeekdays = 0x7f;

Status Wrong(const std::string& where, const std::string& what) {
  return InvalidArgument("policy: " + where + ": " + what);
}

// A field from a later version might widen what is collected: nobody here can tell.
bool HasUnknownFields(const google::protobuf::Message& message) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  if (!reflection.GetUnknownFields(message).empty()) return true;
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const google::protobuf::FieldDescriptor* field : fields) {
    if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) continue;
    const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      const google::protobuf::Message& child =
          field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                               : reflection.GetMessage(message, field);
      if (HasUnknownFields(child)) return true;
    }
  }
  return false;
}

template <typename T>
Status CheckBound(const char* name, T value, T most) {
  if (value <= most) return Status::Ok();
  return Wrong(std::string("bounds.") + name, std::to_string(value) + " is over " +
                                                  std::to_string(most) + ", which is compiled in");
}

Status CheckBounds(const v1::Policy::Bounds& bounds) {
  GNOMON_RETURN_IF_ERROR(CheckBound("visits", bounds.visits(), MaxBounds::kVisits));
  GNOMON_RETURN_IF_ERROR(CheckBound("turns", bounds.turns(), MaxBounds::kTurns));
  GNOMON_RETURN_IF_ERROR(
      CheckBound("active_minutes", bounds.active_minutes(), MaxBounds::kActiveMinutes));
  GNOMON_RETURN_IF_ERROR(CheckBound("uploads", bounds.uploads(), MaxBounds::kUploads));
  GNOMON_RETURN_IF_ERROR(CheckBound<uint64_t>("mib_up", bounds.mib_up(), MaxBounds::kMibUp));
  return CheckBound<uint64_t>("mib_down", bounds.mib_down(), MaxBounds::kMibDown);
}

template <typename List>
Status CheckSanctioned(const List& list, const std::string& where) {
  if (static_cast<size_t>(list.size()) > kMaxSanctioned)
    return Wrong(where, "more than 500 services");
  std::set<std::string> seen;
  for (const v1::Policy::Sanctioned& entry : list) {
    if (!IsCode(entry.service())) return Wrong(where, "a service's id is no catalogue id");
    if (!seen.insert(entry.service()).second)
      return Wrong(where, entry.service() + " is there twice");
    if (entry.seats() > kMaxHeads) return Wrong(where, entry.service() + ": too many seats");
  }
  return Status::Ok();
}

Status CheckDepartments(const v1::Policy& policy) {
  if (static_cast<size_t>(policy.departments_size()) > kMaxDepartments) {
    return Wrong("departments", "more than 2000");
  }
  std::set<std::string> seen;
  for (const v1::Policy::Department& department : policy.departments()) {
    if (!IsCode(department.code())) {
      return Wrong("departments",
                   "a code is lower-case letters, digits and hyphens, at most 64 bytes");
    }
    const std::string where = "departments." + department.code();
    if (!seen.insert(department.code()).second) return Wrong(where, "is there twice");
    if (!department.name().empty()) {
      if (std::string p = catalogue::TextProblem(department.name()); !p.empty()) {
        return Wrong(where, "name " + p);
      }
    }
    if (!v1::Function_IsValid(department.function())) return Wrong(where, "function: unknown");
    if (department.heads() > kMaxHeads) return Wrong(where, "heads: more than 10 million");
    GNOMON_RETURN_IF_ERROR(CheckSanctioned(department.sanctioned(), where + ".sanctioned"));
  }
  return Status::Ok();
}

}  // namespace

v1::Policy Default() {
  v1::Policy policy;
  policy.set_floor(10);
  policy.set_work_starts(7);
  policy.set_work_ends(20);
  return policy;
}

Status Check(const v1::Policy& policy) {
  if (HasUnknownFields(policy)) {
    return Wrong("unknown field", "not known to this version, so it is not known what it would do");
  }
  if (policy.floor() < kLeastFloor || policy.floor() > kLargestFloor) {
    return Wrong("floor", std::to_string(policy.floor()) +
                              " is not 5 to 1000; groups under 5 are "
                              "never shown, whoever signs");
  }
  if (policy.work_ends() > 24 || policy.work_starts() >= policy.work_ends()) {
    return Wrong("working_hours", "hours of the day, start before end");
  }
  GNOMON_RETURN_IF_ERROR(CheckBounds(policy.bounds()));
  if (static_cast<size_t>(policy.pauses_size()) > kMaxPauses)
    return Wrong("pauses", "more than 50");
  for (const v1::Policy::Pause& pause : policy.pauses()) {
    if (pause.weekdays() == 0 || pause.weekdays() > kAllWeekdays ||
        pause.from_minute() >= kMinutesOfDay || pause.to_minute() > kMinutesOfDay) {
      return Wrong("pauses", "days of the week, and times from 00:00 to 24:00");
    }
  }
  GNOMON_RETURN_IF_ERROR(CheckSanctioned(policy.sanctioned(), "sanctioned"));
  return CheckDepartments(policy);
}

Result<v1::Policy> Parse(std::string_view serialised) {
  if (serialised.size() > kMaxBytes) return ResourceExhausted("policy: longer than 1 MiB");
  v1::Policy policy;
  if (!policy.ParseFromArray(serialised.data(), static_cast<int>(serialised.size()))) {
    return DataLoss("policy: not a compiled policy, or damaged");
  }
  GNOMON_RETURN_IF_ERROR(Check(policy));
  return policy;
}

bool PausedAt(const v1::Policy& policy, const LocalTime& time) {
  const auto minute = static_cast<uint32_t>(time.hour * 60 + time.minute);
  const auto on = [](const v1::Policy::Pause& pause, int weekday) {  // ISO, Monday = 1
    return (pause.weekdays() >> (weekday - 1) & 1) != 0;
  };
  const int yesterday = time.weekday == 1 ? 7 : time.weekday - 1;
  return std::any_of(
      policy.pauses().begin(), policy.pauses().end(), [&](const v1::Policy::Pause& pause) {
        const uint32_t from = pause.from_minute(), to = pause.to_minute();
        if (from < to) return on(pause, time.weekday) && minute >= from && minute < to;
        return (on(pause, time.weekday) && minute >= from) || (on(pause, yesterday) && minute < to);
      });
}

}  // namespace gnomon::policy
