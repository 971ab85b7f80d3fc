// VXLAN: an Ethernet frame inside a UDP datagram to port 4789 (RFC 7348 section 5).
#pragma once

#include "agent/decode/layer.h"
#include "agent/decode/packet.h"

namespace gnomon::decode {

// True where `outer`, whose payload `layer` holds, carries a VXLAN header; `layer` then stands at
// the inner Ethernet frame. Otherwise both stay as they are.
bool EnterVxlan(const Packet& outer, Layer& layer);

}  // namespace gnomon::decode
