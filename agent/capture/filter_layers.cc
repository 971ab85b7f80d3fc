#include "agent/capture/filter_layers.h"

namespace gnomon::capture {
namespace {

using Label = BpfAssembler::Label;
constexpr Label kNext = BpfAssembler::kNext;

// EtherTypes (IEEE 802 Numbers, IANA).
constexpr uint32_t kIpv4 = 0x0800;
constexpr uint32_t kIpv6 = 0x86dd;
constexpr uint32_t kVlan = 0x8100;
constexpr uint32_t kServiceVlan = 0x88a8;
constexpr uint32_t kOldQinQ = 0x9100;
constexpr uint32_t kMpls = 0x8847;
constexpr uint32_t kPppoeSession = 0x8864;

// IPv6 extension headers (IANA "Assigned Internet Protocol Numbers").
constexpr uint32_t kHopByHop = 0;
constexpr uint32_t kRouting = 43;
constexpr uint32_t kFragment = 44;
constexpr uint32_t kAuthentication = 51;
constexpr uint32_t kDestination = 60;

class Layers {
 public:
  Layers(BpfAssembler& out, LinkType link, bool live, const LayerTargets& to)
      : out_(out), link_(link), live_(live), to_(to) {}

  void Emit() {
    Link();
    Ipv4();
    Ipv6();
  }

 private:
  // X and A to the IP header, by the link layer.
  void Link() {
    switch (link_) {
      case LinkType::kEthernet:
        out_.LoadConstantX(0);
        EtherType(12, 14, 2);
        break;
      case LinkType::kLinuxSll:
      case LinkType::kLinuxSll2:
        if (live_) {
          out_.LoadConstant(0);
          out_.Store(kNetwork);
          out_.LoadAncillary(Ancillary::kProtocol);
          ByEtherType(to_.drop);
        } else {
          out_.LoadConstantX(0);
          const bool second = link_ == LinkType::kLinuxSll2;
          EtherType(second ? 0 : 14, second ? 20 : 16, 2);
        }
        break;
      case LinkType::kRawIp:
        ByVersion(0);
        break;
      case LinkType::kNull:
      case LinkType::kLoop:
        ByVersion(4);
        break;
    }
  }

  // An EtherType at X + `at`, what it is of at X + `behind`, and up to `tags` VLAN tags between.
  // (The kernel takes the outermost tag out of what it received; others stay.)
  void EtherType(uint32_t at, uint32_t behind, int tags) {
    const Label tagged = out_.NewLabel();
    out_.LoadConstant(behind);
    out_.Store(kNetwork);
    out_.LoadHalf(at);
    if (tags == 0) return ByEtherType(to_.drop);
    ByEtherType(tagged);
    out_.Bind(tagged);
    out_.JumpIfEqual(kVlan, kNext, to_.drop);  // ByEtherType() sends only tags here
    EtherType(behind + 2, behind + 4, tags - 1);
  }

  // A is an EtherType; all kinds of VLAN tag come to `tagged` as kVlan.
  void ByEtherType(Label tagged) {
    out_.JumpIfEqual(kIpv4, ipv4_);
    out_.JumpIfEqual(kIpv6, ipv6_);
    out_.JumpIfEqual(kMpls, to_.all);
    out_.JumpIfEqual(kPppoeSession, to_.all);
    if (tagged == to_.drop) return out_.Jump(to_.drop);
    const Label same = out_.NewLabel();
    out_.JumpIfEqual(kServiceVlan, same);
    out_.JumpIfEqual(kOldQinQ, same);
    out_.Jump(tagged);
    out_.Bind(same);
    out_.LoadConstant(kVlan);
  }

  void ByVersion(uint32_t network) {
    out_.LoadConstant(network);
    out_.Store(kNetwork);
    out_.LoadConstantX(network);
    out_.LoadByte(0);
    out_.ShiftRight(4);
    out_.JumpIfEqual(4, ipv4_);
    out_.JumpIfEqual(6, ipv6_, to_.drop);
  }

  // RFC 791 section 3.1.
  void Ipv4() {
    out_.Bind(ipv4_);
    out_.LoadSlotX(kNetwork);
    out_.LoadHalf(6);
    out_.JumpIfAnyBit(0x3fff, to_.all);  // a fragment: offset, or more to come
    out_.LoadByte(9);
    out_.Store(kProtocol);
    Addresses(4, 12, 16);
    const Label whole = out_.NewLabel(), known = out_.NewLabel();
    out_.LoadHalf(2);
    out_.JumpIfEqual(0, whole);  // a segment over 64 KiB that the card will cut up
    out_.AddX();
    out_.Jump(known);
    out_.Bind(whole);
    out_.LoadLength();
    out_.Bind(known);
    out_.Store(kEnd);
    out_.LoadByte(0);
    out_.And(0x0f);
    out_.ShiftLeft(2);
    out_.AddX();
    out_.Store(kTransport);
    out_.LoadSlot(kProtocol);
    out_.Jump(to_.transport);
  }

  // RFC 8200. Extension headers are rare, and not stepped over here.
  void Ipv6() {
    out_.Bind(ipv6_);
    out_.LoadSlotX(kNetwork);
    Addresses(6, 8, 24);
    out_.LoadHalf(4);
    out_.AddX();
    out_.Add(40);
    out_.Store(kEnd);
    out_.LoadConstant(40);
    out_.AddX();
    out_.Store(kTransport);
    out_.LoadByte(6);
    out_.Store(kProtocol);
    for (const uint32_t extension : {kHopByHop, kRouting, kFragment, kAuthentication, kDestination})
      out_.JumpIfEqual(extension, to_.all);
    out_.Jump(to_.transport);
  }

  void Addresses(uint32_t version, uint32_t source, uint32_t target) {
    out_.LoadConstant(version);
    out_.Store(kVersion);
    out_.LoadConstant(source);
    out_.AddX();
    out_.Store(kSource);
    out_.LoadConstant(target);
    out_.AddX();
    out_.Store(kTarget);
  }

  BpfAssembler& out_;
  const LinkType link_;
  const bool live_;
  const LayerTargets& to_;
  const Label ipv4_ = out_.NewLabel(), ipv6_ = out_.NewLabel();
};

}  // namespace

void EmitLayers(BpfAssembler& out, LinkType link, bool live, const LayerTargets& to) {
  Layers(out, link, live, to).Emit();
}

}  // namespace gnomon::capture
