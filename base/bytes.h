// A bounds-checked big-endian reader over bytes that may be hostile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace gnomon {

using Bytes = std::span<const uint8_t>;

// Reads forward. A read past the end returns 0 or an empty span and makes ok() false for good, so a
// parser may read a whole header and check once. Never throws, never allocates.
class ByteReader {
 public:
  explicit ByteReader(Bytes bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  size_t remaining() const { return bytes_.size() - at_; }
  size_t position() const { return at_; }
  Bytes rest() const { return bytes_.subspan(at_); }

  uint8_t U8() { return static_cast<uint8_t>(Uint(1)); }
  uint16_t U16() { return static_cast<uint16_t>(Uint(2)); }
  uint32_t U24() { return Uint(3); }
  uint32_t U32() { return Uint(4); }
  Bytes Take(size_t count) {
    if (!Need(count)) return {};
    Bytes taken = bytes_.subspan(at_, count);
    at_ += count;
    return taken;
  }
  void Skip(size_t count) {
    if (Need(count)) at_ += count;
  }

 private:
  bool Need(size_t count) {
    if (ok_ && remaining() >= count) return true;
    ok_ = false;
    return false;
  }
  uint32_t Uint(size_t width) {
    if (!Need(width)) return 0;
    uint32_t value = 0;
    for (size_t i = 0; i < width; ++i) value = value << 8 | bytes_[at_ + i];
    at_ += width;
    return value;
  }

  Bytes bytes_;
  size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace gnomon
