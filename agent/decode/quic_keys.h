// The keys of a client's Initial packets. Anyone on the path can derive them: they follow from the
// connection id that the client chose and a salt that the RFC gives.
// Pure: no I/O, no clock, no allocation.
#pragma once

#include <array>
#include <cstdint>

#include "agent/decode/quic_version.h"
#include "base/bytes.h"

namespace gnomon::decode {

// AEAD_AES_128_GCM and its header protection (RFC 9001 sections 5.2 and 5.4.3).
struct QuicKeys {
  std::array<uint8_t, 16> key;
  std::array<uint8_t, 12> iv;
  std::array<uint8_t, 16> header;
};

// Of the client whose first Initial went to `dcid` (RFC 9001 section 5.2, RFC 9369 section 3.3).
QuicKeys QuicClientKeys(const QuicVersion& version, Bytes dcid);

}  // namespace gnomon::decode
