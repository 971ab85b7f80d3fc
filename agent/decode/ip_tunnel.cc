#include "agent/decode/ip_tunnel.h"

#include "agent/decode/gre.h"

namespace gnomon::decode {
namespace {

// IANA "Assigned Internet Protocol Numbers".
constexpr uint8_t kIpv4 = 4;
constexpr uint8_t kIpv6 = 41;
constexpr uint8_t kGre = 47;

}  // namespace

bool IsIpTunnel(uint8_t protocol) {
  return protocol == kIpv4 || protocol == kIpv6 || protocol == kGre;
}

LayerResult EnterIpTunnel(uint8_t protocol, HeaderBudget& budget, Layer& layer,
                          IpVersion* version) {
  if (protocol == kGre) return DecodeGre(budget, layer, version);
  *version = protocol == kIpv4 ? IpVersion::kV4 : IpVersion::kV6;
  return LayerResult::kOk;
}

}  // namespace gnomon::decode
