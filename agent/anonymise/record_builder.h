// UsageDelta sums + this laptop's history -> UsageRecord, with bounds and first-flags.
// Pure; the spool calls it inside the transaction that freezes a batch. docs/formats/record.md.
#pragma once

#include <cstdint>
#include <string>

#include "agent/anonymise/history.h"
#include "agent/anonymise/usage_delta.h"
#include "gnomon/v1/record.pb.h"

namespace gnomon::anonymise {

// Upper bounds of what one laptop may report for one record key and day. Compiled in: a policy may
// lower them, nothing can raise them. The collector refuses what exceeds them.
struct Bounds {
  uint32_t visits = 200;
  uint32_t turns = 2000;
  uint32_t active_minutes = 24 * 60;
  uint32_t uploads = 500;
  uint64_t kib_up = 16ull << 20;    // 16 GiB
  uint64_t kib_down = 64ull << 20;  // 64 GiB
};
inline constexpr Bounds kMaxBounds{};

// Which first-flags a use on `day` may set: those whose day, week or month `before` does not hold
// yet. A period that reaches back before `known_from`, the first day of which nothing has been
// forgotten, is not known to be unused and sets none. A history that is full sets none either.
struct FirstFlags {
  bool today = false;
  bool this_week = false;
  bool this_month = false;
  bool any() const { return today || this_week || this_month; }
};
FirstFlags FirstUse(const History& before, Day day, Day known_from);

// As of `day`: from the days of use in the 384 days that end with it. Marks of later days, which a
// wrong clock or a late record may leave, do not count.
v1::Tenure TenureOn(const History& history, Day day);
v1::Regularity RegularityOn(const History& history, Day day);
v1::OffHours OffHoursShare(uint64_t off_hours_seconds, uint64_t total_seconds);

// Counts in the record's units: what was already reported for a key (so that bounds hold per day,
// and minutes round once), or what is still to be reported.
struct Reported {
  uint32_t visits = 0, turns = 0, automated_turns = 0, active_minutes = 0, uploads = 0;
  uint64_t kib_up = 0, kib_down = 0;

  bool IsZero() const { return *this == Reported{}; }
  Reported& operator+=(const Reported& other);
  bool operator==(const Reported&) const = default;
};

// The sums of a key so far today minus what was reported: never negative, never over the bounds
// together with what was reported.
Reported StillToReport(const UsageCounts& day_sums, const Reported& reported, const Bounds& bounds);

// The record for StillToReport(). Flags, tenure and regularity come from `history` (which already
// holds the day) and `flags`.
v1::UsageRecord BuildRecord(const std::string& department, const UsageKey& key,
                            const UsageCounts& day_sums, const Reported& reported,
                            const FirstFlags& flags, const History& history, const Bounds& bounds);

// The record of "any AI service": flags and no counts. `history` is that of kAnyService.
v1::UsageRecord BuildAnyRecord(const std::string& department, Day day, const FirstFlags& flags,
                               const History& history);

}  // namespace gnomon::anonymise
