// How long to wait before the next attempt: exponential with full jitter, so that a fleet that lost
// its collector at one moment does not come back at one moment.
// (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.)
#pragma once

#include <cstdint>
#include <random>

#include "base/clock.h"

namespace gnomon::stream {

struct BackoffLimits {
  TimeUs shortest = 1 * kSecondUs;
  TimeUs longest = 15 * 60 * kSecondUs;  // a collector that is back gets all its laptops in 15 min
};

// Pure: the same seed gives the same waits. Threads: one at a time.
class Backoff {
 public:
  explicit Backoff(uint64_t seed, BackoffLimits limits = {}) : limits_(limits), random_(seed) {}

  // The wait after one more failure: uniform from `shortest` to a ceiling that doubles with each
  // failure up to `longest`.
  TimeUs Next();
  // After a success.
  void Reset() { failures_ = 0; }
  int failures() const { return failures_; }

 private:
  BackoffLimits limits_;
  std::mt19937_64 random_;
  int failures_ = 0;
};

}  // namespace gnomon::stream
