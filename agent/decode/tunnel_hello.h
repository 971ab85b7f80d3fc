// Datagrams of tunnels that show nothing of what they carry: what is seen of a VPN from outside.
// Pure: no I/O, no clock, no allocation.
#pragma once

#include <cstdint>

#include "agent/decode/packet.h"

namespace gnomon::decode {

enum class TunnelHello : uint8_t {
  kNone,
  kWireGuard,  // handshake initiation (wireguard.com/protocol)
  kIke,  // IKEv1 or IKEv2, from its first message on (RFC 2408 section 3.1, RFC 7296 section 3.1)
  kEsp,  // ESP in UDP (RFC 3948 section 2.1), which has no hello of its own
  kOpenVpn,  // hard reset of the client, on OpenVPN's port
};

// By its shape, on any port where the shape is strong enough and else on the protocol's own.
// `packet` is a UDP datagram.
TunnelHello RecogniseTunnel(const Packet& packet);

}  // namespace gnomon::decode
