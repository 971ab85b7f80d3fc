// DNS answers: which name stands behind an address, and for how long.
// RFC 1035 sections 4.1 and 4.2.2 (TCP), RFC 3596 (AAAA), RFC 9460 (HTTPS/SVCB hints).
// Pure: no I/O, no clock, no allocation.
#pragma once

#include <cstdint>

#include "agent/decode/packet.h"
#include "agent/decode/tls_client_hello.h"
#include "base/bytes.h"

namespace gnomon::decode {

struct DnsAddress {
  HostName question;      // the name that was asked for (CNAMEs lead from it to the address)
  IpAddress address;
  uint32_t ttl_seconds;   // the smallest on the way from the question to the address
};

class DnsAddressSink {
 public:
  virtual ~DnsAddressSink() = default;
  virtual void Consume(const DnsAddress& address) = 0;
};

enum class DnsResult : uint8_t {
  kAnswer,     // a response without error to one question; it may still hold no address
  kNotAnswer,  // a query, an error, other than one question, or a question that no host can have
  kMalformed,  // gave nothing to the sink
};

// One message without the TCP length prefix. Gives each A and AAAA that the question leads to,
// following CNAMEs, and the address hints of HTTPS records; records that it does not lead to are left
// out (RFC 2181 section 5.4.1).
DnsResult ParseDnsMessage(Bytes message, DnsAddressSink& sink);

}  // namespace gnomon::decode
