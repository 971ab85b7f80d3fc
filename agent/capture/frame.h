// What capture hands to decode. Knows nothing of libpcap, so that decode does not either.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/clock.h"

namespace gnomon::capture {

// Link layers that decode understands; the names follow libpcap's DLT_*.
enum class LinkType : uint8_t {
  kEthernet,   // DLT_EN10MB
  kLinuxSll,   // DLT_LINUX_SLL, "cooked" v1
  kLinuxSll2,  // DLT_LINUX_SLL2, "cooked" v2
  kRawIp,      // DLT_RAW, DLT_IPV4, DLT_IPV6
  kNull,       // DLT_NULL: 4 bytes address family in the capturing host's byte order
  kLoop,       // DLT_LOOP: the same in network byte order
};

struct Frame {
  TimeUs time = 0;
  LinkType link = LinkType::kEthernet;
  uint32_t wire_length = 0;  // bytes on the wire; may exceed bytes.size() (snap length)
  Bytes bytes;               // valid only during Consume()
};

// capture -> decode.
class FrameSink {
 public:
  virtual ~FrameSink() = default;
  virtual void Consume(const Frame& frame) = 0;
};

}  // namespace gnomon::capture
