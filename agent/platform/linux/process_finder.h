// The process that holds a socket -> its kind, from /proc.
#pragma once

#include <cstdint>
#include <string>

#include "agent/platform/linux/socket_finder.h"
#include "gnomon/v1/record.pb.h"

namespace gnomon::platform {

// What one look-up may cost. A desktop has some hundred processes, of which those in the lists have
// a few thousand descriptors. Measured on a small busy machine: 15,500 in 40-54 ms.
struct SearchLimits {
  uint32_t processes = 4096;     // of anyone
  uint32_t descriptors = 16384;  // of the owner's programs that are in the lists
  int parents = 6;               // shells and launchers between an editor and its helper
};

struct Search {
  v1::Client kind = v1::CLIENT_UNKNOWN;
  uint32_t processes = 0;    // that were looked at
  uint32_t descriptors = 0;  // likewise
  bool gave_up = false;      // a limit was reached before the socket was found
};

// Looks into listed programs (kind_rules.h) of `socket.owner` only. What may not be read is passed
// over: without CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH, everything of other users. `proc` is where
// procfs is mounted. Keeps nothing.
Search FindKind(const std::string& proc, const Socket& socket, const SearchLimits& limits);

}  // namespace gnomon::platform
