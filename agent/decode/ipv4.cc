#include "agent/decode/ip.h"

namespace gnomon::decode {
namespace {

constexpr size_t kMinHeader = 20;
constexpr uint16_t kMoreFragments = 0x2000;
constexpr uint16_t kFragmentOffset = 0x1fff;
// The least payload of an Ethernet frame: a shorter datagram is padded up to it (IEEE 802.3).
constexpr size_t kEthernetMinPayload = 46;

}  // namespace

LayerResult DecodeIpv4(HeaderBudget& budget, Layer& layer, IpHeader* header) {
  if (!budget.Spend()) return LayerResult::kTooDeep;
  if (layer.bytes().size() < kMinHeader) return LayerResult::kTruncated;
  ByteReader in(layer.bytes());
  const uint8_t version_and_length = in.U8();
  in.Skip(1);  // DSCP, ECN
  size_t total_length = in.U16();
  header->version = IpVersion::kV4;
  header->fragment.id = in.U16();
  const uint16_t fragment = in.U16();
  in.Skip(1);  // TTL
  header->protocol = in.U8();
  in.Skip(2);  // checksum: offloaded to the card as often as not
  header->src = IpAddress::FromV4(in.Take(4));
  header->dst = IpAddress::FromV4(in.Take(4));

  const size_t header_length = (version_and_length & 0x0f) * size_t{4};
  if (version_and_length >> 4 != 4 || header_length < kMinHeader) return LayerResult::kMalformed;
  if (total_length == 0) {
    // A segment that the card will still cut up (TSO) may not have its length filled in yet. Such a
    // segment is long; in a short frame there would be no telling padding from payload.
    if (layer.wire_length() <= kEthernetMinPayload) return LayerResult::kMalformed;
    total_length = layer.wire_length();
  }
  if (LayerResult r = layer.LimitTo(total_length); r != LayerResult::kOk) return r;
  if (LayerResult r = layer.Skip(header_length); r != LayerResult::kOk) return r;
  if ((fragment & (kMoreFragments | kFragmentOffset)) == 0) return LayerResult::kOk;
  header->fragment.offset = (fragment & kFragmentOffset) * uint32_t{8};
  header->fragment.more = (fragment & kMoreFragments) != 0;
  return LayerResult::kFragment;
}

}  // namespace gnomon::decode
