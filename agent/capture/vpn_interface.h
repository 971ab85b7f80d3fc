// Which interfaces are those of a VPN, as the kernel describes them.
#pragma once

#include <string>
#include <string_view>

namespace gnomon::capture {

// What /sys/class/net/NAME says. Empty where a file is not there.
struct InterfaceTraits {
  std::string_view type;       // ARPHRD_* of linux/if_arp.h, in decimal
  std::string_view uevent;     // lines of KEY=value; DEVTYPE among them
  bool has_tun_flags = false;  // it came from /dev/net/tun
  bool is_virtual = false;     // no device behind it
};

// tun and tap, WireGuard, PPP, IP tunnels, IPsec. A modem may also say that it has no link layer,
// or speak PPP: the first is told by its device, the second is not, and counts.
bool IsVpn(const InterfaceTraits& traits);

// By the files below `root`, which is /sys/class/net. False for an interface that is not there, and
// on systems without such a folder.
bool IsVpnInterface(const std::string& name, const std::string& root = "/sys/class/net");

}  // namespace gnomon::capture
