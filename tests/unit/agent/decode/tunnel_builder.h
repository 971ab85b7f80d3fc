// Tunnels and fragments around the layers of frame_builder.h.
#pragma once

#include <algorithm>
#include <vector>

#include "tests/unit/agent/decode/frame_builder.h"

namespace gnomon::testing {

inline constexpr uint8_t kIpInIp = 4;
inline constexpr uint8_t kIpv6InIp = 41;
inline constexpr uint8_t kGreProtocol = 47;
inline constexpr uint16_t kGreEthernet = 0x6558;

struct GreShape {
  bool checksum = false;
  bool key = false;
  bool sequence = false;
  uint16_t other_bits = 0;  // of the first two bytes
};

// RFC 2784 section 2.1, RFC 2890 section 2.
inline ByteVector Gre(Bytes payload, uint16_t type, const GreShape& shape = {}) {
  ByteVector out;
  const int present =
      (shape.checksum ? 0x8000 : 0) | (shape.key ? 0x2000 : 0) | (shape.sequence ? 0x1000 : 0);
  Put(out, static_cast<uint64_t>(present | shape.other_bits), 2);
  Put(out, type, 2);
  if (shape.checksum) Put(out, 0xabcd0000, 4);
  if (shape.key) Put(out, 0x00001234, 4);
  if (shape.sequence) Put(out, 77, 4);
  Put(out, payload);
  return out;
}

struct Piece {
  size_t offset;
  size_t length;
};

// Cut every `size` bytes, a multiple of 8.
inline std::vector<Piece> Pieces(size_t total, size_t size) {
  std::vector<Piece> pieces;
  for (size_t at = 0; at < total; at += size) pieces.push_back({at, std::min(size, total - at)});
  return pieces;
}

// One fragment of `payload` as an IP packet (RFC 791 section 3.1, RFC 8200 section 4.5).
inline ByteVector FragmentOf(bool v6, Bytes payload, const Piece& piece, uint8_t protocol,
                             uint32_t id = 99) {
  const Bytes part = payload.subspan(piece.offset, piece.length);
  const bool more = piece.offset + piece.length < payload.size();
  if (v6) {
    ByteVector fragment =
        Ipv6Fragment(part, static_cast<uint16_t>(piece.offset | (more ? 1 : 0)), protocol);
    for (int i = 0; i < 4; ++i) fragment[4 + i] = static_cast<uint8_t>(id >> (24 - 8 * i));
    return Ipv6(fragment, 44);
  }
  ByteVector packet =
      Ipv4(part, protocol, 0, static_cast<uint16_t>(piece.offset / 8 | (more ? 0x2000 : 0)));
  packet[4] = static_cast<uint8_t>(id >> 8);
  packet[5] = static_cast<uint8_t>(id);
  return packet;
}

// All of them, in order.
inline std::vector<ByteVector> FragmentsOf(bool v6, Bytes payload, size_t size, uint8_t protocol,
                                           uint32_t id = 99) {
  std::vector<ByteVector> packets;
  for (const Piece& piece : Pieces(payload.size(), size))
    packets.push_back(FragmentOf(v6, payload, piece, protocol, id));
  return packets;
}

inline ByteVector OnEthernet(Bytes ip) {
  return Ethernet(ip, ip[0] >> 4 == 6 ? kIpv6Type : kIpv4Type);
}

}  // namespace gnomon::testing
