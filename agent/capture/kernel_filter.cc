#include "agent/capture/kernel_filter.h"

#include <algorithm>
#include <string>

#include "agent/capture/address_tree.h"
#include "agent/capture/filter_layers.h"

namespace gnomon::capture {
namespace {

using Label = BpfAssembler::Label;
constexpr Label kNext = BpfAssembler::kNext;

// IANA "Assigned Internet Protocol Numbers".
constexpr uint32_t kIpInIp = 4;
constexpr uint32_t kTcp = 6;
constexpr uint32_t kUdp = 17;
constexpr uint32_t kIpv6InIp = 41;
constexpr uint32_t kGre = 47;

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
constexpr uint32_t kCrLf = 0x0d0a;
// What begins a VPN: counted, and nothing else (agent/decode/tunnel_hello.h).
constexpr uint32_t kIkePort = 500, kIkeNatPort = 4500, kOpenVpnPort = 1194;
constexpr uint32_t kOpenVpnResets[] = {7 << 3, 10 << 3};
constexpr uint32_t kWireGuardInitiation = 148;  // bytes
constexpr uint32_t kWireGuardFirst = 0x01000000;
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

class Compiler {
 public:
  Compiler(const FilterSet& set, const FilterTarget& target) : set_(set), target_(target) {}

  Result<BpfProgram> Run() {
    if (set_.rules.size() > kMaxFilterRules) {
      return ResourceExhausted("a filter of " + std::to_string(set_.rules.size()) + " rules");
    }
    EmitLayers(out_, target_.link, target_.live, {transport_, all_, drop_});
    Transport();
    Udp();
    Tcp();
    Lookup();
    Verdicts();
    return out_.Assemble();
  }

 private:
  void Keep(uint32_t bytes) { out_.Return(std::min(bytes, target_.snap_length)); }

  // A is the protocol.
  void Transport() {
    out_.Bind(transport_);
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
    const Label ike_nat = out_.NewLabel(), open_vpn = out_.NewLabel(), quic = out_.NewLabel();
    out_.JumpIfEqual(kIkePort, head_);
    out_.JumpIfEqual(kIkeNatPort, ike_nat);
    out_.JumpIfEqual(kOpenVpnPort, open_vpn, quic);
    // RFC 3948 section 2.2: four zero bytes where ESP, which is bulk, has its SPI.
    out_.Bind(ike_nat);
    out_.LoadWord(8);
    out_.JumpIfEqual(0, head_, quic);
    out_.Bind(open_vpn);
    out_.LoadByte(8);
    for (const uint32_t reset : kOpenVpnResets) out_.JumpIfEqual(reset, head_);
    out_.Bind(quic);
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
    const Label not_wire_guard = out_.NewLabel();
    out_.LoadSlotX(kPayload);
    out_.LoadSlot(kEnd);
    out_.SubtractX();
    out_.JumpIfEqual(kWireGuardInitiation, kNext, not_wire_guard);
    out_.LoadWord(0);
    out_.JumpIfEqual(kWireGuardFirst, head_);
    out_.Bind(not_wire_guard);
    out_.LoadSlotX(kTransport);
    out_.LoadByte(8);
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
    // RFC 9112 section 7.1: a chunk of an answer in clear, which begins with one to three digits and
    // CRLF. A model server streams so, and is not known before its first answer.
    out_.And(0x00ffff00);
    out_.JumpIfEqual(0x000d0a00, hello_);
    out_.LoadHalf(2);
    out_.JumpIfEqual(kCrLf, hello_);
    out_.LoadHalf(3);
    out_.JumpIfEqual(kCrLf, hello_);
    out_.LoadWord(0);
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
  const Label transport_ = out_.NewLabel(), tcp_ = out_.NewLabel(), lookup_ = out_.NewLabel();
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
