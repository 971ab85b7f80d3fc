#include "agent/decode/frame_decoder.h"

#include "agent/decode/ip.h"
#include "agent/decode/layer.h"
#include "agent/decode/link.h"
#include "agent/decode/transport.h"
#include "agent/decode/vxlan.h"

namespace gnomon::decode {
namespace {

LayerResult DecodeTransport(uint8_t protocol, HeaderBudget& budget, Layer& layer, Packet* packet) {
  switch (protocol) {
    case kProtocolTcp:
      return DecodeTcp(budget, layer, packet);
    case kProtocolUdp:
      return DecodeUdp(budget, layer, packet);
    case kProtocolEsp:
      return LayerResult::kEsp;
    default:
      return LayerResult::kNotTcpOrUdp;
  }
}

LayerResult Decode(const capture::Frame& frame, Packet* packet) {
  Layer layer(frame.bytes, frame.wire_length);
  HeaderBudget budget;
  capture::LinkType link = frame.link;
  packet->time = frame.time;
  for (;;) {
    IpVersion version;
    if (LayerResult r = DecodeLink(link, budget, layer, &version); r != LayerResult::kOk) return r;
    IpHeader ip;
    const LayerResult network =
        version == IpVersion::kV4 ? DecodeIpv4(budget, layer, &ip) : DecodeIpv6(budget, layer, &ip);
    if (network != LayerResult::kOk) return network;
    packet->src = ip.src;
    packet->dst = ip.dst;
    const LayerResult transport = DecodeTransport(ip.protocol, budget, layer, packet);
    if (transport != LayerResult::kOk) return transport;
    // The flow that a tunnel carries is of interest, not the tunnel. The budget ends the loop.
    if (!EnterVxlan(*packet, layer)) return LayerResult::kOk;
    link = capture::LinkType::kEthernet;
  }
}

}  // namespace

void FrameDecoder::Consume(const capture::Frame& frame) {
  ++counters_.frames;
  Packet packet;
  switch (Decode(frame, &packet)) {
    case LayerResult::kOk:
      ++counters_.packets;
      next_.Consume(packet);
      break;
    case LayerResult::kNotIp:
      ++counters_.not_ip;
      break;
    case LayerResult::kNotTcpOrUdp:
      ++counters_.not_tcp_or_udp;
      break;
    case LayerResult::kEsp:
      ++counters_.esp;
      break;
    case LayerResult::kFragment:
      ++counters_.fragments;
      break;
    case LayerResult::kTruncated:
      ++counters_.truncated;
      break;
    case LayerResult::kMalformed:
      ++counters_.malformed;
      break;
    case LayerResult::kTooDeep:
      ++counters_.too_deep;
      break;
  }
}

}  // namespace gnomon::decode
