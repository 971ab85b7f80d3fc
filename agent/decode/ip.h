// The two versions of IP, as far as the transport layer needs them.
#pragma once

#include <cstdint>

#include "agent/decode/layer.h"
#include "agent/decode/packet.h"

namespace gnomon::decode {

inline constexpr uint8_t kProtocolTcp = 6;
inline constexpr uint8_t kProtocolUdp = 17;
inline constexpr uint8_t kProtocolEsp = 50;

struct IpHeader {
  IpAddress src;
  IpAddress dst;
  uint8_t protocol = 0;  // of what follows the last header that was read
};

// Both move `layer` from the IP header to its payload and cut off what lies behind the datagram.

// RFC 791 section 3.1. Options are stepped over.
LayerResult DecodeIpv4(HeaderBudget& budget, Layer& layer, IpHeader* header);

// RFC 8200. Hop-by-hop, routing, destination, authentication (RFC 4302) and atomic fragment
// (RFC 6946) headers are stepped over.
LayerResult DecodeIpv6(HeaderBudget& budget, Layer& layer, IpHeader* header);

}  // namespace gnomon::decode
