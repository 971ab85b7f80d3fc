#include "agent/spool/clock_trust.h"

#include <algorithm>
#include <cstdlib>

#include "agent/spool/schema.h"
#include "base/log.h"

namespace gnomon::spool {
namespace {

constexpr char kBelieved[] = "believed_day";

bool Near(Day day, Day other) {
  return std::abs(static_cast<int64_t>(day) - other) <= kClockSlackDays;
}

}  // namespace

bool Today::Plausible(Day day) const {
  const auto near = [day](Day other) {
    return day >= other - kSumDays && day <= other + kClockSlackDays;
  };
  return near(now) || near(believed);
}

Result<Today> ObserveClock(Database& database, Day now) {
  GNOMON_ASSIGN_OR_RETURN(int64_t before, GetNumber(database, kBelieved));
  Today today{now, static_cast<Day>(before)};
  if (before != 0 && !Near(now, today.believed)) {
    log::Warning("spool_clock_in_doubt", {{"days", now - today.believed}});
    return today;
  }
  today.believed = now;
  GNOMON_RETURN_IF_ERROR(SetNumber(database, kBelieved, now));
  return today;
}

Status VouchForClock(Database& database, const v1::RecordSet& taken, Day frozen, Day now) {
  Day newest = 0;
  for (const v1::UsageRecord& record : taken.records()) newest = std::max(newest, record.day());
  if (newest == 0 || newest < frozen - kSumDays || newest > frozen + 1 || !Near(newest, now)) {
    return Status::Ok();  // one ahead: a journey westwards between the use and the freeze
  }
  return SetNumber(database, kBelieved, newest);
}

}  // namespace gnomon::spool
