// Which interfaces carry the default routes, from the kernel's routing tables as text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gnomon::capture {

// Each interface once, in the tables' order, IPv4 first. A table may be empty; lines that do not
// parse are left out. The halves and the eighth of the address space that VPN clients set instead
// of a default route (0.0.0.0/1 and 128.0.0.0/1, ::/1 and 8000::/1, 2000::/3) count as one.
// `ipv4` is /proc/net/route (proc(5)), `ipv6` is /proc/net/ipv6_route
// (net/ipv6/route.c, rt6_info_route).
std::vector<std::string> DefaultRoutesOf(std::string_view ipv4, std::string_view ipv6);

}  // namespace gnomon::capture
