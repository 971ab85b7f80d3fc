// The long header of a QUIC packet (RFC 9000 section 17.2), as far as it is in clear.
// Pure: no I/O, no clock, no allocation.
#pragma once

#include <cstddef>
#include <cstdint>

#include "agent/decode/quic_version.h"
#include "base/bytes.h"

namespace gnomon::decode {

inline constexpr size_t kQuicMaxConnectionId = 20;  // RFC 9000 section 17.2
// A datagram with a client's Initial is never shorter (RFC 9000 section 14.1).
inline constexpr size_t kQuicMinInitialDatagram = 1200;

enum class QuicPacketType : uint8_t { kInitial, kZeroRtt, kHandshake, kRetry };

// Refers into the datagram.
struct QuicPacket {
  const QuicVersion* version = nullptr;
  QuicPacketType type = QuicPacketType::kInitial;
  Bytes dcid;             // at most kQuicMaxConnectionId
  Bytes scid;             // likewise
  Bytes token;            // Initial only
  Bytes bytes;            // the packet from its first byte on, as far as it was captured
  size_t number_at = 0;   // where the packet number begins in `bytes`; not of a Retry
  bool captured = false;  // `bytes` is all of it
};

// Reads the packet that `datagram` begins with; the next one begins behind packet->bytes (RFC 9000
// section 12.2). False for a short header, version negotiation, a version that is not read here,
// and a header that contradicts itself or was cut off.
bool ReadQuicPacket(Bytes datagram, QuicPacket* packet);

}  // namespace gnomon::decode
