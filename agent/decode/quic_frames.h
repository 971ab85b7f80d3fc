// The frames of a QUIC Initial packet (RFC 9000 section 12.4).
// Pure: no I/O, no clock, no allocation.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace gnomon::decode {

struct QuicCrypto {
  uint64_t offset = 0;  // in the stream of handshake bytes; at most 2^62 - 1
  Bytes data;
};

// Walks through a decrypted payload from one CRYPTO frame to the next, in whatever order they are.
class QuicCryptoReader {
 public:
  explicit QuicCryptoReader(Bytes payload) : in_(payload) {}

  // False at the end, or at a frame that an Initial must not have or that contradicts itself.
  bool Next(QuicCrypto* crypto);
  // Why Next() gave false. What came before is good all the same.
  bool malformed() const { return malformed_; }

 private:
  bool Fail();
  void SkipAck(bool with_ecn);
  void SkipConnectionClose();

  ByteReader in_;
  bool malformed_ = false;
};

}  // namespace gnomon::decode
