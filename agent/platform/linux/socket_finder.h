// A five-tuple -> the socket of this machine that holds it, asked of the kernel (sock_diag(7)).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "agent/classify/sighting.h"

namespace gnomon::platform {

struct Socket {
  uint32_t inode = 0;
  uid_t owner = 0;
};

// Needs no rights beyond an AF_NETLINK socket. Sees its own network namespace only. Threads: one.
class SocketFinder {
 public:
  SocketFinder();
  ~SocketFinder();
  SocketFinder(const SocketFinder&) = delete;
  SocketFinder& operator=(const SocketFinder&) = delete;

  // Nothing where there is no such socket (any more), or the kernel does not answer. For UDP also a
  // socket that is bound to the client's port and not connected. Exact look-ups: the cost does not
  // grow with the number of sockets.
  std::optional<Socket> Find(const classify::FiveTuple& tuple);

 private:
  int netlink_ = -1;
  uint32_t sequence_ = 0;
};

}  // namespace gnomon::platform
