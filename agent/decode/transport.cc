#include "agent/decode/transport.h"

namespace gnomon::decode {
namespace {

constexpr size_t kTcpMinHeader = 20;
constexpr size_t kUdpHeader = 8;

void SetPayload(const Layer& layer, Packet* packet) {
  packet->payload = layer.bytes();
  packet->payload_length = static_cast<uint32_t>(layer.wire_length());
}

}  // namespace

LayerResult DecodeTcp(HeaderBudget& budget, Layer& layer, Packet* packet) {
  if (!budget.Spend()) return LayerResult::kTooDeep;
  ByteReader in(layer.bytes());
  packet->transport = Transport::kTcp;
  packet->sport = in.U16();
  packet->dport = in.U16();
  packet->tcp_seq = in.U32();
  packet->tcp_ack = in.U32();
  const size_t header_length = (in.U8() >> 4) * size_t{4};
  packet->tcp_flags = in.U8();
  if (layer.wire_length() < kTcpMinHeader) return LayerResult::kMalformed;
  if (layer.bytes().size() < kTcpMinHeader) return LayerResult::kTruncated;
  if (header_length < kTcpMinHeader) return LayerResult::kMalformed;
  if (LayerResult r = layer.Skip(header_length); r != LayerResult::kOk) return r;
  SetPayload(layer, packet);
  return LayerResult::kOk;
}

LayerResult DecodeUdp(HeaderBudget& budget, Layer& layer, Packet* packet) {
  if (!budget.Spend()) return LayerResult::kTooDeep;
  ByteReader in(layer.bytes());
  packet->transport = Transport::kUdp;
  packet->sport = in.U16();
  packet->dport = in.U16();
  const size_t length = in.U16();
  packet->tcp_flags = 0;
  packet->tcp_seq = 0;
  packet->tcp_ack = 0;
  if (LayerResult r = layer.Skip(kUdpHeader); r != LayerResult::kOk) return r;
  // 0: a datagram over 64 KiB (RFC 2675 section 4); the enclosing length holds.
  if (length != 0) {
    if (length < kUdpHeader) return LayerResult::kMalformed;
    if (LayerResult r = layer.LimitTo(length - kUdpHeader); r != LayerResult::kOk) return r;
  }
  SetPayload(layer, packet);
  return LayerResult::kOk;
}

}  // namespace gnomon::decode
