// SipHash-1-3 with a key drawn at start, so that nobody who sends packets can pick tuples,
// addresses or names that fall into one bucket (Aumasson and Bernstein, "SipHash: a fast
// short-input PRF").
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace gnomon::classify {

class KeyedHash {
 public:
  static KeyedHash WithRandomKey();
  KeyedHash(uint64_t key0, uint64_t key1) : key0_(key0), key1_(key1) {}

  uint64_t operator()(Bytes bytes) const;

 private:
  uint64_t key0_;
  uint64_t key1_;
};

}  // namespace gnomon::classify
