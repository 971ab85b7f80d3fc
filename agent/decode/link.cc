#include "agent/decode/link.h"

namespace gnomon::decode {
namespace {

constexpr uint16_t kEtherTypeIpv4 = 0x0800;
constexpr uint16_t kEtherTypeIpv6 = 0x86dd;
constexpr uint16_t kEtherTypeVlan = 0x8100;         // IEEE 802.1Q, customer tag
constexpr uint16_t kEtherTypeServiceVlan = 0x88a8;  // IEEE 802.1ad, service tag
constexpr uint16_t kEtherTypeOldQinQ = 0x9100;      // before 802.1ad, still found on switches

constexpr size_t kEthernetHeader = 14;
constexpr size_t kVlanTag = 4;  // TCI and the EtherType that follows
constexpr size_t kSllHeader = 16;
constexpr size_t kSll2Header = 20;
constexpr size_t kFamilyHeader = 4;

uint16_t U16At(Bytes bytes, size_t at) {
  return static_cast<uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

bool IsVlan(uint16_t ether_type) {
  return ether_type == kEtherTypeVlan || ether_type == kEtherTypeServiceVlan ||
         ether_type == kEtherTypeOldQinQ;
}

// A link header contradicts no length: a frame too short for it is cut off, also on the wire.
LayerResult SkipLinkHeader(Layer& layer, size_t length) {
  return layer.Skip(length) == LayerResult::kOk ? LayerResult::kOk : LayerResult::kTruncated;
}

// A header of fixed length that holds an EtherType at a fixed place.
LayerResult DecodeTyped(size_t header_length, size_t ether_type_at, HeaderBudget& budget,
                        Layer& layer, IpVersion* version) {
  const Bytes header = layer.bytes();
  if (LayerResult r = SkipLinkHeader(layer, header_length); r != LayerResult::kOk) return r;
  return DecodeEtherType(U16At(header, ether_type_at), budget, layer, version);
}

// AF_INET is 2 everywhere; AF_INET6 is 10 on Linux, 23 on Windows, 24 on NetBSD and OpenBSD, 28 on
// FreeBSD, 30 on macOS.
bool VersionOfFamily(uint32_t family, IpVersion* version) {
  switch (family) {
    case 2:
      *version = IpVersion::kV4;
      return true;
    case 10:
    case 23:
    case 24:
    case 28:
    case 30:
      *version = IpVersion::kV6;
      return true;
    default:
      return false;
  }
}

LayerResult DecodeFamily(bool host_order, Layer& layer, IpVersion* version) {
  ByteReader header(layer.bytes());
  const uint32_t family = header.U32();
  if (LayerResult r = SkipLinkHeader(layer, kFamilyHeader); r != LayerResult::kOk) return r;
  if (VersionOfFamily(family, version)) return LayerResult::kOk;
  // The file does not say in which byte order its host was; families are small, so one order fits.
  if (host_order && VersionOfFamily(__builtin_bswap32(family), version)) return LayerResult::kOk;
  return LayerResult::kNotIp;
}

LayerResult DecodeRaw(const Layer& layer, IpVersion* version) {
  if (layer.bytes().empty()) return LayerResult::kTruncated;
  switch (layer.bytes()[0] >> 4) {
    case 4:
      *version = IpVersion::kV4;
      return LayerResult::kOk;
    case 6:
      *version = IpVersion::kV6;
      return LayerResult::kOk;
    default:
      return LayerResult::kNotIp;
  }
}

}  // namespace

LayerResult DecodeEtherType(uint16_t ether_type, HeaderBudget& budget, Layer& layer,
                            IpVersion* version) {
  while (IsVlan(ether_type)) {
    if (!budget.Spend()) return LayerResult::kTooDeep;
    const Bytes tag = layer.bytes();
    if (LayerResult r = SkipLinkHeader(layer, kVlanTag); r != LayerResult::kOk) return r;
    ether_type = U16At(tag, 2);
  }
  if (ether_type == kEtherTypeIpv4) {
    *version = IpVersion::kV4;
  } else if (ether_type == kEtherTypeIpv6) {
    *version = IpVersion::kV6;
  } else {
    return LayerResult::kNotIp;
  }
  return LayerResult::kOk;
}

LayerResult DecodeLink(capture::LinkType link, HeaderBudget& budget, Layer& layer,
                       IpVersion* version) {
  using capture::LinkType;
  if (link == LinkType::kRawIp) return DecodeRaw(layer, version);
  if (!budget.Spend()) return LayerResult::kTooDeep;
  switch (link) {
    case LinkType::kEthernet:
      return DecodeTyped(kEthernetHeader, 12, budget, layer, version);
    case LinkType::kLinuxSll:
      return DecodeTyped(kSllHeader, 14, budget, layer, version);
    case LinkType::kLinuxSll2:
      return DecodeTyped(kSll2Header, 0, budget, layer, version);
    case LinkType::kNull:
      return DecodeFamily(true, layer, version);
    case LinkType::kLoop:
      return DecodeFamily(false, layer, version);
    case LinkType::kRawIp:
      break;
  }
  return LayerResult::kNotIp;
}

}  // namespace gnomon::decode
