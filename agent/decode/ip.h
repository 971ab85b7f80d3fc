// The two versions of IP, as far as the transport layer needs them.
#pragma once

#include <cstdint>

#include "agent/decode/layer.h"
#include "agent/decode/packet.h"

namespace gnomon::decode {

inline constexpr uint8_t kProtocolTcp = 6;
inline constexpr uint8_t kProtocolUdp = 17;
inline constexpr uint8_t kProtocolEsp = 50;

// What a fragment's header says of its place (RFC 791 section 3.1, RFC 8200 section 4.5).
struct IpFragment {
  uint32_t id = 0;
  uint32_t offset = 0;  // of its first byte in the datagram's payload; a multiple of 8
  bool more = false;    // it is not the last
};

struct IpHeader {
  IpVersion version = IpVersion::kV4;
  IpAddress src;
  IpAddress dst;
  uint8_t protocol = 0;  // of what follows the last header that was read
  IpFragment fragment;   // where the result is kFragment
};

// All move `layer` behind the headers and cut off what lies behind the datagram. kFragment: *header
// is filled and `layer` is the fragment's part of the payload.

LayerResult DecodeIp(IpVersion version, HeaderBudget& budget, Layer& layer, IpHeader* header);

// RFC 791 section 3.1. Options are stepped over.
LayerResult DecodeIpv4(HeaderBudget& budget, Layer& layer, IpHeader* header);

// RFC 8200. Hop-by-hop, routing, destination, authentication (RFC 4302) and atomic fragment
// (RFC 6946) headers are stepped over.
LayerResult DecodeIpv6(HeaderBudget& budget, Layer& layer, IpHeader* header);

// The extension headers from the one of type header->protocol on: those of a datagram that was put
// together stand at the start of its payload.
LayerResult DecodeIpv6Extensions(HeaderBudget& budget, Layer& layer, IpHeader* header);

// True for the types that DecodeIpv6Extensions() steps over.
bool IsIpv6Extension(uint8_t next);

}  // namespace gnomon::decode
