#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "agent/classify/client_kinds.h"
#include "agent/platform/linux/kind_cache.h"
#include "agent/platform/linux/process_finder.h"
#include "agent/platform/linux/socket_finder.h"

namespace gnomon::platform {

struct LinuxLimits {
  SearchLimits search = {};
  // Of all look-ups together: frames wait meanwhile, and the kernel's buffer holds some tenths of a
  // second of a busy link. 32768 are about 100 ms.
  uint32_t descriptors_a_second = 32768;
  uint32_t processes_a_second = 8192;
};

// Five-tuple -> socket (sock_diag) -> process (/proc) -> kind. Only the kind is kept. Threads: one.
class LinuxClientKinds : public classify::ClientKinds {
 public:
  explicit LinuxClientKinds(const LinuxLimits& limits = {}, std::string proc = "/proc")
      : limits_(limits),
        proc_(std::move(proc)),
        descriptors_left_(limits.descriptors_a_second),
        processes_left_(limits.processes_a_second) {}

  v1::Client KindOf(const classify::FiveTuple& tuple) override;
  classify::ClientLookups lookups() const override { return lookups_; }
  classify::LookupReach reach() const override;

 private:
  const LinuxLimits limits_;
  const std::string proc_;
  SocketFinder sockets_;
  KindCache cache_;
  classify::ClientLookups lookups_;
  KindCache::Time second_;  // when the allowance was last filled up
  uint32_t descriptors_left_;
  uint32_t processes_left_;
};

}  // namespace gnomon::platform
