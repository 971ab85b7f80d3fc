// A 64-bit count made from a 32-bit one that wraps.
#pragma once

#include <cstdint>

namespace gnomon::capture {

// libpcap's counters are 32 bits wide and wrap within minutes on a busy server. They may also step
// back: a driver that is reloaded starts its drop counter at 0 again.
class WrappingCounter {
 public:
  // Never less than before. Must be called at least once every 2^31 events.
  uint64_t Update(uint32_t now) {
    const uint32_t step = now - last_;
    last_ = now;
    // Half of the range and more is a step back, not 2 thousand million events in one interval.
    if (step < 0x8000'0000u) total_ += step;
    return total_;
  }

 private:
  uint32_t last_ = 0;
  uint64_t total_ = 0;
};

}  // namespace gnomon::capture
