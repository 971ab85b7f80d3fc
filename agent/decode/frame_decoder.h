// Frame -> Packet: link layer, VLAN tags, IPv4/IPv6 with extension headers and fragments, IP-in-IP,
// GRE and VXLAN tunnels, TCP and UDP.
// Pure: no I/O, no clock, no allocation after construction. Between frames it keeps the fragments
// of datagrams that are not whole yet. Bytes that do not parse become counters.
#pragma once

#include <cstdint>

#include "agent/capture/frame.h"
#include "agent/decode/fragment_table.h"
#include "agent/decode/packet.h"

namespace gnomon::decode {

// Why a frame gave no packet. Every frame adds to exactly one of these or to `packets`; the frame
// that completes a datagram adds to what the datagram was.
struct DecodeCounters {
  uint64_t frames = 0;
  uint64_t packets = 0;            // delivered
  uint64_t not_ip = 0;             // ARP, LLDP, unknown EtherType
  uint64_t not_tcp_or_udp = 0;     // ICMP, OSPF, ...
  uint64_t esp = 0;                // IPsec (RFC 4303): a VPN, and nothing of what it carries
  uint64_t fragments_held = 0;     // IP fragments that wait, or waited, for the rest
  uint64_t fragments_dropped = 0;  // of datagrams that were refused: see FragmentTable
  uint64_t truncated = 0;          // a header was cut off
  uint64_t malformed = 0;          // lengths that contradict each other
  uint64_t too_deep = 0;           // more nested headers than kMaxHeaders
  // Of datagrams, not frames: these stand apart from the sum.
  FragmentCounters datagrams;
};

class FrameDecoder : public capture::FrameSink {
 public:
  explicit FrameDecoder(PacketSink& next) : next_(next) {}
  void Consume(const capture::Frame& frame) override;
  const DecodeCounters& counters() const { return counters_; }

 private:
  LayerResult Decode(const capture::Frame& frame, Packet* packet);
  // From a fragment to the payload of its datagram, where it was the last one missing.
  LayerResult Reassemble(TimeUs now, HeaderBudget& budget, IpHeader& header, Layer& layer);

  PacketSink& next_;
  FragmentTable fragments_;
  DecodeCounters counters_;
};

}  // namespace gnomon::decode
