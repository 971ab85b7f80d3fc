// What the layers of a frame hand down to one another.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace gnomon::decode {

// How decoding of a layer ended. All but kOk name the counter that the frame ends in.
enum class LayerResult : uint8_t {
  kOk,
  kNotIp,
  kNotTcpOrUdp,
  kEsp,
  kFragment,         // the rest of its datagram has not come
  kFragmentDropped,  // with this one its datagram can no longer be put together
  kTruncated,
  kMalformed,
  kTooDeep,
};

enum class IpVersion : uint8_t { kV4, kV6 };

// The most headers of one frame, the link layer's and each VLAN tag, IPv6 extension and tunnel
// header among them. Two VLAN tags and two IPv6 extensions both outside and inside a VXLAN tunnel
// make 14.
inline constexpr int kMaxHeaders = 16;

// What is left of a frame behind the headers read so far.
class Layer {
 public:
  // `wire_length` counts the bytes on the wire; it is at least what was captured.
  Layer(Bytes captured, size_t wire_length)
      : bytes_(captured),
        wire_length_(wire_length < captured.size() ? captured.size() : wire_length) {}

  Bytes bytes() const { return bytes_; }               // the captured part
  size_t wire_length() const { return wire_length_; }  // never below bytes().size()

  // Steps over a header of `length` bytes. kMalformed where the enclosing length has no room for
  // it, kTruncated where it has but the capture ends before.
  LayerResult Skip(size_t length) {
    if (wire_length_ < length) return LayerResult::kMalformed;
    if (bytes_.size() < length) return LayerResult::kTruncated;
    bytes_ = bytes_.subspan(length);
    wire_length_ -= length;
    return LayerResult::kOk;
  }

  // Drops what lies behind the length that a header states: Ethernet's padding, mostly.
  // kMalformed where the header states more than there was on the wire.
  LayerResult LimitTo(size_t length) {
    if (length > wire_length_) return LayerResult::kMalformed;
    wire_length_ = length;
    if (bytes_.size() > length) bytes_ = bytes_.first(length);
    return LayerResult::kOk;
  }

 private:
  Bytes bytes_;
  size_t wire_length_;
};

// Counts down the headers that a frame may still have.
class HeaderBudget {
 public:
  // False once the frame has used up kMaxHeaders.
  bool Spend() { return left_-- > 0; }

 private:
  int left_ = kMaxHeaders;
};

}  // namespace gnomon::decode
