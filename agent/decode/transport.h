// TCP (RFC 9293 section 3.1) and UDP (RFC 768) headers.
#pragma once

#include "agent/decode/layer.h"
#include "agent/decode/packet.h"

namespace gnomon::decode {

// Both fill in all of `packet` but its time and addresses. Checksums are not looked at: the card
// works them out after the capture.
LayerResult DecodeTcp(HeaderBudget& budget, Layer& layer, Packet* packet);
LayerResult DecodeUdp(HeaderBudget& budget, Layer& layer, Packet* packet);

}  // namespace gnomon::decode
