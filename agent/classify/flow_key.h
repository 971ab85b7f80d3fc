// The two ends of a flow, whoever opened it.
#pragma once

#include <array>
#include <cstdint>

#include "agent/decode/packet.h"

namespace gnomon::classify {

// One end of a flow, as an index: the lower Endpoint is 0. Both directions of a flow
// have the same key, whoever opened it.
using Side = uint8_t;
inline Side Other(Side side) {
  return side ^ 1;
}

struct Endpoint {
  decode::IpAddress address;
  uint16_t port = 0;
  bool operator==(const Endpoint&) const = default;
  // Any order will do; the ports, which nearly always differ, are compared faster.
  auto operator<=>(const Endpoint& other) const {
    const auto ports = port <=> other.port;
    return ports != 0 ? ports : address <=> other.address;
  }
};

struct FlowKey {
  std::array<Endpoint, 2> ends;  // in ascending order
  decode::Transport transport = decode::Transport::kTcp;
  bool operator==(const FlowKey&) const = default;

  // `*sender` becomes the side that sent the packet.
  static FlowKey Of(const decode::Packet& packet, Side* sender);
};

}  // namespace gnomon::classify
