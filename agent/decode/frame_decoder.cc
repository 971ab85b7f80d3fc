#include "agent/decode/frame_decoder.h"

#include "agent/decode/ip.h"
#include "agent/decode/ip_tunnel.h"
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

// What a datagram's fragments are held for.
bool IsOfInterest(const IpHeader& header) {
  return header.protocol == kProtocolTcp || header.protocol == kProtocolUdp ||
         IsIpTunnel(header.protocol) ||
         (header.version == IpVersion::kV6 && IsIpv6Extension(header.protocol));
}

}  // namespace

LayerResult FrameDecoder::Reassemble(TimeUs now, HeaderBudget& budget, IpHeader& header,
                                     Layer& layer) {
  if (!IsOfInterest(header)) return LayerResult::kNotTcpOrUdp;
  const LayerResult added = fragments_.Add(now, header, layer);
  if (added != LayerResult::kOk || header.version == IpVersion::kV4) return added;
  const LayerResult extensions = DecodeIpv6Extensions(budget, layer, &header);
  // A fragment of a fragment (RFC 8200 section 4.1: the header occurs once).
  return extensions == LayerResult::kFragment ? LayerResult::kMalformed : extensions;
}

LayerResult FrameDecoder::Decode(const capture::Frame& frame, Packet* packet) {
  Layer layer(frame.bytes, frame.wire_length);
  HeaderBudget budget;
  IpVersion version;
  packet->time = frame.time;
  LayerResult result = DecodeLink(frame.link, budget, layer, &version);
  // The flow that a tunnel carries is of interest, not the tunnel. The budget ends the loop.
  while (result == LayerResult::kOk) {
    IpHeader ip;
    result = DecodeIp(version, budget, layer, &ip);
    if (result == LayerResult::kFragment) result = Reassemble(frame.time, budget, ip, layer);
    if (result != LayerResult::kOk) break;
    if (IsIpTunnel(ip.protocol)) {
      result = EnterIpTunnel(ip.protocol, budget, layer, &version);
      continue;
    }
    packet->src = ip.src;
    packet->dst = ip.dst;
    result = DecodeTransport(ip.protocol, budget, layer, packet);
    if (result != LayerResult::kOk || !EnterVxlan(*packet, layer)) break;
    result = DecodeLink(capture::LinkType::kEthernet, budget, layer, &version);
  }
  return result;
}

void FrameDecoder::Consume(const capture::Frame& frame) {
  ++counters_.frames;
  Packet packet;
  const LayerResult result = Decode(frame, &packet);
  counters_.datagrams = fragments_.counters();
  switch (result) {
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
      ++counters_.fragments_held;
      break;
    case LayerResult::kFragmentDropped:
      ++counters_.fragments_dropped;
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
