// IP packets inside IP packets: IPv4 (RFC 2003, RFC 2473), IPv6 (RFC 4213 section 3, RFC 2473), and
// GRE with either or with an Ethernet frame.
#pragma once

#include <cstdint>

#include "agent/decode/layer.h"

namespace gnomon::decode {

// True for the IP protocols whose payload is, or leads to, another IP packet.
bool IsIpTunnel(uint8_t protocol);

// `layer` stands behind an IP header with such a protocol and is moved to the inner IP header.
LayerResult EnterIpTunnel(uint8_t protocol, HeaderBudget& budget, Layer& layer, IpVersion* version);

}  // namespace gnomon::decode
