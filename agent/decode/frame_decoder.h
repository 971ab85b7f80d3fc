// Frame -> Packet: link layer, VLAN tags, IPv4/IPv6 with extension headers, VXLAN, TCP and UDP.
// Pure: no I/O, no clock, no allocation. Bytes that do not parse become counters.
#pragma once

#include <cstdint>

#include "agent/capture/frame.h"
#include "agent/decode/packet.h"

namespace gnomon::decode {

// Why a frame gave no packet. Every frame adds to exactly one of these or to `packets`.
struct DecodeCounters {
  uint64_t frames = 0;
  uint64_t packets = 0;           // delivered
  uint64_t not_ip = 0;            // ARP, LLDP, unknown EtherType
  uint64_t not_tcp_or_udp = 0;    // ICMP, GRE, ...
  uint64_t esp = 0;               // IPsec (RFC 4303): a VPN, and nothing of what it carries
  uint64_t fragments = 0;         // IP fragments; not reassembled here
  uint64_t truncated = 0;         // a header was cut off
  uint64_t malformed = 0;         // lengths that contradict each other
  uint64_t too_deep = 0;          // more nested headers than kMaxHeaders
};

class FrameDecoder : public capture::FrameSink {
 public:
  explicit FrameDecoder(PacketSink& next) : next_(next) {}
  void Consume(const capture::Frame& frame) override;
  const DecodeCounters& counters() const { return counters_; }

 private:
  PacketSink& next_;
  DecodeCounters counters_;
};

}  // namespace gnomon::decode
