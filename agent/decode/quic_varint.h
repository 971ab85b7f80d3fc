// Variable-length integers of QUIC (RFC 9000 section 16): at most 62 bits.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace gnomon::decode {

// 0 and !in.ok() past the end.
inline uint64_t ReadQuicVarint(ByteReader& in) {
  const uint8_t first = in.U8();
  uint64_t value = first & 0x3f;
  for (int more = (1 << (first >> 6)) - 1; more > 0; --more) value = value << 8 | in.U8();
  return in.ok() ? value : 0;
}

}  // namespace gnomon::decode
