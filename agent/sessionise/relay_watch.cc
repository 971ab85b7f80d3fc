#include "agent/sessionise/relay_watch.h"

namespace gnomon::sessionise {

void RequestTimes::Add(TimeUs time, bool upstream, uint32_t bytes) {
  if (upstream) {
    // More of the same request, or the next one.
    if (bytes < kLeast || answer_ < request_) return;
    request_ = time;
    answer_ = time - 1;
  } else if (answer_ < request_) {
    answer_ = time;
  }
}

}  // namespace gnomon::sessionise
