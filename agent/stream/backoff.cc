#include "agent/stream/backoff.h"

#include <algorithm>
#include <limits>

namespace gnomon::stream {

TimeUs Backoff::Next() {
  TimeUs ceiling = limits_.shortest;
  for (int i = 0; i <= failures_ && ceiling < limits_.longest; ++i) {
    ceiling = std::min(limits_.longest, ceiling * 2);
  }
  if (failures_ < std::numeric_limits<int>::max()) ++failures_;
  std::uniform_int_distribution<TimeUs> wait(limits_.shortest, std::max(limits_.shortest, ceiling));
  return wait(random_);
}

}  // namespace gnomon::stream
