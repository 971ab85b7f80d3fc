#include "agent/decode/handshake_cursor.h"

#include <algorithm>
#include <cstring>

namespace gnomon::decode {

uint32_t HandshakeCursor::Uint(size_t width) {
  uint8_t bytes[4] = {};
  Read(bytes, width);
  if (!ok()) return 0;
  uint32_t value = 0;
  for (size_t i = 0; i < width; ++i) value = value << 8 | bytes[i];
  return value;
}

void HandshakeCursor::Read(uint8_t* to, size_t count) {
  if (count > left_) SetMalformed();
  while (ok() && count > 0) {
    if (record_left_ == 0) {
      EnterRecord();
      continue;
    }
    const size_t chunk = std::min({count, record_left_, stream_.size() - at_});
    if (chunk == 0) {
      failure_ = Failure::kOutOfBytes;
      return;
    }
    if (to != nullptr) {
      std::memcpy(to, stream_.data() + at_, chunk);
      to += chunk;
    }
    at_ += chunk;
    record_left_ -= chunk;
    left_ -= chunk;
    count -= chunk;
  }
}

// RFC 8446 section 5.1: other records must not come in between, and a handshake fragment is never
// empty. The minor version is to be ignored.
void HandshakeCursor::EnterRecord() {
  ByteReader in(stream_.subspan(at_));
  const size_t there = in.remaining();
  const uint8_t type = in.U8();
  const uint8_t major = in.U8();
  in.Skip(1);
  const size_t length = in.U16();
  if ((there >= 1 && type != kTlsHandshakeRecord) || (there >= 2 && major != 3)) {
    failure_ = Failure::kMalformed;
  } else if (there < kTlsRecordHeader) {
    failure_ = Failure::kOutOfBytes;
  } else if (length == 0 || length > kTlsMaxFragment) {
    failure_ = Failure::kMalformed;
  } else {
    at_ += kTlsRecordHeader;
    record_left_ = length;
  }
}

}  // namespace gnomon::decode
