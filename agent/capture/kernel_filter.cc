#include "agent/capture/kernel_filter.h"

#include <algorithm>
#include <string>

#include "agent/capture/address_tree.h"

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

// IANA "Assigned Internet Protocol Numbers".
constexpr uint32_t kHopByHop = 0;
constexpr uint32_t kIpInIp = 4;
constexpr uint32_t kTcp = 6;
constexpr uint32_t kUdp = 17;
constexpr uint32_t kIpv6InIp = 41;
constexpr uint32_t kRouting = 43;
constexpr uint32_t kFragment = 44;
constexpr uint32_t kGre = 47;
constexpr uint32_t kAuthentication = 51;
constexpr uint32_t kDestination = 60;

constexpr uint32_t kDnsPort = 53;
constexpr uint32_t kQuicPort = 443;
// Tunnels over UDP: VXLAN (RFC 7348), Geneve (RFC 8926), Teredo (RFC 4380).
constexpr uint32_t kVxlanPort = 4789;
constexpr uint32_t kGenevePort = 6081;
constexpr uint32_t kTeredoPort = 3544;

constexpr uint32_t kFinOrRst = 0x01 | 0x04;
constexpr uint32_t kSyn = 0x02;

constexpr uint32_t kOutgoing = 4;  // PACKET_OUTGOING, linux/if_packet.h
constexpr uint32_t kLoopback = 1;  // LOOPBACK_IFINDEX, net/flow.h: the same in each namespace

constexpr uint32_t kTlsHandshake = 0x1603;    // RFC 8446 section 5.1: handshake(22), version 3.x
constexpr uint32_t kSignature2 = 0x0d0a0d0a;  // PROXY protocol, version 2
constexpr uint32_t Text(const char (&four)[5]) {
  return static_cast<uint32_t>(four[0]) << 24 | static_cast<uint32_t>(four[1]) << 16 |
         static_cast<uint32_t>(four[2]) << 8 | static_cast<uint32_t>(four[3]);
}
constexpr uint32_t kHttpAnswer = Text("HTTP");
// How a request begins, and PROXY protocol, version 1.
constexpr uint32_t kRequests[] = {Text("GET "), Text("POST"), Text("PUT "), Text("HEAD"),
                                  Text("CONN"), Text("OPTI"), Text("DELE"), Text("PATC"),
                                  Text("PROX"), kSignature2};

// Versions of QUIC whose Initial packets classify opens: RFC 9000, RFC 9369, draft 29, and
// Facebook's. RTP has the same first bit and no such number behind it.
constexpr uint32_t kQuicVersions[] = {0x00000001, 0x6b3343cf,   0xff00001d,  0xfaceb001,
                                      0xfaceb002, Text("Q046"), Text("Q050")};
// Google's QUIC up to Q043: flags (0x01: a version follows, 0x08: 8 bytes of connection id), the
// id, the version ("QUIC Wire Layout Specification").
constexpr uint32_t kOldQuicFlags = 0x09;
constexpr uint32_t kOldQuicVersions[] = {Text("Q039"), Text("Q043")};

// Scratch memory M[].
enum Slot : uint32_t {
  kNetwork,    // where the IP header begins
  kTransport,  // where TCP or UDP begins
  kEnd,        // where the IP datagram ends
  kPayload,    // where the payload begins
  kSource,     // where the source address is
  kTarget,     // where the destination address is
  kVersion,    // 4 or 6
  kProtocol,   // kTcp or kUdp
  kToServer,   // 1 where the client sends
  kServerPort,
  kClientPort,
  kFlags,
};

class Compiler {
 public:
  Compiler(const FilterSet& set, const FilterTarget& target) : set_(set), target_(target) {}

  Result<BpfProgram> Run() {
    if (set_.rules.size() > kMaxFilterRules) {
      return ResourceExhausted("a filter of " + std::to_string(set_.rules.size()) + " rules");
    }
    Link();
    Ipv4();
    Ipv6();
    Transport();
    Udp();
    Tcp();
    Lookup();
    Verdicts();
    return out_.Assemble();
  }

