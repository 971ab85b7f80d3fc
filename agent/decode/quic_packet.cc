#include "agent/decode/quic_packet.h"

#include <algorithm>

#include "agent/decode/quic_varint.h"

namespace gnomon::decode {
namespace {

constexpr uint8_t kLongHeader = 0x80;

// RFC 9000 section 17.2; RFC 9369 section 3.2 has them all one higher, so that nobody may rely on
// the numbers.
QuicPacketType TypeOf(uint8_t first, const QuicVersion& version) {
  const int bits = first >> 4 & 3;
  return static_cast<QuicPacketType>((bits - (version.second ? 1 : 0)) & 3);
}

}  // namespace

bool ReadQuicPacket(Bytes datagram, QuicPacket* packet) {
  *packet = {};
  ByteReader in(datagram);
  const uint8_t first = in.U8();
  if ((first & kLongHeader) == 0) return false;
  packet->version = FindQuicVersion(in.U32());
  if (packet->version == nullptr) return false;
  packet->type = TypeOf(first, *packet->version);
  const size_t dcid_length = in.U8();
  if (dcid_length > kQuicMaxConnectionId) return false;
  packet->dcid = in.Take(dcid_length);
  const size_t scid_length = in.U8();
  if (scid_length > kQuicMaxConnectionId) return false;
  packet->scid = in.Take(scid_length);
  if (packet->type == QuicPacketType::kRetry) {
    // It has no length, and nothing may follow it.
    packet->bytes = datagram;
    packet->captured = in.ok();
    return in.ok();
  }
  if (packet->type == QuicPacketType::kInitial) {
    const uint64_t token_length = ReadQuicVarint(in);
    if (token_length > in.remaining()) return false;
    packet->token = in.Take(static_cast<size_t>(token_length));
  }
  const uint64_t length = ReadQuicVarint(in);
  if (!in.ok()) return false;
  packet->number_at = in.position();
  packet->captured = length <= in.remaining();
  const auto there = static_cast<size_t>(std::min<uint64_t>(length, in.remaining()));
  packet->bytes = datagram.first(packet->number_at + there);
  return true;
}

}  // namespace gnomon::decode
