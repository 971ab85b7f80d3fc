#include "agent/platform/linux/client_kinds.h"

#include <linux/capability.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>

#include "agent/platform/client_kinds.h"

namespace gnomon::platform {

v1::Client LinuxClientKinds::KindOf(const classify::FiveTuple& tuple) {
  ++lookups_.asked;
  const std::optional<Socket> socket = sockets_.Find(tuple);
  if (!socket) {
    ++lookups_.no_socket;
    return v1::CLIENT_UNKNOWN;
  }
  const auto now = std::chrono::steady_clock::now();
  if (const auto kind = cache_.Find(socket->inode, now)) {
    ++lookups_.cached;
    return *kind;
  }
  if (now - second_ >= std::chrono::seconds(1)) {
    second_ = now;
    descriptors_left_ = limits_.descriptors_a_second;
    processes_left_ = limits_.processes_a_second;
  }
  SearchLimits limits = limits_.search;
  limits.descriptors = std::min(limits.descriptors, descriptors_left_);
  limits.processes = std::min(limits.processes, processes_left_);
  const Search search = FindKind(proc_, *socket, limits);
  descriptors_left_ -= search.descriptors;
  processes_left_ -= search.processes;
  if (search.gave_up) ++lookups_.gave_up;
  // Also that it is unknown: asking again at once would cost as much and say the same.
  cache_.Put(socket->inode, search.kind, now);
  return search.kind;
}

// By the capabilities in effect (proc(5), /proc/PID/status): the one lets `exe` of other users be read, the
// other their folders of descriptors (capabilities(7)).
classify::LookupReach LinuxClientKinds::reach() const {
  constexpr uint64_t kNeeded = uint64_t{1} << CAP_SYS_PTRACE | uint64_t{1} << CAP_DAC_READ_SEARCH;
  std::ifstream status(proc_ + "/self/status");
  std::string key;
  while (status >> key) {
    uint64_t held = 0;
    if (key == "CapEff:" && status >> std::hex >> held && (held & kNeeded) == kNeeded)
      return classify::LookupReach::kEveryUser;
    status.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return classify::LookupReach::kOwnUser;
}

std::unique_ptr<classify::ClientKinds> MakeClientKinds() {
  return std::make_unique<LinuxClientKinds>();
}

}  // namespace gnomon::platform
