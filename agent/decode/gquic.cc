#include "agent/decode/gquic.h"

#include <algorithm>
#include <string_view>

#include "agent/decode/http_syntax.h"
#include "agent/decode/quic_varint.h"

namespace gnomon::decode {
namespace {

using std::string_view_literals::operator""sv;

constexpr uint32_t kQ039 = 0x51303339;
constexpr uint32_t kQ043 = 0x51303433;
constexpr uint32_t kQ046 = 0x51303436;
constexpr size_t kConnectionId = 8;
constexpr size_t kHash = 12;  // FNV-1a of 128 bits, cut

// The public flags of Q039 and Q043.
constexpr uint8_t kHasVersion = 0x01;
constexpr uint8_t kReset = 0x02;
constexpr uint8_t kHasConnectionId = 0x08;
constexpr uint8_t kReserved = 0xc4;  // and a nonce, which servers alone send
// The long header of Q046: type Initial, a packet number of 1 to 4 bytes.
constexpr uint8_t kLongInitial = 0xc0;
constexpr uint8_t kIdLengths = 0x50;  // 8 bytes and none

// Frame types of all three.
constexpr uint8_t kPadding = 0x00;
constexpr uint8_t kPing = 0x07;
constexpr uint8_t kStream = 0x80;
constexpr uint8_t kStreamHasLength = 0x20;
constexpr uint8_t kCryptoStream = 1;
// Of Q050.
constexpr uint8_t kCrypto = 0x08;

constexpr size_t kMaxTags = 128;  // kMaxEntries of Chromium's quic/core/crypto

uint32_t LittleEndian(Bytes bytes) {
  uint32_t value = 0;
  for (size_t i = bytes.size(); i-- > 0;) value = value << 8 | bytes[i];
  return value;
}

// Leaves the reader at the frames. False where the header is another one.
bool ReadHeader(ByteReader& in, Bytes* connection_id) {
  const uint8_t first = in.U8();
  if ((first & 0xfc) == kLongInitial) {
    if (in.U32() != kQ046 || in.U8() != kIdLengths) return false;
    *connection_id = in.Take(kConnectionId);
    in.Skip((first & 3) + size_t{1});
  } else {
    const int wanted = kHasVersion | kHasConnectionId;
    if ((first & (wanted | kReset | kReserved)) != wanted) return false;
    *connection_id = in.Take(kConnectionId);
    const uint32_t version = in.U32();
    if (version != kQ039 && version != kQ043) return false;
    constexpr size_t kNumberLengths[] = {1, 2, 4, 6};
    in.Skip(kNumberLengths[first >> 4 & 3]);
  }
  in.Skip(kHash);
  return in.ok();
}

// The data of a STREAM frame, whose type has been read. False where it is not the start of the
// crypto stream.
bool ReadStream(uint8_t type, ByteReader& in, Bytes* data) {
  const Bytes id = in.Take((type & 3) + size_t{1});
  const size_t offset_length = type >> 2 & 7;
  const Bytes offset = in.Take(offset_length == 0 ? 0 : offset_length + 1);
  const size_t length = (type & kStreamHasLength) != 0 ? in.U16() : in.remaining();
  const bool starts = !id.empty() && id.back() == kCryptoStream &&
                      std::all_of(id.begin(), id.end() - 1, [](uint8_t b) { return b == 0; }) &&
                      std::all_of(offset.begin(), offset.end(), [](uint8_t b) { return b == 0; });
  // What the capture cut off is missing at the end.
  *data = in.Take(std::min(length, in.remaining()));
  return in.ok() && starts;
}

}  // namespace

bool BeginsAsGquic(Bytes datagram, Bytes* connection_id) {
  ByteReader in(datagram);
  return ReadHeader(in, connection_id);
}

HelloResult ParseGquicPacket(Bytes datagram, ClientHello* out) {
  *out = {};
  ByteReader in(datagram);
  Bytes connection_id;
  if (!ReadHeader(in, &connection_id)) return HelloResult::kNotHello;
  while (in.remaining() > 0) {
    const uint8_t type = in.U8();
    if (type == kPadding || type == kPing) continue;
    Bytes data;
    if ((type & kStream) == 0 || !ReadStream(type, in, &data)) break;
    return ParseChlo(data, out);
  }
  return HelloResult::kNeedMore;
}

HelloResult ParseChlo(Bytes message, ClientHello* out) {
  *out = {};
  constexpr std::string_view kChlo = "CHLO"sv, kServerName = "SNI\0"sv;
  ByteReader in(message);
  const Bytes kind = in.Take(kChlo.size());
  const size_t count = LittleEndian(in.Take(2));
  in.Skip(2);  // padding
  if (!in.ok()) return HelloResult::kNeedMore;
  if (AsText(kind) != kChlo) return HelloResult::kNotHello;
  if (count > kMaxTags) return HelloResult::kMalformed;
  // Tag and end of its value, and behind all of them the values.
  const Bytes index = in.Take(count * 8);
  if (!in.ok()) return HelloResult::kNeedMore;
  const Bytes values = in.rest();
  uint32_t begin = 0;
  for (size_t at = 0; at < index.size(); at += 8) {
    const uint32_t end = LittleEndian(index.subspan(at + 4, 4));
    if (end < begin) return HelloResult::kMalformed;
    if (AsText(index.subspan(at, 4)) == kServerName) {
      if (end > values.size()) return HelloResult::kNeedMore;
      out->server_name.Assign(values.subspan(begin, end - begin));
      break;
    }
    begin = end;
  }
  out->complete = true;
  return HelloResult::kFound;
}

bool FindGquicCrypto(Bytes payload, QuicCrypto* crypto) {
  ByteReader in(payload);
  while (in.remaining() > 0) {
    const uint8_t type = in.U8();
    if (type == kPadding || type == kPing) continue;
    if (type != kCrypto) return false;
    crypto->offset = ReadQuicVarint(in);
    const uint64_t length = ReadQuicVarint(in);
    if (!in.ok() || length > in.remaining()) return false;
    crypto->data = in.Take(static_cast<size_t>(length));
    return true;
  }
  return false;
}

}  // namespace gnomon::decode
