// Domain names inside a DNS message, with compression pointers (RFC 1035 sections 3.1 and 4.1.4).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "agent/decode/tls_client_hello.h"
#include "base/bytes.h"

namespace gnomon::decode {

// A name as length-prefixed labels without the root label, lower-cased, so that equal names have
// equal bytes.
class DnsName {
 public:
  // Expands the name at message[*at] and moves *at behind it. False, and empty, where it leaves the
  // message, is over 255 bytes, or a pointer does not point backwards.
  bool Read(Bytes message, size_t* at);
  // False where a label holds what no host name may, for example a dot.
  bool ToHostName(HostName* host) const;
  bool empty() const { return length_ == 0; }
  bool operator==(const DnsName& other) const;

 private:
  bool Append(Bytes label);

  std::array<uint8_t, 254> bytes_;  // 255 less the root label
  uint8_t length_ = 0;
};

}  // namespace gnomon::decode
