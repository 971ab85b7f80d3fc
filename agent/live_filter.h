// Keeps the kernel filter of live capture in step with what classify wants to see more of.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>

#include "agent/capture/filter_set.h"
#include "agent/classify/addresses_of_interest.h"
#include "agent/live_capture.h"

namespace gnomon::agent {

// What the capture is to let through, as it says it. More interests than a program has room for:
// the headers of everything; what is unwanted is left out first.
capture::FilterSet FilterSetOf(const classify::AddressesOfInterest& interests);

// Threads: the loop's.
class LiveFilter {
 public:
  // Between two programs at least. A change that comes after a quiet time is made at once: the
  // answer to a name that was just seen begins one round trip later. Compiling and attaching take
  // well under a millisecond.
  static constexpr std::chrono::milliseconds kPause{20};

  // With `enabled` false it does nothing. All must outlive it.
  LiveFilter(boost::asio::io_context& loop, LiveCapture& capture,
             const classify::AddressesOfInterest& interests, bool enabled);

  // To be called after frames were read or time has passed.
  void Update();
  void Stop() { timer_.cancel(); }

 private:
  void Apply();

  LiveCapture& capture_;
  const classify::AddressesOfInterest& interests_;
  const bool enabled_;
  boost::asio::steady_timer timer_;
  bool waiting_ = false;
  uint64_t applied_ = 0;  // generation
  std::chrono::steady_clock::time_point next_{};
};

}  // namespace gnomon::agent
