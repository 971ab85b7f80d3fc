// GRE: an IP packet or an Ethernet frame behind a small header (RFC 2784 section 2, RFC 2890
// section 2; Ethernet: RFC 1701's protocol type 0x6558, as in RFC 7637 section 3.2).
#pragma once

#include "agent/decode/layer.h"

namespace gnomon::decode {

// Moves `layer` from the GRE header to the IP header that it carries and says of which version.
// Checksum, key and sequence number are stepped over. kNotTcpOrUdp: a version or a flag that is not
// read here, PPTP's (RFC 2637) among them; kNotIp: it carries something else.
LayerResult DecodeGre(HeaderBudget& budget, Layer& layer, IpVersion* version);

}  // namespace gnomon::decode
