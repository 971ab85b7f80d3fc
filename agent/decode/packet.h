// What decode hands to classify: one TCP segment or UDP datagram, by reference into the frame.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/bytes.h"
#include "base/clock.h"

namespace gnomon::decode {

// IPv4 is held as an IPv4-mapped IPv6 address (RFC 4291 section 2.5.5.2), so there is one type.
struct IpAddress {
  std::array<uint8_t, 16> bytes{};

  static IpAddress FromV4(Bytes four);    // exactly 4 bytes
  static IpAddress FromV6(Bytes sixteen); // exactly 16 bytes
  bool IsV4() const;
  bool IsLoopback() const;
  // Private, link-local or unique-local (RFC 1918, 3927, 4193, 4291).
  bool IsLocalNetwork() const;
  bool operator==(const IpAddress&) const = default;
  auto operator<=>(const IpAddress&) const = default;
};

// Writes the textual form (RFC 5952) and a NUL into `out`; returns its length.
// For `inspect` only: nothing that stores or sends text may use it.
size_t FormatAddress(const IpAddress& address, char (&out)[46]);

enum class Transport : uint8_t { kTcp, kUdp };

inline constexpr uint8_t kTcpFin = 0x01;
inline constexpr uint8_t kTcpSyn = 0x02;
inline constexpr uint8_t kTcpRst = 0x04;
inline constexpr uint8_t kTcpPsh = 0x08;
inline constexpr uint8_t kTcpAck = 0x10;

struct Packet {
  TimeUs time = 0;
  IpAddress src;
  IpAddress dst;
  uint16_t sport = 0;
  uint16_t dport = 0;
  Transport transport = Transport::kTcp;
  uint8_t tcp_flags = 0;
  uint32_t tcp_seq = 0;
  uint32_t tcp_ack = 0;         // means something with kTcpAck only
  uint32_t payload_length = 0;  // on the wire, from the IP header; may exceed payload.size()
  Bytes payload;                // captured part of it; valid only during Consume()
};

// decode -> classify.
class PacketSink {
 public:
  virtual ~PacketSink() = default;
  virtual void Consume(const Packet& packet) = 0;
};

}  // namespace gnomon::decode
