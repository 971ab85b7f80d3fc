#include "agent/anonymise/anonymiser.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace gnomon::anonymise {
namespace {

// Every time zone's offset is a multiple of a quarter of an hour, so the local hour is the same all
// through a quarter that is aligned in UTC.
constexpr TimeUs kQuarterUs = 900 * kSecondUs;
// Open visits are given in slices of minutes. A slice longer than this is a clock that moved, and
// only its beginning is weighed (it also bounds the loop below).
constexpr TimeUs kLongestSliceUs = 24 * 3600 * kSecondUs;

bool IsWorkingTime(TimeUs time, const WorkingHours& hours) {
  const LocalTime local = ToLocal(time);
  return local.weekday <= 5 && local.hour >= hours.start && local.hour < hours.end;
}

TimeUs OffHoursUs(TimeUs start, TimeUs end, const WorkingHours& hours) {
  TimeUs off = 0;
  for (TimeUs at = start; at < end;) {
    const TimeUs into = ((at % kQuarterUs) + kQuarterUs) % kQuarterUs;
    const TimeUs until = std::min(end, at - into + kQuarterUs);
    if (!IsWorkingTime(at, hours)) off += until - at;
    at = until;
  }
  return off;
}

}  // namespace

Anonymiser::Anonymiser(std::shared_ptr<const catalogue::Table> table, WorkingHours hours,
                       UsageSink& next)
    : table_(std::move(table)), hours_(hours), next_(next) {}

void Anonymiser::Consume(const sessionise::SessionEvent& event) {
  const auto* visit = std::get_if<sessionise::Visit>(&event);
  if (visit == nullptr || visit->service >= table_->service_count()) return;

  UsageDelta delta;
  delta.counts.visits = visit->continues ? 0 : 1;
  delta.counts.turns = visit->turns;
  delta.counts.automated_turns = visit->automated_turns;
  delta.counts.active_seconds = visit->active_seconds;
  delta.counts.uploads = visit->uploads;
  delta.counts.bytes_up = visit->bytes_up;
  delta.counts.bytes_down = visit->bytes_down;
  const UsageCounts& counts = delta.counts;
  if (counts.visits == 0 && counts.turns == 0 && counts.active_seconds == 0 &&
      counts.uploads == 0 && counts.bytes_up == 0 && counts.bytes_down == 0) {
    return;  // an open visit in which nothing happened since its last slice
  }

  const v1::Service& service = table_->service(visit->service);
  delta.key.day = ToLocal(visit->start).day;
  delta.key.service = service.id();
  delta.key.surface = service.surface();
  delta.key.client = visit->client;
  delta.key.evidence = visit->evidence;

  // At least a second, so that a visit of one packet has a share too.
  const TimeUs length = std::clamp<TimeUs>(visit->end - visit->start, kSecondUs, kLongestSliceUs);
  delta.counts.total_seconds = static_cast<uint64_t>(length / kSecondUs);
  delta.counts.off_hours_seconds =
      static_cast<uint64_t>(OffHoursUs(visit->start, visit->start + length, hours_) / kSecondUs);
  next_.Consume(delta);
}

}  // namespace gnomon::anonymise
