// Token buckets by peer address: how fast a stranger may try. In memory only, bounded, forgotten
// when full again.
#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"

namespace gnomon::access {

struct ThrottleLimits {
  double burst = 10;         // tries at once
  double per_second = 0.1;   // and then
  size_t max_peers = 65536;  // remembered; beyond it strangers share one bucket
};

// "ipv4:192.0.2.7:5123" (grpc::ServerContextBase::peer) -> "192.0.2.7"; of an IPv6 address its /64,
// which one holder has whole. Anything else is "other".
std::string PeerAddress(std::string_view peer);

// Threads: safe.
class Throttle {
 public:
  explicit Throttle(const ThrottleLimits& limits) : limits_(limits) {}

  // Takes one try; false where none is left.
  bool Take(const std::string& address, TimeUs now);
  // Whether a try is left, without taking it.
  bool Has(const std::string& address, TimeUs now);

 private:
  struct Bucket {
    double left = 0;
    TimeUs at = 0;
  };
  Bucket& BucketOf(const std::string& address, TimeUs now);  // under the lock, filled up to `now`

  const ThrottleLimits limits_;
  std::mutex mutex_;  // guards what follows
  std::unordered_map<std::string, Bucket> buckets_;
};

}  // namespace gnomon::access
