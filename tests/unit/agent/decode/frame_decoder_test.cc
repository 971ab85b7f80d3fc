#include "agent/decode/frame_decoder.h"

#include <gtest/gtest.h>

#include <optional>
#include <random>

#include "agent/decode/layer.h"
#include "tests/unit/agent/decode/frame_builder.h"
#include "tests/unit/agent/decode/hello_builder.h"

namespace gnomon::decode {
namespace {

using capture::LinkType;
using testing::ByteVector;
using namespace testing;  // NOLINT: the builders read as layers

// Keeps the one packet of a frame, its payload copied out.
class Decoded : public PacketSink {
 public:
  explicit Decoded(const capture::Frame& frame) : decoder_(*this) { decoder_.Consume(frame); }
  explicit Decoded(const ByteVector& ethernet) : Decoded(AsFrame(ethernet)) {}

  void Consume(const Packet& packet) override {
    packet_ = packet;
    payload_.assign(packet.payload.begin(), packet.payload.end());
  }
  bool has_packet() const { return packet_.has_value(); }
  const Packet& packet() const { return packet_.value(); }
  const ByteVector& payload() const { return payload_; }
  const DecodeCounters& counters() const { return decoder_.counters(); }

 private:
  FrameDecoder decoder_;
  std::optional<Packet> packet_;
  ByteVector payload_;
};

uint64_t Outcomes(const DecodeCounters& c) {
  return c.packets + c.not_ip + c.not_tcp_or_udp + c.esp + c.fragments_held + c.fragments_dropped +
         c.truncated + c.malformed + c.too_deep;
}

const ByteVector kPayload = ToBytes("the client's first bytes, longer than any padding would be");

constexpr LinkType kAllLinks[] = {LinkType::kEthernet, LinkType::kLinuxSll, LinkType::kLinuxSll2,
                                  LinkType::kRawIp,    LinkType::kNull,     LinkType::kLoop};

TEST(FrameDecoder, EveryLinkLayerCarriesBothIpVersions) {
  for (const LinkType link : kAllLinks) {
    for (const uint16_t type : {kIpv4Type, kIpv6Type}) {
      SCOPED_TRACE(::testing::Message() << "link " << int(link) << " type " << std::hex << type);
      const ByteVector segment = Tcp(kPayload);
      const ByteVector frame =
          OnLink(link, type == kIpv4Type ? Ipv4(segment) : Ipv6(segment), type);
      const Decoded decoded(AsFrame(frame, link));
      ASSERT_TRUE(decoded.has_packet());
      EXPECT_EQ(decoded.payload(), kPayload);
      EXPECT_EQ(decoded.packet().payload_length, kPayload.size());
      EXPECT_EQ(decoded.packet().time, 1'700'000'000'123'456);
      EXPECT_EQ(decoded.packet().transport, Transport::kTcp);
      EXPECT_EQ(decoded.packet().sport, 40000);
      EXPECT_EQ(decoded.packet().dport, 443);
      EXPECT_EQ(decoded.packet().tcp_seq, 0x01020304u);
      EXPECT_EQ(decoded.packet().tcp_flags, kTcpPsh | kTcpAck);
      EXPECT_EQ(decoded.packet().src,
                type == kIpv4Type ? IpAddress::FromV4(kClientV4) : IpAddress::FromV6(kClientV6));
      EXPECT_EQ(decoded.packet().dst,
                type == kIpv4Type ? IpAddress::FromV4(kServerV4) : IpAddress::FromV6(kServerV6));
    }
  }
}

TEST(FrameDecoder, NullLinkIsReadInEitherByteOrder) {
  ByteVector frame = {0, 0, 0, 2};
  Put(frame, Ipv4(Tcp(kPayload)));
  EXPECT_TRUE(Decoded(AsFrame(frame, LinkType::kNull)).has_packet());
}

TEST(FrameDecoder, LoopLinkIsReadInNetworkOrderOnly) {
  ByteVector frame = {2, 0, 0, 0};
  Put(frame, Ipv4(Tcp(kPayload)));
  EXPECT_EQ(Decoded(AsFrame(frame, LinkType::kLoop)).counters().not_ip, 1u);
}

TEST(FrameDecoder, StackedVlanTagsAreSteppedOver) {
  const ByteVector ip = Ipv6(Tcp(kPayload));
  for (const std::vector<uint16_t>& tags : {std::vector<uint16_t>{0x8100},
                                            {0x88a8, 0x8100},
                                            {0x9100, 0x8100},
                                            {0x8100, 0x8100, 0x8100}}) {
    const Decoded decoded(Ethernet(ip, kIpv6Type, tags));
    ASSERT_TRUE(decoded.has_packet());
    EXPECT_EQ(decoded.payload(), kPayload);
  }
}

TEST(FrameDecoder, TagInsideCookedFrameIsSteppedOver) {
  ByteVector tagged;
  Put(tagged, 100, 2);
  Put(tagged, kIpv4Type, 2);
  Put(tagged, Ipv4(Tcp(kPayload)));
  const ByteVector frame = OnLink(LinkType::kLinuxSll2, tagged, 0x8100);
  EXPECT_EQ(Decoded(AsFrame(frame, LinkType::kLinuxSll2)).payload(), kPayload);
}

TEST(FrameDecoder, EndlessVlanTagsAreTooDeep) {
  const Decoded decoded(
      Ethernet(Ipv4(Tcp(kPayload)), kIpv4Type, std::vector<uint16_t>(kMaxHeaders, 0x8100)));
  EXPECT_EQ(decoded.counters().too_deep, 1u);
}

TEST(FrameDecoder, TagCutOffIsTruncated) {
  ByteVector frame = Ethernet({}, 0x8100);
  frame.push_back(0);
  EXPECT_EQ(Decoded(frame).counters().truncated, 1u);
}

TEST(FrameDecoder, OtherEtherTypesAreNotIp) {
  EXPECT_EQ(Decoded(Ethernet(ByteVector(46, 0), 0x0806)).counters().not_ip, 1u);  // ARP
  EXPECT_EQ(Decoded(Ethernet(ByteVector(46, 0), 46)).counters().not_ip, 1u);      // 802.3 length
}

TEST(FrameDecoder, Ipv4OptionsAreSteppedOver) {
  EXPECT_EQ(Decoded(Ethernet(Ipv4(Tcp(kPayload), 6, 40), kIpv4Type)).payload(), kPayload);
}

TEST(FrameDecoder, EthernetPaddingIsNotPayload) {
  for (const size_t length : {size_t{0}, size_t{1}, size_t{5}}) {
    const ByteVector payload(length, 'x');
    ByteVector frame = Ethernet(Ipv4(Tcp(payload, kTcpAck, 0)), kIpv4Type);
    frame.resize(60, 0);
    const Decoded decoded(frame);
    ASSERT_TRUE(decoded.has_packet());
    EXPECT_EQ(decoded.payload(), payload);
    EXPECT_EQ(decoded.packet().payload_length, length);
  }
}

TEST(FrameDecoder, Ipv6TrailerIsNotPayload) {
  ByteVector frame = Ethernet(Ipv6(Udp(kPayload), 17), kIpv6Type);
  Put(frame, ByteVector(9, 0xee));
  EXPECT_EQ(Decoded(frame).payload(), kPayload);
}

TEST(FrameDecoder, SnappedFrameTellsThePayloadLengthOfTheWire) {
  const ByteVector payload(1400, 'p');
  for (const bool v6 : {false, true}) {
    const ByteVector whole =
        v6 ? Ethernet(Ipv6(Tcp(payload)), kIpv6Type) : Ethernet(Ipv4(Tcp(payload)), kIpv4Type);
    capture::Frame frame = AsFrame(whole);
    frame.bytes = frame.bytes.first(96);
    const Decoded decoded(frame);
    ASSERT_TRUE(decoded.has_packet());
    EXPECT_EQ(decoded.packet().payload_length, 1400u);
    EXPECT_LT(decoded.payload().size(), 96u);
    EXPECT_GT(decoded.payload().size(), 0u);
  }
}

TEST(FrameDecoder, SegmentWithoutTotalLengthHasTheFramesLength) {
  ByteVector frame = Ethernet(Ipv4(Tcp(ByteVector(20000, 's'))), kIpv4Type);
  frame[16] = frame[17] = 0;
  const Decoded decoded(frame);
  ASSERT_TRUE(decoded.has_packet());
  EXPECT_EQ(decoded.packet().payload_length, 20000u);
}

TEST(FrameDecoder, ShortFrameWithoutTotalLengthIsMalformed) {
  ByteVector frame = Ethernet(Ipv4(Tcp({}, kTcpAck, 0)), kIpv4Type);
  frame.resize(60, 0);
  frame[16] = frame[17] = 0;
  EXPECT_EQ(Decoded(frame).counters().malformed, 1u);
}

TEST(FrameDecoder, JumbogramHasTheFramesLength) {
  ByteVector frame = Ethernet(Ipv6(Tcp(ByteVector(70000, 's'))), kIpv6Type);
  frame[18] = frame[19] = 0;
  const Decoded decoded(frame);
  ASSERT_TRUE(decoded.has_packet());
  EXPECT_EQ(decoded.packet().payload_length, 70000u);
}

TEST(FrameDecoder, TotalLengthBeyondTheWireIsMalformed) {
  ByteVector v4 = Ethernet(Ipv4(Tcp(kPayload)), kIpv4Type);
  v4[16] = 0x40;
  EXPECT_EQ(Decoded(v4).counters().malformed, 1u);
  ByteVector v6 = Ethernet(Ipv6(Tcp(kPayload)), kIpv6Type);
  v6[18] = 0x40;
  EXPECT_EQ(Decoded(v6).counters().malformed, 1u);
}

TEST(FrameDecoder, HeaderLengthsThatDoNotFitAreMalformed) {
  ByteVector short_ip = Ethernet(Ipv4(Tcp(kPayload)), kIpv4Type);
  short_ip[14] = 0x44;
  EXPECT_EQ(Decoded(short_ip).counters().malformed, 1u);
  ByteVector short_tcp = Ethernet(Ipv4(Tcp(kPayload)), kIpv4Type);
  short_tcp[14 + 20 + 12] = 0x40;
  EXPECT_EQ(Decoded(short_tcp).counters().malformed, 1u);
  ByteVector long_tcp = Ethernet(Ipv4(Tcp({}, kTcpAck, 0)), kIpv4Type);
  long_tcp[14 + 20 + 12] = 0xf0;
  EXPECT_EQ(Decoded(long_tcp).counters().malformed, 1u);
  ByteVector wrong_version = Ethernet(Ipv6(Tcp(kPayload)), kIpv4Type);
  EXPECT_EQ(Decoded(wrong_version).counters().malformed, 1u);
}

TEST(FrameDecoder, UdpLengthCutsThePayload) {
  ByteVector datagram = Udp(kPayload);
  datagram[5] = 8 + 3;
  EXPECT_EQ(Decoded(Ethernet(Ipv4(datagram, 17), kIpv4Type)).payload(), ToBytes("the"));
  datagram[5] = 7;
  EXPECT_EQ(Decoded(Ethernet(Ipv4(datagram, 17), kIpv4Type)).counters().malformed, 1u);
  datagram[4] = 1;
  EXPECT_EQ(Decoded(Ethernet(Ipv4(datagram, 17), kIpv4Type)).counters().malformed, 1u);
}

TEST(FrameDecoder, Ipv6ExtensionHeadersAreSteppedOver) {
  const ByteVector segment = Tcp(kPayload);
  const ByteVector fragment = Ipv6Fragment(segment, 0);
  const ByteVector authenticated = Authentication(fragment, 44);
  const ByteVector destination = Ipv6Option(authenticated, 51, 16);
  const ByteVector routing = Ipv6Option(destination, 60, 24);
  const ByteVector hop_by_hop = Ipv6Option(routing, 43);
  const Decoded decoded(Ethernet(Ipv6(hop_by_hop, 0), kIpv6Type));
  ASSERT_TRUE(decoded.has_packet());
  EXPECT_EQ(decoded.payload(), kPayload);
  EXPECT_EQ(decoded.packet().dport, 443);
}

TEST(FrameDecoder, EndlessExtensionHeadersAreTooDeep) {
  ByteVector chain = Tcp(kPayload);
  uint8_t next = 6;
  for (int i = 0; i < kMaxHeaders; ++i, next = 60) chain = Ipv6Option(chain, next);
  EXPECT_EQ(Decoded(Ethernet(Ipv6(chain, 60), kIpv6Type)).counters().too_deep, 1u);
}

TEST(FrameDecoder, ExtensionHeaderBeyondTheDatagramIsMalformed) {
  ByteVector option = Ipv6Option(Tcp(kPayload));
  option[1] = 200;
  EXPECT_EQ(Decoded(Ethernet(Ipv6(option, 60), kIpv6Type)).counters().malformed, 1u);
}

TEST(FrameDecoder, FragmentsWithoutTheRestAreHeld) {
  const auto fragments = [](const ByteVector& frame) {
    return Decoded(frame).counters().fragments_held;
  };
  const ByteVector units = Tcp(ByteVector(64, 'u'), 0x18, 0);  // 84 bytes: no multiple of 8
  EXPECT_EQ(fragments(Ethernet(Ipv4(Bytes(units).first(80), 6, 0, 0x2000), kIpv4Type)),
            1u);                                                                     // first
  EXPECT_EQ(fragments(Ethernet(Ipv4(Tcp(kPayload), 6, 0, 0x00b9), kIpv4Type)), 1u);  // last
  EXPECT_EQ(fragments(Ethernet(Ipv6(Ipv6Fragment(Bytes(units).first(80), 1), 44), kIpv6Type)), 1u);
  EXPECT_EQ(fragments(Ethernet(Ipv6(Ipv6Fragment(Tcp(kPayload), 0x5c8), 44), kIpv6Type)), 1u);
  EXPECT_EQ(fragments(Ethernet(Ipv6(Ipv6Fragment(Tcp(kPayload), 0x0006), 44), kIpv6Type)), 0u);
}

TEST(FrameDecoder, OtherProtocolsAreNotTcpOrUdp) {
  EXPECT_EQ(Decoded(Ethernet(Ipv4(ByteVector(64, 8), 1), kIpv4Type)).counters().not_tcp_or_udp, 1u);
  EXPECT_EQ(Decoded(Ethernet(Ipv6(ByteVector(64, 8), 58), kIpv6Type)).counters().not_tcp_or_udp,
            1u);
  EXPECT_EQ(Decoded(Ethernet(Ipv6({}, 59), kIpv6Type)).counters().not_tcp_or_udp, 1u);
  EXPECT_EQ(Decoded(Ethernet(Ipv4(ByteVector(64, 8), 50), kIpv4Type)).counters().esp, 1u);
  EXPECT_EQ(Decoded(Ethernet(Ipv6(ByteVector(64, 8), 50), kIpv6Type)).counters().esp, 1u);
}

TEST(FrameDecoder, VxlanGivesTheFlowInside) {
  const ByteVector inner = Ethernet(Ipv6(Tcp(kPayload)), kIpv6Type, {0x8100});
  const ByteVector outer = Ethernet(Ipv4(Udp(Vxlan(inner), 4789), 17), kIpv4Type);
  const Decoded decoded(outer);
  ASSERT_TRUE(decoded.has_packet());
  EXPECT_EQ(decoded.packet().src, IpAddress::FromV6(kClientV6));
  EXPECT_EQ(decoded.packet().transport, Transport::kTcp);
  EXPECT_EQ(decoded.payload(), kPayload);
  EXPECT_EQ(decoded.counters().packets, 1u);
}

TEST(FrameDecoder, SnappedVxlanTellsThePayloadLengthOfTheWire) {
  const ByteVector inner = Ethernet(Ipv4(Tcp(ByteVector(1200, 'v'))), kIpv4Type);
  const ByteVector whole = Ethernet(Ipv4(Udp(Vxlan(inner), 4789), 17), kIpv4Type);
  capture::Frame frame = AsFrame(whole);
  frame.bytes = frame.bytes.first(120);
  EXPECT_EQ(Decoded(frame).packet().payload_length, 1200u);
}

TEST(FrameDecoder, PaddingInsideVxlanIsNotPayload) {
  ByteVector inner = Ethernet(Ipv4(Tcp({}, kTcpAck, 0)), kIpv4Type);
  inner.resize(60, 0);
  const Decoded decoded(Ethernet(Ipv4(Udp(Vxlan(inner), 4789), 17), kIpv4Type));
  ASSERT_TRUE(decoded.has_packet());
  EXPECT_EQ(decoded.packet().payload_length, 0u);
}

TEST(FrameDecoder, OtherDatagramsToTheVxlanPortStayAsTheyAre) {
  for (const ByteVector& payload : {ByteVector(40, 0), ByteVector{0x08, 0, 0}, ByteVector{}}) {
    const Decoded decoded(Ethernet(Ipv4(Udp(payload, 4789), 17), kIpv4Type));
    ASSERT_TRUE(decoded.has_packet());
    EXPECT_EQ(decoded.packet().transport, Transport::kUdp);
    EXPECT_EQ(decoded.payload(), payload);
  }
}

TEST(FrameDecoder, TunnelsInTunnelsAreTooDeep) {
  ByteVector frame = Ethernet(Ipv4(Tcp(kPayload)), kIpv4Type);
  for (int i = 0; i < kMaxHeaders; ++i) {
    frame = Ethernet(Ipv4(Udp(Vxlan(frame), 4789), 17), kIpv4Type);
  }
  EXPECT_EQ(Decoded(frame).counters().too_deep, 1u);
}

TEST(FrameDecoder, TwoTagsTwoExtensionsInsideAndOutsideATunnelFit) {
  const std::vector<uint16_t> tags = {0x88a8, 0x8100};
  const auto wrap = [&](const ByteVector& payload, uint8_t protocol) {
    return Ethernet(Ipv6(Ipv6Option(Ipv6Option(payload, protocol), 60), 0), kIpv6Type, tags);
  };
  const ByteVector frame = wrap(Udp(Vxlan(wrap(Tcp(kPayload), 6)), 4789), 17);
  EXPECT_EQ(Decoded(frame).payload(), kPayload);
}

// Cut to n captured bytes a frame either lacks a header or gives a prefix of its payload.
TEST(FrameDecoder, EveryCutGivesTruncatedOrAPrefixOfThePayload) {
  for (const LinkType link : kAllLinks) {
    const ByteVector inner = Ethernet(Ipv6(Tcp(kPayload)), kIpv6Type, {0x8100});
    const ByteVector whole = OnLink(link, Ipv4(Udp(Vxlan(inner), 4789), 17, 8), kIpv4Type);
    for (size_t length = 0; length < whole.size(); ++length) {
      capture::Frame frame = AsFrame(whole, link);
      frame.bytes = frame.bytes.first(length);
      const Decoded decoded(frame);
      ASSERT_EQ(Outcomes(decoded.counters()), 1u);
      if (!decoded.has_packet()) {
        ASSERT_EQ(decoded.counters().truncated, 1u) << length;
      } else if (decoded.packet().transport == Transport::kTcp) {
        ASSERT_EQ(decoded.packet().payload_length, kPayload.size());
        ASSERT_TRUE(
            std::equal(decoded.payload().begin(), decoded.payload().end(), kPayload.begin()));
      }
    }
  }
}

TEST(FrameDecoder, EveryMutatedFrameIncreasesExactlyOneCounter) {
  std::mt19937 random(20261123);
  const ByteVector hello = InRecords(BuildHello());
  const ByteVector inner = Ethernet(Ipv6(Ipv6Option(Tcp(hello)), 0), kIpv6Type, {0x88a8, 0x8100});
  for (int round = 0; round < 60000; ++round) {
    const LinkType link = kAllLinks[random() % std::size(kAllLinks)];
    ByteVector bytes = random() % 2 == 0
                           ? OnLink(link, Ipv4(Udp(Vxlan(inner), 4789), 17, 4), kIpv4Type)
                           : OnLink(link, Ipv6(Ipv6Fragment(Tcp(hello), 0), 44), kIpv6Type);
    for (int i = random() % 4; i >= 0; --i) {
      bytes[random() % std::min<size_t>(bytes.size(), 160)] = static_cast<uint8_t>(random());
    }
    bytes.resize(random() % 8 == 0 ? random() % bytes.size() : bytes.size());
    // Exactly as long as the frame, so that a sanitizer sees a read beyond it.
    const std::vector<uint8_t> exact(bytes.begin(), bytes.end());
    capture::Frame frame = AsFrame(exact, link);
    if (random() % 8 == 0) frame.wire_length = static_cast<uint32_t>(random());
    const Decoded decoded(frame);
    ASSERT_EQ(decoded.counters().frames, 1u);
    ASSERT_EQ(Outcomes(decoded.counters()), 1u);
    ASSERT_EQ(decoded.counters().packets, decoded.has_packet() ? 1u : 0u);
    if (decoded.has_packet()) {
      ASSERT_LE(decoded.payload().size(), decoded.packet().payload_length);
      ASSERT_LE(decoded.packet().payload_length, std::max<size_t>(frame.wire_length, exact.size()));
    }
  }
}

}  // namespace
}  // namespace gnomon::decode
