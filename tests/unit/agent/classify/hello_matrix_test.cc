// One hello, over every transport, in every carrier, cut and ordered in every way, from frames to
// the sighting: it gives its name once, and every byte counts once.
#include <gtest/gtest.h>

#include <algorithm>

#include "agent/decode/frame_decoder.h"
#include "tests/unit/agent/classify/datagrams.h"
#include "tests/unit/agent/decode/tunnel_builder.h"

namespace gnomon::classify {
namespace {

using test::Append;
using test::ByteVector;
using test::Text;
using test::Wire;
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

bool IsQuic(Transport transport) {
  return transport >= Transport::kQuic1;
}
bool IsV6(Transport transport) {
  return transport == Transport::kTcp6 || transport == Transport::kQuic2;
}
bool InStream(Carrier carrier) {
  return carrier < Carrier::kPlain;
}
bool IsProxy(Carrier carrier) {
  return carrier <= Carrier::kSocks5;
}

std::string NameOf(const Case& one) {
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

std::vector<Case> AllCases() {
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
ByteVector Preamble(Carrier carrier) {
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

constexpr size_t kHelloBytes = 1800;  // post-quantum
constexpr size_t kTailBytes = 700;    // padding, of which nothing is needed

ByteVector HelloOf(Ech ech) {
  return build::BuildHello(
      {.server_name = ech == Ech::kOuter ? "cloudflare-ech.com" : "www.chat.example",
       .ech = ech != Ech::kNone,
       .message_bytes = kHelloBytes});
}

std::vector<std::string> ExpectedNames(const Case& one) {
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
std::vector<size_t> Cuts(const ByteVector& stream, size_t preamble, Split split) {
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

std::vector<build::Piece> PiecesOf(const ByteVector& stream, size_t preamble, Split split,
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

class HelloMatrix : public ::testing::TestWithParam<Case> {
 protected:
  struct Run {
    Wire wire{ClassifierOptions{.all_names = true}};
    decode::FrameDecoder decoder{wire.classifier};
    uint32_t packets = 0;

    void Feed(const ByteVector& ethernet) { decoder.Consume(build::AsFrame(ethernet)); }
  };

  // One TCP segment or UDP datagram in the case's carrier.
  static void Send(Run& run, const Case& one, const ByteVector& datagram) {
    const uint8_t protocol = IsQuic(one.transport) ? decode::kProtocolUdp : decode::kProtocolTcp;
    const bool v6 = IsV6(one.transport);
    const ByteVector ip = v6 ? build::Ipv6(datagram, protocol) : build::Ipv4(datagram, protocol);
    const uint16_t type = v6 ? build::kIpv6Type : build::kIpv4Type;
    ++run.packets;
    switch (one.carrier) {
      case Carrier::kVlan:
        return run.Feed(build::Ethernet(ip, type, {0x8100}));
      case Carrier::kQinQ:
        return run.Feed(build::Ethernet(ip, type, {0x88a8, 0x8100}));
      case Carrier::kVxlan:
        return run.Feed(build::OnEthernet(
            build::Ipv4(build::Udp(build::Vxlan(build::OnEthernet(ip)), 4789), 17)));
      case Carrier::kGre:
        return run.Feed(build::OnEthernet(
            build::Ipv4(build::Gre(ip, type, {.key = true}), build::kGreProtocol)));
      case Carrier::kGreEthernet:
        return run.Feed(build::OnEthernet(build::Ipv6(
            build::Gre(build::OnEthernet(ip), build::kGreEthernet), build::kGreProtocol)));
      case Carrier::kOtherIpVersion:
        return run.Feed(build::OnEthernet(v6 ? build::Ipv4(ip, build::kIpv6InIp)
                                             : build::Ipv6(ip, build::kIpInIp)));
      case Carrier::kSameIpVersion:
        return run.Feed(build::OnEthernet(v6 ? build::Ipv6(ip, build::kIpv6InIp)
                                             : build::Ipv4(ip, build::kIpInIp)));
      case Carrier::kFragments:
        for (const ByteVector& fragment :
             build::FragmentsOf(v6, datagram, datagram.size() / 24 * 8, protocol, run.packets))
          run.Feed(build::OnEthernet(fragment));
        return;
      case Carrier::kFragmentsInGre:
        for (const ByteVector& fragment :
             build::FragmentsOf(v6, datagram, datagram.size() / 24 * 8, protocol, run.packets))
          run.Feed(build::OnEthernet(build::Ipv4(build::Gre(fragment, type), build::kGreProtocol)));
        return;
      default:
        return run.Feed(build::OnEthernet(ip));
    }
  }

  // Both return the bytes that the flow's client has sent by then.
  static uint64_t SendTcp(Run& run, const Case& one, const ByteVector& stream,
                          const std::vector<build::Piece>& pieces) {
    constexpr uint32_t kFirst = 0xfffffe00;  // wraps within the hello
    Send(run, one, build::Tcp({}, decode::kTcpSyn, 12, kFirst - 1));
    for (const build::Piece& piece : pieces) {
      Send(run, one,
           build::Tcp(Bytes(stream).subspan(piece.offset, piece.length), 0x18, 12,
                      kFirst + static_cast<uint32_t>(piece.offset)));
    }
    return stream.size();
  }
  static uint64_t SendQuic(Run& run, const Case& one, const ByteVector& hello,
                           const std::vector<build::Piece>& pieces) {
    build::InitialShape shape{.number_length = 2};
    if (one.transport == Transport::kQuic2) shape.version = decode::kQuicVersion2;
    if (one.transport == Transport::kQuicDraft29) shape.version = decode::kQuicDraft29;
    uint64_t sent = 0;
    ByteVector frames;
    const auto flush = [&] {
      const ByteVector datagram = build::SealInitial(shape, frames);
      ++shape.number;
      frames.clear();
      sent += datagram.size();
      Send(run, one, build::Udp(datagram, 443));
    };
    for (const build::Piece& piece : pieces) {
      const ByteVector frame =
          build::CryptoFrame(piece.offset, Bytes(hello).subspan(piece.offset, piece.length));
      if (!frames.empty() && frames.size() + frame.size() > 1000) flush();
      Append(frames, frame);
    }
    flush();
    return sent;
  }
};

TEST_P(HelloMatrix, GivesItsNameOnceAndCountsEveryByteOnce) {
  const Case& one = GetParam();
  const bool quic = IsQuic(one.transport);
  const ByteVector hello = HelloOf(one.ech);
  ByteVector whole = Preamble(one.carrier);
  const size_t preamble = whole.size();
  Append(whole, quic ? hello : build::InRecords(hello));
  for (int variant = 0; variant < 4 * 3 * 2 * 2; ++variant) {
    const auto split = static_cast<Split>(variant % 4);
    const auto order = static_cast<Order>(variant / 4 % 3);
    const bool overlap = variant / 12 % 2 != 0;
    const bool tail_missing = variant / 24 != 0;
    SCOPED_TRACE(::testing::Message()
                 << "split " << variant % 4 << " order " << variant / 4 % 3 << " overlap "
                 << overlap << " tail missing " << tail_missing);
    ByteVector stream = whole;
    if (tail_missing) stream.resize(stream.size() - kTailBytes);
    const auto pieces = PiecesOf(stream, preamble, split, order, overlap);
    Run run;
    const uint64_t sent =
        quic ? SendQuic(run, one, stream, pieces) : SendTcp(run, one, stream, pieces);
    run.wire.classifier.Finish(run.wire.now);

    const std::vector<std::string> expected = ExpectedNames(one);
    ASSERT_EQ(run.wire.seen.NameTexts(), expected);
    const test::Seen last = run.wire.seen.Names().back();
    const bool outer_alone = one.ech == Ech::kOuter && !IsProxy(one.carrier);
    EXPECT_EQ(run.wire.ServiceOf(last), outer_alone ? "" : "chat");
    EXPECT_EQ(last.evidence, v1::EVIDENCE_NAMED);
    EXPECT_EQ(last.ech, outer_alone);
    EXPECT_EQ(last.tuple.client_port, quic ? 50000 : 40000);
    EXPECT_EQ(run.wire.seen.Bytes(true), outer_alone ? 0 : sent);
    EXPECT_EQ(run.wire.classifier.coverage().flows, 1u);
    EXPECT_EQ(run.wire.classifier.coverage().named, 1u);
    EXPECT_EQ(run.wire.Outcomes(), 1u);
    EXPECT_EQ(run.decoder.counters().packets, run.packets);
    const bool fragments =
        one.carrier == Carrier::kFragments || one.carrier == Carrier::kFragmentsInGre;
    EXPECT_EQ(run.decoder.counters().datagrams.reassembled, fragments ? run.packets : 0u);
  }
}

TEST_P(HelloMatrix, ThatEndsBeforeItsNameGivesNone) {
  const Case& one = GetParam();
  const bool quic = IsQuic(one.transport);
  ByteVector stream = Preamble(one.carrier);
  const ByteVector hello = HelloOf(one.ech);
  Append(stream, quic ? hello : build::InRecords(hello));
  stream.resize(stream.size() - kHelloBytes + 80);
  Run run;
  const std::vector<build::Piece> pieces{{0, stream.size()}};
  quic ? SendQuic(run, one, stream, pieces) : SendTcp(run, one, stream, pieces);
  run.wire.classifier.Finish(run.wire.now);
  EXPECT_EQ(run.wire.seen.Names().size(), IsProxy(one.carrier) ? 1u : 0u);
  const Coverage& coverage = run.wire.classifier.coverage();
  EXPECT_EQ(coverage.hello_incomplete, quic || IsProxy(one.carrier) ? 0u : 1u);
  EXPECT_EQ(coverage.udp_443, quic ? 1u : 0u);
}

INSTANTIATE_TEST_SUITE_P(TransportsCarriersAndEch, HelloMatrix, ::testing::ValuesIn(AllCases()),
                         [](const auto& info) { return NameOf(info.param); });

TEST(HelloMatrixSize, HoldsEveryCarrierOfEveryTransport) {
  EXPECT_EQ(AllCases().size(), (2u * 18 + 3u * 10) * 3);
}

TEST(FragmentedDns, AnAnswerInFragmentsNamesAFlowWithoutAName) {
  for (const bool v6 : {false, true}) {
    Wire wire;
    decode::FrameDecoder decoder(wire.classifier);
    const ByteVector answer = test::DnsAnswer("chat.example", test::V4(192, 0, 2, 7), 300);
    for (const ByteVector& fragment :
         build::FragmentsOf(v6, build::Udp(answer, 50000, 53), 24, decode::kProtocolUdp))
      decoder.Consume(build::AsFrame(build::OnEthernet(fragment)));
    EXPECT_EQ(wire.classifier.coverage().dns_answers, 1u);
    test::Connection connection(wire);
    wire.now = build::AsFrame({}).time;
    connection.Open();
    connection.FromClient(0, test::Hello({}));
    EXPECT_EQ(wire.seen.NameTexts(), std::vector<std::string>{"dns:chat.example"});
  }
}

}  // namespace
}  // namespace gnomon::classify
