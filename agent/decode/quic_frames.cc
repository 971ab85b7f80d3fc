#include "agent/decode/quic_frames.h"

#include "agent/decode/quic_varint.h"

namespace gnomon::decode {
namespace {

// RFC 9000 section 19; the types that section 12.5 allows in an Initial packet.
constexpr uint64_t kPadding = 0x00;
constexpr uint64_t kPing = 0x01;
constexpr uint64_t kAck = 0x02;
constexpr uint64_t kAckWithEcn = 0x03;
constexpr uint64_t kCrypto = 0x06;
constexpr uint64_t kConnectionClose = 0x1c;

}  // namespace

bool QuicCryptoReader::Fail() {
  malformed_ = true;
  return false;
}

// Section 19.3. Each range takes two bytes or more, so their number is bounded by the packet.
void QuicCryptoReader::SkipAck(bool with_ecn) {
  ReadQuicVarint(in_);  // largest acknowledged
  ReadQuicVarint(in_);  // delay
  const uint64_t ranges = ReadQuicVarint(in_);
  ReadQuicVarint(in_);  // first range
  for (uint64_t i = 0; in_.ok() && i < ranges; ++i) {
    ReadQuicVarint(in_);  // gap
    ReadQuicVarint(in_);  // length
  }
  for (int count = 0; with_ecn && count < 3; ++count) ReadQuicVarint(in_);
}

// Section 19.19.
void QuicCryptoReader::SkipConnectionClose() {
  ReadQuicVarint(in_);  // error code
  ReadQuicVarint(in_);  // frame type
  const uint64_t reason = ReadQuicVarint(in_);
  in_.Skip(reason > in_.remaining() ? SIZE_MAX : static_cast<size_t>(reason));
}

bool QuicCryptoReader::Next(QuicCrypto* crypto) {
  while (!malformed_ && in_.remaining() > 0) {
    const uint64_t type = ReadQuicVarint(in_);
    switch (in_.ok() ? type : UINT64_MAX) {
      case kPadding:
      case kPing:
        break;
      case kAck:
      case kAckWithEcn:
        SkipAck(type == kAckWithEcn);
        break;
      case kConnectionClose:
        SkipConnectionClose();
        break;
      case kCrypto: {
        crypto->offset = ReadQuicVarint(in_);
        const uint64_t length = ReadQuicVarint(in_);
        if (!in_.ok() || length > in_.remaining()) return Fail();
        crypto->data = in_.Take(static_cast<size_t>(length));
        return true;
      }
      default:
        return Fail();
    }
    if (!in_.ok()) return Fail();
  }
  return false;
}

}  // namespace gnomon::decode
