#include "agent/day_watch.h"

#include <algorithm>
#include <utility>

namespace gnomon::agent {

std::optional<TimeUs> DayWatch::Pass(TimeUs now) {
  const Day day = ToLocal(now).day;
  const TimeUs last = last_;
  last_ = now;
  if (started_ && day == day_) {
    // The day goes on, but its end may have moved with the time zone.
    if (now >= ends_ || now < last) ends_ = NextLocalMidnight(now);
    return std::nullopt;
  }
  const TimeUs ended = ends_;
  ends_ = NextLocalMidnight(now);
  day_ = day;
  if (!std::exchange(started_, true)) return std::nullopt;
  // Midnight, where the time passed it; else the zone or the clock has changed.
  if (last < ended && ended <= now) return ended - 1;
  return std::min(last, now);
}

}  // namespace gnomon::agent
