// Time as Gnomon uses it: microseconds since the Unix epoch, and civil days.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace gnomon {

// Microseconds since 1970-01-01T00:00:00Z.
using TimeUs = int64_t;
inline constexpr TimeUs kSecondUs = 1'000'000;

// Days since 1970-01-01 of a civil (calendar) date.
using Day = int32_t;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimeUs Now() const = 0;
};

class SystemClock : public Clock {
 public:
  TimeUs Now() const override;
  static const SystemClock& Get();
};

// A clock that moves only when told to: tests and the fleet's virtual weeks.
class ManualClock : public Clock {
 public:
  explicit ManualClock(TimeUs now) : now_(now) {}
  TimeUs Now() const override { return now_; }
  void Set(TimeUs now) { now_ = now; }
  void Advance(TimeUs by) { now_ += by; }

 private:
  TimeUs now_;
};

// Calendar fields of an instant in the machine's time zone (TZ), via localtime_r.
struct LocalTime {
  Day day;
  int hour;     // 0..23
  int weekday;  // ISO: Monday = 1 .. Sunday = 7
  int minute = 0;  // 0..59
};
LocalTime ToLocal(TimeUs time);

// Takes up a change of the machine's time zone: a laptop that travels. Without it a process keeps the
// zone it was started in, for localtime_r need not look again (POSIX).
void FollowTimeZone();

// First instant after `time` whose local day is another one: midnight, or 1:00 where the clocks are
// put forward at midnight.
TimeUs NextLocalMidnight(TimeUs time);

// "2026-11-23"
std::string FormatDay(Day day);
Result<Day> ParseDay(std::string_view text);

// "2026-11-28 17:05" in the machine's time zone, of Unix seconds.
std::string FormatMinute(int64_t unix_seconds);

// A calendar month.
struct Month {
  int year = 1970;
  int month = 1;                           // 1..12
  Day First() const;                       // its first day
  Day End() const;                         // the first day of the next month (half-open range)
  std::string ToString() const;            // "2026-11"
  bool operator==(const Month&) const = default;
};
Result<Month> ParseMonth(std::string_view text);
Month MonthOf(Day day);

// Monday of the ISO week that holds `day`.
Day WeekStart(Day day);
int IsoWeekday(Day day);  // Monday = 1 .. Sunday = 7

}  // namespace gnomon
