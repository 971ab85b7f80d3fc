#include "agent/anonymise/record_builder.h"

#include <algorithm>

namespace gnomon::anonymise {
namespace {

constexpr uint64_t CeilDivide(uint64_t value, uint64_t by) {
  return value / by + (value % by != 0 ? 1 : 0);
}

// What is left of min(sum, bound) after `reported`. `compiled_in` holds whatever `bound` says.
template <typename T>
T Left(uint64_t sum, T reported, T bound, T compiled_in) {
  const uint64_t target = std::min<uint64_t>(sum, std::min(bound, compiled_in));
  return target > reported ? static_cast<T>(target - reported) : T{0};
}

void SetFlags(const FirstFlags& flags, v1::UsageRecord* record) {
  record->set_first_today(flags.today);
  record->set_first_this_week(flags.this_week);
  record->set_first_this_month(flags.this_month);
}

}  // namespace

Reported& Reported::operator+=(const Reported& other) {
  visits += other.visits;
  turns += other.turns;
  automated_turns += other.automated_turns;
  active_minutes += other.active_minutes;
  uploads += other.uploads;
  kib_up += other.kib_up;
  kib_down += other.kib_down;
  return *this;
}

v1::OffHours OffHoursShare(uint64_t off_hours_seconds, uint64_t total_seconds) {
  if (off_hours_seconds == 0) return v1::OFF_HOURS_NONE;
  // off >= total / 2 without the overflow of 2 * off.
  if (off_hours_seconds >= CeilDivide(total_seconds, 2)) return v1::OFF_HOURS_MOST;
  return v1::OFF_HOURS_SOME;
}

Reported StillToReport(const UsageCounts& sums, const Reported& reported, const Bounds& bounds) {
  const Bounds& max = kMaxBounds;
  Reported left;
  left.visits = Left(sums.visits, reported.visits, bounds.visits, max.visits);
  left.turns = Left(sums.turns, reported.turns, bounds.turns, max.turns);
  // Of the turns of this record, so that no record ever says more than its turns.
  left.automated_turns = std::min(
      left.turns, Left(sums.automated_turns, reported.automated_turns, bounds.turns, max.turns));
  left.active_minutes = Left(CeilDivide(sums.active_seconds, 60), reported.active_minutes,
                             bounds.active_minutes, max.active_minutes);
  left.uploads = Left(sums.uploads, reported.uploads, bounds.uploads, max.uploads);
  left.kib_up = Left(CeilDivide(sums.bytes_up, 1024), reported.kib_up, bounds.kib_up, max.kib_up);
  left.kib_down =
      Left(CeilDivide(sums.bytes_down, 1024), reported.kib_down, bounds.kib_down, max.kib_down);
  return left;
}

v1::UsageRecord BuildRecord(const std::string& department, const UsageKey& key,
                            const UsageCounts& day_sums, const Reported& reported,
                            const FirstFlags& flags, const History& history, const Bounds& bounds) {
  const Reported left = StillToReport(day_sums, reported, bounds);
  v1::UsageRecord record;
  record.set_day(key.day);
  record.set_department(department);
  record.set_service(key.service);
  record.set_surface(key.surface);
  record.set_client(key.client);
  record.set_evidence(key.evidence);
  record.set_visits(left.visits);
  record.set_turns(left.turns);
  record.set_automated_turns(left.automated_turns);
  record.set_active_minutes(left.active_minutes);
  record.set_uploads(left.uploads);
  record.set_kib_up(left.kib_up);
  record.set_kib_down(left.kib_down);
  SetFlags(flags, &record);
  record.set_tenure(TenureOn(history, key.day));
  record.set_regularity(RegularityOn(history, key.day));
  record.set_off_hours(OffHoursShare(day_sums.off_hours_seconds, day_sums.total_seconds));
  return record;
}

v1::UsageRecord BuildAnyRecord(const std::string& department, Day day, const FirstFlags& flags,
                               const History& history) {
  v1::UsageRecord record;
  record.set_day(day);
  record.set_department(department);
  record.set_service(kAnyService);
  SetFlags(flags, &record);
  record.set_tenure(TenureOn(history, day));
  record.set_regularity(RegularityOn(history, day));
  return record;
}

}  // namespace gnomon::anonymise
