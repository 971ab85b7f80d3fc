// Link layers and VLAN tags: Ethernet II, Linux "cooked" v1 and v2, BSD null and loop, raw IP.
// IEEE 802.3 and 802.1Q; https://www.tcpdump.org/linktypes.html for the pseudo headers.
#pragma once

#include <cstdint>

#include "agent/capture/frame.h"
#include "agent/decode/layer.h"

namespace gnomon::decode {

// Moves `layer` to the IP header and says which version the link layer announced.
LayerResult DecodeLink(capture::LinkType link, HeaderBudget& budget, Layer& layer,
                       IpVersion* version);

// The same where `layer` stands behind an EtherType: steps over VLAN tags.
LayerResult DecodeEtherType(uint16_t ether_type, HeaderBudget& budget, Layer& layer,
                            IpVersion* version);

}  // namespace gnomon::decode
