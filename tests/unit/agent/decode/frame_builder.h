// Frames from the payload outwards: Ethernet(Ipv4(Tcp(payload))), and so on for every layer.
// Addresses are of the documentation ranges (RFC 5737, RFC 3849).
#pragma once

#include <array>
#include <vector>

#include "agent/capture/frame.h"
#include "tests/unit/agent/decode/byte_writer.h"

namespace gnomon::testing {

inline constexpr uint16_t kIpv4Type = 0x0800;
inline constexpr uint16_t kIpv6Type = 0x86dd;
inline constexpr std::array<uint8_t, 4> kClientV4 = {192, 0, 2, 10};
inline constexpr std::array<uint8_t, 4> kServerV4 = {198, 51, 100, 20};
inline constexpr std::array<uint8_t, 16> kClientV6 = {0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 0,
                                                      0,    0,    0,    0,    0, 0, 0, 0x10};
inline constexpr std::array<uint8_t, 16> kServerV6 = {0x20, 0x01, 0x0d, 0xb8, 0, 2, 0, 0,
                                                      0,    0,    0,    0,    0, 0, 0, 0x20};

inline ByteVector Tcp(Bytes payload, uint8_t flags = 0x18, size_t option_bytes = 12,
                      uint32_t seq = 0x01020304) {
  ByteVector out;
  Put(out, 40000, 2);
  Put(out, 443, 2);
  Put(out, seq, 4);
  Put(out, 0x0a0b0c0d, 4);
  Put(out, (5 + option_bytes / 4) << 4, 1);
  Put(out, flags, 1);
  Put(out, 0xffff, 2);
  Put(out, 0, 4);
  Put(out, ByteVector(option_bytes, 1));
  Put(out, payload);
  return out;
}

inline ByteVector Udp(Bytes payload, uint16_t dport = 53, uint16_t sport = 50000) {
  ByteVector out;
  Put(out, sport, 2);
  Put(out, dport, 2);
  Put(out, payload.size() + 8, 2);
  Put(out, 0, 2);
  Put(out, payload);
  return out;
}

inline ByteVector Vxlan(Bytes frame) {
  ByteVector out = {0x08, 0, 0, 0, 0, 0, 42, 0};
  Put(out, frame);
  return out;
}

inline ByteVector Ipv4(Bytes payload, uint8_t protocol = 6, size_t option_bytes = 0,
                       uint16_t fragment = 0x4000) {
  ByteVector out;
  Put(out, 0x40 | (5 + option_bytes / 4), 1);
  Put(out, 0, 1);
  Put(out, 20 + option_bytes + payload.size(), 2);
  Put(out, 7, 2);
  Put(out, fragment, 2);
  Put(out, 64, 1);
  Put(out, protocol, 1);
  Put(out, 0, 2);
  Put(out, kClientV4);
  Put(out, kServerV4);
  Put(out, ByteVector(option_bytes, 1));
  Put(out, payload);
  return out;
}

inline ByteVector Ipv6(Bytes payload, uint8_t next = 6) {
  ByteVector out = {0x60, 0, 0, 0};
  Put(out, payload.size(), 2);
  Put(out, next, 1);
  Put(out, 64, 1);
  Put(out, kClientV6);
  Put(out, kServerV6);
  Put(out, payload);
  return out;
}

// A hop-by-hop, routing or destination header of `length` bytes (a multiple of 8) before `payload`.
inline ByteVector Ipv6Option(Bytes payload, uint8_t next = 6, size_t length = 8) {
  ByteVector out = {next, static_cast<uint8_t>(length / 8 - 1)};
  out.resize(length, 0);
  Put(out, payload);
  return out;
}

inline ByteVector Ipv6Fragment(Bytes payload, uint16_t offset_and_more, uint8_t next = 6) {
  ByteVector out = {next, 0};
  Put(out, offset_and_more, 2);
  Put(out, 99, 4);
  Put(out, payload);
  return out;
}

inline ByteVector Authentication(Bytes payload, uint8_t next = 6) {
  ByteVector out = {next, 4};  // 24 bytes: 12 fixed and a check value of 12
  out.resize(24, 0x11);
  Put(out, payload);
  return out;
}

inline ByteVector Ethernet(Bytes payload, uint16_t type, const std::vector<uint16_t>& tags = {}) {
  ByteVector out = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};
  for (const uint16_t tag : tags) {
    Put(out, tag, 2);
    Put(out, 100, 2);
  }
  Put(out, type, 2);
  Put(out, payload);
  return out;
}

// `ip` behind the link layer's header.
inline ByteVector OnLink(capture::LinkType link, Bytes ip, uint16_t type) {
  using capture::LinkType;
  ByteVector out;
  const bool v4 = type == kIpv4Type;
  switch (link) {
    case LinkType::kEthernet:
      return Ethernet(ip, type);
    case LinkType::kLinuxSll:
      out = {0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0};
      Put(out, type, 2);
      break;
    case LinkType::kLinuxSll2:
      Put(out, type, 2);
      Put(out, ByteVector{0, 0, 0, 0, 0, 3, 0, 1, 4, 6, 2, 0, 0, 0, 0, 1, 0, 0});
      break;
    case LinkType::kRawIp:
      break;
    case LinkType::kNull:  // little-endian, as macOS writes it
      out = {static_cast<uint8_t>(v4 ? 2 : 30), 0, 0, 0};
      break;
    case LinkType::kLoop:
      out = {0, 0, 0, static_cast<uint8_t>(v4 ? 2 : 24)};
      break;
  }
  Put(out, ip);
  return out;
}

inline capture::Frame AsFrame(Bytes bytes, capture::LinkType link = capture::LinkType::kEthernet) {
  return {.time = 1'700'000'000'123'456,
          .link = link,
          .wire_length = static_cast<uint32_t>(bytes.size()),
          .bytes = bytes};
}

}  // namespace gnomon::testing
