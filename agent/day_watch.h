// Tells the pipeline when the local day changes, by midnight, by travel or by a clock that is set.
#pragma once

#include <optional>

#include "base/clock.h"

namespace gnomon::agent {

class DayWatch {
 public:
  // Where `now` is of another local day than the time of the call before: the last moment that
  // belongs to the day that was. It is not after `now`, and not before the last call's time unless
  // `now` itself is.
  std::optional<TimeUs> Pass(TimeUs now);
  // First instant of the next local day, as of the last Pass(): no call is needed before it, unless
  // the time zone or the clock changes.
  TimeUs day_ends() const { return ends_; }

 private:
  bool started_ = false;
  TimeUs last_ = 0;
  TimeUs ends_ = 0;
  Day day_ = 0;
};

}  // namespace gnomon::agent
