// Big-endian bytes for the builders of test input.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace gnomon::testing {

using ByteVector = std::vector<uint8_t>;

inline void Put(ByteVector& to, uint64_t value, size_t width) {
  for (size_t i = width; i-- > 0;) to.push_back(static_cast<uint8_t>(value >> (8 * i)));
}
inline void Put(ByteVector& to, Bytes bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}
inline void PutText(ByteVector& to, std::string_view text) {
  to.insert(to.end(), text.begin(), text.end());
}
// `bytes` behind their length in `width` bytes.
inline void PutVector(ByteVector& to, Bytes bytes, size_t width) {
  Put(to, bytes.size(), width);
  Put(to, bytes);
}
inline ByteVector ToBytes(std::string_view text) {
  return {text.begin(), text.end()};
}

}  // namespace gnomon::testing
