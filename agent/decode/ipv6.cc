#include "agent/decode/ip.h"

namespace gnomon::decode {
namespace {

constexpr size_t kFixedHeader = 40;
constexpr size_t kFragmentHeader = 8;
constexpr size_t kExtensionUnit = 8;

// Next-header numbers (IANA "Assigned Internet Protocol Numbers").
constexpr uint8_t kHopByHop = 0;
constexpr uint8_t kRouting = 43;
constexpr uint8_t kFragment = 44;
constexpr uint8_t kAuthentication = 51;
constexpr uint8_t kDestination = 60;

// Steps over the one extension header of type header->protocol and puts what follows it there.
LayerResult SkipExtension(Layer& layer, IpHeader* header) {
  if (layer.wire_length() < kExtensionUnit) return LayerResult::kMalformed;
  if (layer.bytes().size() < kExtensionUnit) return LayerResult::kTruncated;
  ByteReader in(layer.bytes());
  const uint8_t type = header->protocol;
  header->protocol = in.U8();
  const size_t length = in.U8();
  if (type == kFragment) {
    const uint16_t offset_and_more = in.U16();
    // Bits 1 and 2 are reserved.
    header->fragment = {in.U32(), offset_and_more & uint32_t{0xfff8}, (offset_and_more & 1) != 0};
    const bool atomic = header->fragment.offset == 0 && !header->fragment.more;
    const LayerResult skipped = layer.Skip(kFragmentHeader);
    return skipped != LayerResult::kOk || atomic ? skipped : LayerResult::kFragment;
  }
  // RFC 4302 section 2.2: the authentication header counts 4-byte words less 2; the others count
  // 8-byte units less 1 (RFC 8200 section 4.3).
  if (type == kAuthentication) return layer.Skip((length + 2) * 4);
  return layer.Skip((length + 1) * kExtensionUnit);
}

}  // namespace

bool IsIpv6Extension(uint8_t next) {
  return next == kHopByHop || next == kRouting || next == kFragment || next == kAuthentication ||
         next == kDestination;
}

LayerResult DecodeIpv6Extensions(HeaderBudget& budget, Layer& layer, IpHeader* header) {
  while (IsIpv6Extension(header->protocol)) {
    if (!budget.Spend()) return LayerResult::kTooDeep;
    if (LayerResult r = SkipExtension(layer, header); r != LayerResult::kOk) return r;
  }
  return LayerResult::kOk;
}

LayerResult DecodeIp(IpVersion version, HeaderBudget& budget, Layer& layer, IpHeader* header) {
  return version == IpVersion::kV4 ? DecodeIpv4(budget, layer, header)
                                   : DecodeIpv6(budget, layer, header);
}

LayerResult DecodeIpv6(HeaderBudget& budget, Layer& layer, IpHeader* header) {
  if (!budget.Spend()) return LayerResult::kTooDeep;
  if (layer.bytes().size() < kFixedHeader) return LayerResult::kTruncated;
  ByteReader in(layer.bytes());
  const uint8_t version = in.U8() >> 4;
  in.Skip(3);  // traffic class, flow label
  const size_t payload_length = in.U16();
  header->version = IpVersion::kV6;
  header->protocol = in.U8();
  in.Skip(1);  // hop limit
  header->src = IpAddress::FromV6(in.Take(16));
  header->dst = IpAddress::FromV6(in.Take(16));
  if (version != 6) return LayerResult::kMalformed;
  if (LayerResult r = layer.Skip(kFixedHeader); r != LayerResult::kOk) return r;
  // 0: a jumbogram (RFC 2675) or a segment over 64 KiB that the card will cut up; the frame's own
  // length holds. Padding cannot be taken for payload then: IPv6 and UDP already fill a short
  // frame.
  if (payload_length != 0) {
    if (LayerResult r = layer.LimitTo(payload_length); r != LayerResult::kOk) return r;
  }
  return DecodeIpv6Extensions(budget, layer, header);
}

}  // namespace gnomon::decode
