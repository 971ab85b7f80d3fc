#include "agent/capture/loopback.h"

#include <ifaddrs.h>
#include <net/if.h>

#include <memory>

namespace gnomon::capture {

std::string LoopbackInterface() {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owned(list, &freeifaddrs);
  for (const ifaddrs* at = list; at != nullptr; at = at->ifa_next) {
    constexpr unsigned kWanted = IFF_LOOPBACK | IFF_UP;
    if (at->ifa_name != nullptr && (at->ifa_flags & kWanted) == kWanted) return at->ifa_name;
  }
  return {};
}

}  // namespace gnomon::capture