 private:
  void Keep(uint32_t bytes) { out_.Return(std::min(bytes, target_.snap_length)); }

  // X and A to the IP header, by the link layer.
  void Link() {
    switch (target_.link) {
      case LinkType::kEthernet:
        out_.LoadConstantX(0);
        EtherType(12, 14, 2);
        break;
      case LinkType::kLinuxSll:
      case LinkType::kLinuxSll2:
        if (target_.live) {
          out_.LoadConstant(0);
          out_.Store(kNetwork);
          out_.LoadAncillary(Ancillary::kProtocol);
          ByEtherType(drop_);
        } else {
          out_.LoadConstantX(0);
          const bool second = target_.link == LinkType::kLinuxSll2;
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
    if (tags == 0) return ByEtherType(drop_);
    ByEtherType(tagged);
    out_.Bind(tagged);
    out_.JumpIfEqual(kVlan, kNext, drop_);  // ByEtherType() sends only tags here
    EtherType(behind + 2, behind + 4, tags - 1);
  }

  // A is an EtherType; all kinds of VLAN tag come to `tagged` as kVlan.
  void ByEtherType(Label tagged) {
    out_.JumpIfEqual(kIpv4, ipv4_);
    out_.JumpIfEqual(kIpv6, ipv6_);
    out_.JumpIfEqual(kMpls, all_);
    out_.JumpIfEqual(kPppoeSession, all_);
    if (tagged == drop_) return out_.Jump(drop_);
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
    out_.JumpIfEqual(6, ipv6_, drop_);
  }

  // RFC 791 section 3.1.
  void Ipv4() {
    out_.Bind(ipv4_);
    out_.LoadSlotX(kNetwork);
    out_.LoadHalf(6);
    out_.JumpIfAnyBit(0x3fff, all_);  // a fragment: offset, or more to come
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
    out_.Jump(transport_);
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
      out_.JumpIfEqual(extension, all_);
    out_.Bind(transport_);
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

  // A is the protocol.
  void Transport() {
    for (const uint32_t tunnel : {kIpInIp, kIpv6InIp, kGre}) out_.JumpIfEqual(tunnel, all_);
    const Label known = out_.NewLabel();
    out_.JumpIfEqual(kTcp, known);
    out_.JumpIfEqual(kUdp, known, drop_);
    out_.Bind(known);
    // The client's end is that which sends the packet, or it is the other one.
    out_.LoadSlotX(kTransport);
    const Label from_client = out_.NewLabel(), from_server = out_.NewLabel();
    if (target_.live) {
      const Label by_ports = out_.NewLabel();
      out_.LoadAncillary(Ancillary::kPacketType);
      out_.JumpIfEqual(kOutgoing, kNext, by_ports);
      // What the loopback interface sends, it also receives.
      out_.LoadAncillary(Ancillary::kInterface);
      out_.JumpIfEqual(kLoopback, drop_, from_client);
      out_.Bind(by_ports);
    }
    out_.LoadHalf(0);
    out_.Store(kServerPort);
    out_.LoadHalf(2);
    out_.Store(kClientPort);
    // Servers listen on low ports (RFC 6335 section 6). Between equal ones nothing may be lost.
    out_.LoadSlotX(kServerPort);
    out_.JumpIfGreaterThanX(from_server, from_client);
    out_.Bind(from_client);
    out_.LoadSlotX(kTransport);
    out_.LoadHalf(0);
    out_.Store(kClientPort);
    out_.LoadHalf(2);
    out_.Store(kServerPort);
    out_.LoadConstant(1);
    out_.Store(kToServer);
    const Label protocol = out_.NewLabel();
    out_.Jump(protocol);
    out_.Bind(from_server);
    out_.LoadConstant(0);
    out_.Store(kToServer);
    out_.Bind(protocol);
    out_.LoadSlotX(kTransport);
    out_.LoadSlot(kProtocol);
    out_.JumpIfEqual(kTcp, tcp_);
  }

  // RFC 768.
  void Udp() {
    out_.LoadConstant(0);
    out_.Store(kFlags);
    out_.LoadConstant(8);
    out_.AddX();
    out_.Store(kPayload);
    out_.LoadHalf(0);
    out_.JumpIfEqual(kDnsPort, all_);
    out_.JumpIfEqual(kTeredoPort, all_);
    out_.LoadHalf(2);
    for (const uint32_t tunnel : {kVxlanPort, kGenevePort, kTeredoPort})
      out_.JumpIfEqual(tunnel, all_);
    // RFC 9000 section 17.2: a long header has the first bit set, and a version.
    const Label old = out_.NewLabel();
    out_.LoadByte(8);
    out_.JumpIfAnyBit(0x80, kNext, old);
    out_.LoadWord(9);
    for (const uint32_t version : kQuicVersions) out_.JumpIfEqual(version, hello_);
    // Other versions are counted where QUIC is at home.
    out_.LoadHalf(0);
    out_.JumpIfEqual(kQuicPort, head_);
    out_.LoadHalf(2);
    out_.JumpIfEqual(kQuicPort, head_);
    out_.Jump(lookup_);
    out_.Bind(old);
    out_.And(kOldQuicFlags);
    out_.JumpIfEqual(kOldQuicFlags, kNext, lookup_);
    out_.LoadSlotX(kPayload);
    out_.LoadSlot(kEnd);
    out_.SubtractX();
    out_.JumpIfAtLeast(13, kNext, lookup_);
    out_.LoadWord(9);
    for (const uint32_t version : kOldQuicVersions) out_.JumpIfEqual(version, hello_);
    out_.Jump(lookup_);
  }

  // RFC 9293 section 3.1.
  void Tcp() {
    out_.Bind(tcp_);
    out_.LoadByte(12);
    out_.ShiftRight(4);
    out_.ShiftLeft(2);
    out_.AddX();
    out_.Store(kPayload);
    out_.LoadByte(13);
    out_.Store(kFlags);
    out_.JumpIfAnyBit(kSyn, hello_);  // data may come with it (RFC 7413)
    const Label data = out_.NewLabel();
    out_.LoadSlotX(kPayload);
    out_.LoadSlot(kEnd);
    out_.JumpIfGreaterThanX(data);
    out_.LoadSlot(kFlags);
    out_.JumpIfAnyBit(kFinOrRst, headers_, drop_);  // a pure ACK says nothing
    out_.Bind(data);
    out_.LoadSlotX(kTransport);
    out_.LoadHalf(0);
    out_.JumpIfEqual(kDnsPort, all_);
  }

  // Whether the server's address is one that is followed.
  void Lookup() {
    out_.Bind(lookup_);
    const Label known = out_.NewLabel(), from_server = out_.NewLabel(), ipv6 = out_.NewLabel();
    out_.LoadSlot(kToServer);
    out_.JumpIfEqual(1, kNext, from_server);
    out_.LoadSlotX(kTarget);
    out_.Jump(known);
    out_.Bind(from_server);
    out_.LoadSlotX(kSource);
    out_.Bind(known);
    std::vector<FilterRule> four, six;
    if (!set_.everything) {
      for (const FilterRule& rule : set_.rules) (IsIpv4(rule.address) ? four : six).push_back(rule);
    }
    std::sort(four.begin(), four.end());
    std::sort(six.begin(), six.end());
    const PortSlots ports{kServerPort, kClientPort};
    const AddressVerdicts verdicts{wanted_, readable_, unwanted_,
                                   set_.everything ? wanted_ : unknown_};
    out_.LoadSlot(kVersion);
    out_.JumpIfEqual(6, ipv6);
    EmitIpv4Search(out_, four, ports, verdicts);
    out_.Bind(ipv6);
    EmitIpv6Search(out_, six, ports, verdicts);
  }

  void Verdicts() {
    // The client's data may hold a name, however it is cut up; the server's only its first words,
    // which show that the handshake has begun.
    out_.Bind(unknown_);
    out_.LoadSlot(kProtocol);
    out_.JumpIfEqual(kTcp, kNext, drop_);
    out_.LoadSlot(kToServer);
    out_.JumpIfEqual(1, client_);
    out_.LoadSlot(kFlags);
    out_.JumpIfAnyBit(kFinOrRst, headers_);
    LoadFirstWord(drop_);
    out_.JumpIfEqual(kHttpAnswer, head_);
    out_.ShiftRight(16);
    out_.JumpIfEqual(kTlsHandshake, headers_, drop_);

    // A flow that was looked at to the end, and that sends much.
    out_.Bind(unwanted_);
    out_.LoadSlot(kProtocol);
    out_.JumpIfEqual(kTcp, kNext, drop_);
    out_.LoadSlot(kFlags);
    out_.JumpIfAnyBit(kFinOrRst, headers_);
    LoadFirstWord(drop_);
    KeepBeginnings(drop_);

    out_.Bind(readable_);
    out_.LoadSlot(kProtocol);
    out_.JumpIfEqual(kTcp, hello_, headers_);

    out_.Bind(wanted_);
    out_.LoadSlot(kProtocol);
    out_.JumpIfEqual(kTcp, kNext, headers_);
    out_.LoadSlot(kToServer);
    out_.JumpIfEqual(1, client_);
    LoadFirstWord(headers_);
    out_.JumpIfEqual(kHttpAnswer, head_, headers_);

    out_.Bind(client_);
    LoadFirstWord(piece_);
    KeepBeginnings(piece_);

    out_.Bind(all_);
    Keep(kKeepAll);
    out_.Bind(hello_);
    Keep(kKeepHello);
    out_.Bind(piece_);
    Keep(kKeepPiece);
    out_.Bind(head_);
    Keep(kKeepHead);
    out_.Bind(headers_);
    Keep(kKeepHeaders);
    out_.Bind(drop_);
    out_.Return(0);
  }

  // A is the payload's first four bytes; where it has fewer, a load would end the program.
  void LoadFirstWord(Label too_short) {
    out_.LoadSlotX(kPayload);
    out_.LoadSlot(kEnd);
    out_.SubtractX();
    out_.JumpIfAtLeast(4, kNext, too_short);
    out_.LoadWord(0);
  }

  // A is the first word of what a client sends: a new stream, or `otherwise`.
  void KeepBeginnings(Label otherwise) {
    for (const uint32_t request : kRequests) out_.JumpIfEqual(request, hello_);
    out_.ShiftRight(16);
    out_.JumpIfEqual(kTlsHandshake, hello_, otherwise);
  }

  const FilterSet& set_;
  const FilterTarget target_;
  BpfAssembler out_;
  const Label ipv4_ = out_.NewLabel(), ipv6_ = out_.NewLabel(), transport_ = out_.NewLabel(),
              tcp_ = out_.NewLabel(), lookup_ = out_.NewLabel();
  // What becomes of the packet's server.
  const Label wanted_ = out_.NewLabel(), readable_ = out_.NewLabel(), unwanted_ = out_.NewLabel(),
              unknown_ = out_.NewLabel();
  const Label client_ = out_.NewLabel();
  // What is kept.
  const Label all_ = out_.NewLabel(), hello_ = out_.NewLabel(), piece_ = out_.NewLabel(),
              head_ = out_.NewLabel(), headers_ = out_.NewLabel(), drop_ = out_.NewLabel();
};

}  // namespace

Result<BpfProgram> CompileFilter(const FilterSet& set, const FilterTarget& target) {
  return Compiler(set, target).Run();
}

}  // namespace gnomon::capture
