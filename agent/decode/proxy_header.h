// The PROXY protocol's header, which a forwarder puts in front of a client's stream to say whose it
// is: stepped over, nothing in it is kept. HAProxy, "The PROXY protocol", versions 1 and 2 (section
// 2.1 and 2.2).
// Pure: no I/O, no clock, no allocation.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace gnomon::decode {

// Version 1 has at most 107 bytes; version 2 is 16 bytes, 216 of addresses, and extensions.
inline constexpr size_t kMaxProxyHeader = 4096;

enum class ProxyHeaderResult : uint8_t {
  kNeedMore,   // so far a header
  kFound,      // *length is its length
  kNotHeader,  // another protocol
  kMalformed,  // began as a header and is none, or one over kMaxProxyHeader
};

ProxyHeaderResult ParseProxyHeader(Bytes stream, size_t* length);

}  // namespace gnomon::decode
