// Address hints in HTTPS records (RFC 9460 sections 2.2 and 7.3).
#pragma once

#include "agent/decode/dns.h"

namespace gnomon::decode {

// `params` are the SvcParams of a ServiceMode record. Gives `sink`, unless null, each hinted
// address in a copy of `found`. False where the parameters do not fill `params` exactly.
bool ReadServiceHints(Bytes params, const DnsAddress& found, DnsAddressSink* sink);

}  // namespace gnomon::decode
