// Reads a TLS handshake message in place, also one that is split over records.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace gnomon::decode {

inline constexpr uint8_t kTlsHandshakeRecord = 22;
inline constexpr size_t kTlsRecordHeader = 5;
inline constexpr size_t kTlsMaxFragment = 1u << 14;  // RFC 8446 section 5.1

// What carries the handshake bytes.
enum class Framing : uint8_t {
  kRecords,  // TLS over TCP
  kBare,     // nothing: QUIC's CRYPTO data (RFC 9001 section 4.1.3)
};

// A forward cursor over handshake bytes. It steps over the record headers in between, where there
// are any, and never past the message's own length, once that is set. The first failure
// stays; reads after it give 0.
class HandshakeCursor {
 public:
  enum class Failure : uint8_t { kNone, kOutOfBytes, kMalformed };

  HandshakeCursor(Bytes stream, Framing framing)
      : stream_(stream), record_left_(framing == Framing::kBare ? SIZE_MAX : 0) {}

  bool ok() const { return failure_ == Failure::kNone; }
  Failure failure() const { return failure_; }
  void SetMalformed() {
    if (ok()) failure_ = Failure::kMalformed;
  }

  // Handshake bytes that may still be read before the message (or an inner limit) ends.
  size_t left() const { return left_; }
  void SetLeft(size_t left) { left_ = left; }

  // `width` bytes, big-endian, at most 4.
  uint32_t Uint(size_t width);
  // Copies to `to`, or skips where it is null.
  void Read(uint8_t* to, size_t count);
  void Skip(size_t count) { Read(nullptr, count); }

 private:
  void EnterRecord();

  Bytes stream_;
  size_t at_ = 0;
  size_t record_left_;
  size_t left_ = SIZE_MAX;
  Failure failure_ = Failure::kNone;
};

}  // namespace gnomon::decode
