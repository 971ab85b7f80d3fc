// The versions of QUIC whose Initial packets are read, and what differs between them.
#pragma once

#include <array>
#include <cstdint>

namespace gnomon::decode {

inline constexpr uint32_t kQuicVersion1 = 1;
inline constexpr uint32_t kQuicVersion2 = 0x6b3343cf;
inline constexpr uint32_t kQuicDraft29 = 0xff00001d;
inline constexpr uint32_t kMvfst1 = 0xfaceb001;
inline constexpr uint32_t kMvfst2 = 0xfaceb002;
inline constexpr uint32_t kGoogleQ050 = 0x51303530;

struct QuicVersion {
  uint32_t number;
  // Of the Initial secret (RFC 9001 section 5.2, RFC 9369 section 3.3.1).
  std::array<uint8_t, 20> salt;
  // RFC 9369: "quicv2 " in the key labels, packet types moved on by one.
  bool second;
  // Google's frames, and its own hello instead of that of TLS: see gquic.h.
  bool google = false;
};

// Null for all other versions, version negotiation (0) among them.
const QuicVersion* FindQuicVersion(uint32_t number);

}  // namespace gnomon::decode
