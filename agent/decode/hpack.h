// The host in a block of HTTP/2 header fields (RFC 7541, RFC 9113 section 8.3.1): the first block
// of a connection, in which no field can refer to an earlier block. Of all other fields nothing is
// kept. Pure: no I/O, no clock, no allocation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace gnomon::decode {

// A host name of 255 bytes, brackets, colon and port, and no more.
struct Authority {
  std::array<uint8_t, 263> bytes{};
  size_t length = 0;
  Bytes view() const { return {bytes.data(), length}; }
};

enum class HpackResult : uint8_t {
  kNeedMore,  // the host has not come
  kFound,     // *out is :authority, or the host field where there is none
  kNoHost,    // the block has neither, or one that is empty or longer than any host
  kMalformed,
};

// `block` is the block from its first byte on; `ended`: all of it.
HpackResult FindAuthority(Bytes block, bool ended, Authority* out);

}  // namespace gnomon::decode
