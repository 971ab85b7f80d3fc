#include "agent/decode/gre.h"

#include "agent/decode/link.h"

namespace gnomon::decode {
namespace {

constexpr uint16_t kChecksumPresent = 0x8000;  // 2 bytes, and 2 reserved ones
constexpr uint16_t kKeyPresent = 0x2000;       // RFC 2890: 4 bytes each
constexpr uint16_t kSequencePresent = 0x1000;
// RFC 2784 section 2.3: source routing and its recursion count, not to be read by those who do not
// know RFC 1701; and the version, which is 0.
constexpr uint16_t kUnread = 0x4c07;
constexpr uint16_t kTransparentEthernetBridging = 0x6558;

}  // namespace

LayerResult DecodeGre(HeaderBudget& budget, Layer& layer, IpVersion* version) {
  if (!budget.Spend()) return LayerResult::kTooDeep;
  ByteReader in(layer.bytes());
  const uint16_t flags = in.U16();
  const uint16_t protocol = in.U16();
  size_t length = 4;
  for (const uint16_t field : {kChecksumPresent, kKeyPresent, kSequencePresent}) {
    if ((flags & field) != 0) length += 4;
  }
  if (LayerResult r = layer.Skip(length); r != LayerResult::kOk) return r;
  if ((flags & kUnread) != 0) return LayerResult::kNotTcpOrUdp;
  if (protocol == kTransparentEthernetBridging)
    return DecodeLink(capture::LinkType::kEthernet, budget, layer, version);
  return DecodeEtherType(protocol, budget, layer, version);
}

}  // namespace gnomon::decode
