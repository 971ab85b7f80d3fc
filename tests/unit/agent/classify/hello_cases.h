// The cases of the hello matrix: transports, carriers and ways to cut a hello, and what each case
// must give.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "agent/decode/ip.h"
#include "tests/unit/agent/classify/datagrams.h"
#include "tests/unit/agent/decode/tunnel_builder.h"

namespace gnomon::classify::test {

namespace build = gnomon::testing;

enum class Transport { kTcp4, kTcp6, kQuic1, kQuic2, kQuicDraft29 };
enum class Carrier {
  // In the stream, in front of the hello.
  kConnect,
  kSocks4a,
  kSocks5,
  kProxyHeader1,
  kProxyHeader2,
  kSmtp,
  kImap,
  kPostgres,
  // Around the packet.
  kPlain,
  kVlan,
  kQinQ,
  kVxlan,
  kGre,
  kGreEthernet,
  kOtherIpVersion,  // 6in4, 4in6
  kSameIpVersion,
  kFragments,
  kFragmentsInGre,
};
enum class Ech { kNone, kGrease, kOuter };

struct Case {
  Transport transport;
  Carrier carrier;
  Ech ech;
};

inline bool IsQuic(Transport transport) {
  return transport >= Transport::kQuic1;
}
inline bool IsV6(Transport transport) {
  return transport == Transport::kTcp6 || transport == Transport::kQuic2;
}
inline bool InStream(Carrier carrier) {
  return carrier < Carrier::kPlain;
}
inline bool IsProxy(Carrier carrier) {
  return carrier <= Carrier::kSocks5;
}

inline std::string NameOf(const Case& one) {
  constexpr const char* kTransports[] = {"Tcp4", "Tcp6", "Quic1", "Quic2", "QuicDraft29"};
  constexpr const char* kCarriers[] = {
      "Connect",       "Socks4a",   "Socks5",        "ProxyHeader1", "ProxyHeader2",
      "Smtp",          "Imap",      "Postgres",      "Plain",        "Vlan",
      "QinQ",          "Vxlan",     "Gre",           "GreEthernet",  "OtherIpVersion",
      "SameIpVersion", "Fragments", "FragmentsInGre"};
  constexpr const char* kEch[] = {"WithoutEch", "GreaseEch", "OuterHello"};
  return std::string(kTransports[static_cast<int>(one.transport)]) +
         kCarriers[static_cast<int>(one.carrier)] + kEch[static_cast<int>(one.ech)];
}

inline std::vector<Case> AllCases() {
  std::vector<Case> cases;
  for (int transport = 0; transport <= static_cast<int>(Transport::kQuicDraft29); ++transport) {
    for (int carrier = 0; carrier <= static_cast<int>(Carrier::kFragmentsInGre); ++carrier) {
      for (int ech = 0; ech <= static_cast<int>(Ech::kOuter); ++ech) {
        const Case one{static_cast<Transport>(transport), static_cast<Carrier>(carrier),
                       static_cast<Ech>(ech)};
        if (!IsQuic(one.transport) || !InStream(one.carrier)) cases.push_back(one);
      }
    }
  }
  return cases;
}

// What the client says before its hello.
inline ByteVector Preamble(Carrier carrier) {
  switch (carrier) {
    case Carrier::kConnect:
      return Text("CONNECT chat.example:443 HTTP/1.1\r\nHost: chat.example:443\r\n\r\n");
    case Carrier::kSocks4a: {
      ByteVector out{4, 1, 1, 0xbb, 0, 0, 0, 7, 0};
      Append(out, Text("chat.example"));
      out.push_back(0);
      return out;
    }
    case Carrier::kSocks5: {
      ByteVector out{5, 1, 0, 5, 1, 0, 3, 12};
      Append(out, Text("chat.example"));
      test::Put(out, 443, 2);
      return out;
    }
    case Carrier::kProxyHeader1:
      return Text("PROXY TCP4 192.0.2.1 192.0.2.2 50000 443\r\n");
    case Carrier::kProxyHeader2: {
      ByteVector out{13, 10, 13, 10, 0, 13, 10, 'Q', 'U', 'I', 'T', 10, 0x21, 0x11, 0, 12};
      out.resize(out.size() + 12, 9);
      return out;
    }
    case Carrier::kSmtp:
      return Text("EHLO pc.example\r\nSTARTTLS\r\n");
    case Carrier::kImap:
      return Text("a1 CAPABILITY\r\na2 STARTTLS\r\n");
    case Carrier::kPostgres:
      return {0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f};
    default:
      return {};
  }
}

inline constexpr size_t kHelloBytes = 1800;  // post-quantum
inline constexpr size_t kTailBytes = 700;    // padding, of which nothing is needed

inline ByteVector HelloOf(Ech ech) {
  return build::BuildHello(
      {.server_name = ech == Ech::kOuter ? "cloudflare-ech.com" : "www.chat.example",
       .ech = ech != Ech::kNone,
       .message_bytes = kHelloBytes});
}

inline std::vector<std::string> ExpectedNames(const Case& one) {
  std::vector<std::string> names;
  if (one.carrier == Carrier::kConnect) names.push_back("connect:chat.example");
  if (one.carrier == Carrier::kSocks4a || one.carrier == Carrier::kSocks5)
    names.push_back("socks:chat.example");
  const std::string via = IsQuic(one.transport) ? "quic:" : "tls:";
  if (one.ech != Ech::kOuter) names.push_back(via + "www.chat.example");
  // A proxy was told the true name.
  if (one.ech == Ech::kOuter && !IsProxy(one.carrier)) names.push_back(via + "cloudflare-ech.com");
  return names;
}

enum class Split { kOne, kTwo, kBytes, kHeaderBorders };
enum class Order { kForward, kBackward, kTwice };

// Where the pieces begin. `preamble` bytes stand before the hello's first record, or 0.
inline std::vector<size_t> Cuts(const ByteVector& stream, size_t preamble, Split split) {
  std::vector<size_t> cuts{0};
  if (split == Split::kTwo) cuts.push_back(stream.size() / 2);
  if (split == Split::kBytes) {
    for (size_t at = 1; at < stream.size(); ++at) cuts.push_back(at);
  }
  if (split == Split::kHeaderBorders) {
    // Record, handshake, version, random, session id, and the first ones of the extensions.
    for (const size_t border : {0, 5, 6, 9, 11, 43, 44, 76, 84, 86, 90, 95, 99, 115})
      if (preamble + border > 0) cuts.push_back(preamble + border);
  }
  return cuts;
}

inline std::vector<build::Piece> PiecesOf(const ByteVector& stream, size_t preamble, Split split,
                                          Order order, bool overlap) {
  const std::vector<size_t> cuts = Cuts(stream, preamble, split);
  std::vector<build::Piece> pieces;
  for (size_t i = 0; i < cuts.size(); ++i) {
    const size_t end = i + 1 < cuts.size() ? cuts[i + 1] : stream.size();
    const size_t begin = overlap && i > 0 ? (cuts[i - 1] + cuts[i]) / 2 : cuts[i];
    pieces.push_back({begin, end - begin});
    if (order == Order::kTwice) pieces.push_back(pieces.back());
  }
  if (order == Order::kBackward) std::reverse(pieces.begin(), pieces.end());
  return pieces;
}

// The frames of one TCP segment or UDP datagram in the case's carrier; `number` tells them apart.
inline std::vector<ByteVector> FramesOf(const Case& one, const ByteVector& datagram,
                                        uint32_t number) {
  const uint8_t protocol = IsQuic(one.transport) ? decode::kProtocolUdp : decode::kProtocolTcp;
  const bool v6 = IsV6(one.transport);
  const ByteVector ip = v6 ? build::Ipv6(datagram, protocol) : build::Ipv4(datagram, protocol);
  const uint16_t type = v6 ? build::kIpv6Type : build::kIpv4Type;
  const auto in4 = [](const ByteVector& payload, uint8_t kind) {
    return build::OnEthernet(build::Ipv4(payload, kind));
  };
  const auto in6 = [](const ByteVector& payload, uint8_t kind) {
    return build::OnEthernet(build::Ipv6(payload, kind));
  };
  switch (one.carrier) {
    case Carrier::kVlan:
      return {build::Ethernet(ip, type, {0x8100})};
    case Carrier::kQinQ:
      return {build::Ethernet(ip, type, {0x88a8, 0x8100})};
    case Carrier::kVxlan:
      return {in4(build::Udp(build::Vxlan(build::OnEthernet(ip)), 4789), decode::kProtocolUdp)};
    case Carrier::kGre:
      return {in4(build::Gre(ip, type, {.key = true}), build::kGreProtocol)};
    case Carrier::kGreEthernet:
      return {in6(build::Gre(build::OnEthernet(ip), build::kGreEthernet), build::kGreProtocol)};
    case Carrier::kOtherIpVersion:
      return {v6 ? in4(ip, build::kIpv6InIp) : in6(ip, build::kIpInIp)};
    case Carrier::kSameIpVersion:
      return {v6 ? in6(ip, build::kIpv6InIp) : in4(ip, build::kIpInIp)};
    case Carrier::kFragments:
    case Carrier::kFragmentsInGre: {
      std::vector<ByteVector> frames;
      for (const ByteVector& part :
           build::FragmentsOf(v6, datagram, datagram.size() / 24 * 8, protocol, number)) {
        frames.push_back(one.carrier == Carrier::kFragments
                             ? build::OnEthernet(part)
                             : in4(build::Gre(part, type), build::kGreProtocol));
      }
      return frames;
    }
    default:
      return {build::OnEthernet(ip)};
  }
}

}  // namespace gnomon::classify::test
