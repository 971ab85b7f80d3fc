// Kinds of sockets that were just looked up: one UDP socket may carry many flows.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

#include "gnomon/v1/record.pb.h"

namespace gnomon::platform {

// Holds a number of a socket and a kind, for a short while, and nothing of the process. Of a fixed
// size: sockets that fall on the same place displace one another.
class KindCache {
 public:
  using Time = std::chrono::steady_clock::time_point;
  // Numbers of sockets come round again after 2^32 of them, which takes far longer; a program that
  // replaces itself (a shell's exec) keeps its sockets, and is seen as what it was for so long.
  static constexpr std::chrono::seconds kLife{30};

  std::optional<v1::Client> Find(uint32_t inode, Time now) const {
    const Entry& entry = entries_[inode % entries_.size()];
    if (inode == 0 || entry.inode != inode || now >= entry.until) return {};
    return entry.kind;
  }
  void Put(uint32_t inode, v1::Client kind, Time now) {
    entries_[inode % entries_.size()] = {inode, kind, now + kLife};
  }

 private:
  struct Entry {
    uint32_t inode = 0;  // 0: empty
    v1::Client kind = v1::CLIENT_UNKNOWN;
    Time until;
  };
  std::array<Entry, 256> entries_;
};

}  // namespace gnomon::platform
