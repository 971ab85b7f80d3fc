#include "agent/decode/vxlan.h"

namespace gnomon::decode {
namespace {

constexpr uint16_t kVxlanPort = 4789;
constexpr size_t kVxlanHeader = 8;
constexpr uint8_t kValidNetworkId = 0x08;  // the "I" flag; the other bits are ignored on receipt

}  // namespace

bool EnterVxlan(const Packet& outer, Layer& layer) {
  if (outer.transport != Transport::kUdp || outer.dport != kVxlanPort) return false;
  if (layer.bytes().empty() || (layer.bytes()[0] & kValidNetworkId) == 0) return false;
  return layer.Skip(kVxlanHeader) == LayerResult::kOk;
}

}  // namespace gnomon::decode
