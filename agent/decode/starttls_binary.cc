#include <algorithm>
#include <array>
#include <string_view>

#include "agent/decode/http_syntax.h"
#include "agent/decode/starttls_protocols.h"

namespace gnomon::decode {
namespace {

// BER (X.690 section 8.1.3): a length in one byte, or in up to 4 behind their number. False where
// it is neither; where it is cut off, the reader says so.
bool ReadLength(ByteReader& in, size_t* length) {
  const uint8_t first = in.U8();
  *length = first;
  if (first < 0x80) return true;
  const int more = first & 0x7f;
  if (more == 0 || more > 4) return false;
  *length = 0;
  for (int i = 0; i < more; ++i) *length = *length << 8 | in.U8();
  return *length <= kMaxStartTls;
}

// A value of this type. False where another one stands there.
bool ReadValue(ByteReader& in, uint8_t type, Bytes* value) {
  size_t length = 0;
  if (in.U8() != type) return !in.ok();
  if (!ReadLength(in, &length)) return !in.ok();
  *value = in.Take(length);
  return true;
}

// RFC 4511 sections 4.1.1 and 4.14.1: SEQUENCE { INTEGER, [APPLICATION 23] { [0] name } }.
bool ReadExtendedRequest(ByteReader& in, Bytes* name) {
  constexpr uint8_t kSequence = 0x30, kInteger = 0x02, kExtendedRequest = 0x77, kName = 0x80;
  size_t length = 0;
  Bytes id;
  if (in.U8() != kSequence) return !in.ok();
  if (!ReadLength(in, &length)) return !in.ok();
  if (!ReadValue(in, kInteger, &id)) return false;
  if (in.ok() && (id.empty() || id.size() > 4)) return false;
  if (in.U8() != kExtendedRequest) return !in.ok();
  if (!ReadLength(in, &length)) return !in.ok();
  return ReadValue(in, kName, name);
}

}  // namespace

StartTlsResult ParseStartTlsLdap(Bytes stream, size_t* length) {
  constexpr std::string_view kStartTlsOid = "1.3.6.1.4.1.1466.20037";
  ByteReader in(stream);
  Bytes name;
  if (!ReadExtendedRequest(in, &name)) return StartTlsResult::kNotStartTls;
  if (!in.ok()) return StartTlsResult::kNeedMore;
  if (AsText(name) != kStartTlsOid) return StartTlsResult::kNotStartTls;
  *length = in.position();
  return StartTlsResult::kFound;
}

StartTlsResult ParseStartTlsPostgres(Bytes stream, size_t* length) {
  constexpr std::array<uint8_t, 8> kSslRequest = {0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f};
  constexpr std::array<uint8_t, 8> kGssRequest = {0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x30};
  if (stream.size() >= kGssRequest.size() &&
      std::equal(kGssRequest.begin(), kGssRequest.end(), stream.begin())) {
    *length = kGssRequest.size();
    stream = stream.subspan(kGssRequest.size());
  }
  const auto there = static_cast<ptrdiff_t>(std::min(stream.size(), kSslRequest.size()));
  // The two differ in their last byte.
  if (!std::equal(kSslRequest.begin(), kSslRequest.begin() + there, stream.begin()))
    return StartTlsResult::kNotStartTls;
  if (stream.size() < kSslRequest.size()) return StartTlsResult::kNeedMore;
  *length += kSslRequest.size();
  return StartTlsResult::kFound;
}

}  // namespace gnomon::decode
