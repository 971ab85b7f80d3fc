#include "agent/decode/ip_tunnel.h"

#include <gtest/gtest.h>

#include "tests/unit/agent/decode/decoded.h"
#include "tests/unit/agent/decode/tunnel_builder.h"

namespace gnomon::decode {
namespace {

using namespace testing;  // NOLINT: the builders read as layers

const ByteVector kPayload = ToBytes("the client's first bytes, longer than any padding would be");

// The one packet of `ethernet`, which must be the inner TCP segment.
void ExpectInner(const ByteVector& ethernet, bool v6) {
  DecodedFrames decoded;
  decoded.Feed(ethernet);
  ASSERT_EQ(decoded.packets.size(), 1u);
  EXPECT_EQ(decoded.payloads[0], kPayload);
  EXPECT_EQ(decoded.packets[0].payload_length, kPayload.size());
  EXPECT_EQ(decoded.packets[0].transport, Transport::kTcp);
  EXPECT_EQ(decoded.packets[0].src,
            v6 ? IpAddress::FromV6(kClientV6) : IpAddress::FromV4(kClientV4));
  EXPECT_EQ(decoded.counters().packets, 1u);
  EXPECT_EQ(decoded.Outcomes(), 1u);
}

const DecodeCounters CountersOf(const ByteVector& ethernet) {
  DecodedFrames decoded;
  decoded.Feed(ethernet);
  EXPECT_EQ(decoded.Outcomes(), 1u);
  return decoded.counters();
}

TEST(IpTunnel, EitherVersionInsideEitherVersionGivesTheFlowInside) {
  ExpectInner(OnEthernet(Ipv4(Ipv4(Tcp(kPayload)), kIpInIp)), false);
  ExpectInner(OnEthernet(Ipv4(Ipv6(Tcp(kPayload)), kIpv6InIp)), true);
  ExpectInner(OnEthernet(Ipv6(Ipv4(Tcp(kPayload)), kIpInIp)), false);
  ExpectInner(OnEthernet(Ipv6(Ipv6(Tcp(kPayload)), kIpv6InIp)), true);
}

TEST(IpTunnel, TheInnerVersionMustBeTheAnnouncedOne) {
  EXPECT_EQ(CountersOf(OnEthernet(Ipv4(Ipv4(Tcp(kPayload)), kIpv6InIp))).malformed, 1u);
  EXPECT_EQ(CountersOf(OnEthernet(Ipv4(Ipv6(Tcp(kPayload)), kIpInIp))).malformed, 1u);
}

TEST(IpTunnel, TheInnerLengthMayNotExceedTheOuterOne) {
  ByteVector inner = Ipv4(Tcp(kPayload));
  inner[3] = static_cast<uint8_t>(inner[3] + 1);
  EXPECT_EQ(CountersOf(OnEthernet(Ipv4(inner, kIpInIp))).malformed, 1u);
}

TEST(IpTunnel, EndlessTunnelsAreTooDeep) {
  ByteVector packet = Ipv4(Tcp(kPayload));
  for (int i = 0; i < kMaxHeaders; ++i) packet = Ipv4(packet, kIpInIp);
  EXPECT_EQ(CountersOf(OnEthernet(packet)).too_deep, 1u);
  packet = Ipv4(Tcp(kPayload));
  for (int i = 0; i < kMaxHeaders; ++i) packet = Ipv4(Gre(packet, kIpv4Type), kGreProtocol);
  EXPECT_EQ(CountersOf(OnEthernet(packet)).too_deep, 1u);
}

TEST(IpTunnel, OtherProtocolsInsideAreCountedAsWhatTheyAre) {
  EXPECT_EQ(CountersOf(OnEthernet(Ipv4(Ipv4(ByteVector(64, 8), 1), kIpInIp))).not_tcp_or_udp, 1u);
}

TEST(Gre, CarriesBothIpVersionsBehindAnyOfItsFields) {
  for (int bits = 0; bits < 8; ++bits) {
    SCOPED_TRACE(bits);
    const GreShape shape{
        .checksum = (bits & 1) != 0, .key = (bits & 2) != 0, .sequence = (bits & 4) != 0};
    ExpectInner(OnEthernet(Ipv4(Gre(Ipv4(Tcp(kPayload)), kIpv4Type, shape), kGreProtocol)), false);
    ExpectInner(OnEthernet(Ipv6(Gre(Ipv6(Tcp(kPayload)), kIpv6Type, shape), kGreProtocol)), true);
  }
}

TEST(Gre, CarriesEthernetFramesWithTheirTags) {
  const ByteVector frame = Ethernet(Ipv6(Tcp(kPayload)), kIpv6Type, {0x8100});
  ExpectInner(OnEthernet(Ipv4(Gre(frame, kGreEthernet, {.key = true}), kGreProtocol)), true);
}

TEST(Gre, PaddingOfTheInnerFrameIsNotPayload) {
  ByteVector frame = Ethernet(Ipv4(Tcp({}, kTcpAck, 0)), kIpv4Type);
  frame.resize(60, 0);
  DecodedFrames decoded;
  decoded.Feed(OnEthernet(Ipv4(Gre(frame, kGreEthernet), kGreProtocol)));
  ASSERT_EQ(decoded.packets.size(), 1u);
  EXPECT_EQ(decoded.packets[0].payload_length, 0u);
}

TEST(Gre, OtherVersionsRoutingAndUnknownFlagsAreNotRead) {
  for (const uint16_t bits : {0x0001, 0x0003, 0x4000, 0x0800, 0x0400}) {
    SCOPED_TRACE(bits);
    const ByteVector gre = Gre(Ipv4(Tcp(kPayload)), kIpv4Type, {.other_bits = bits});
    EXPECT_EQ(CountersOf(OnEthernet(Ipv4(gre, kGreProtocol))).not_tcp_or_udp, 1u);
  }
}

TEST(Gre, WhatIsNoIpInsideIsCountedSo) {
  EXPECT_EQ(CountersOf(OnEthernet(Ipv4(Gre(ByteVector(40, 1), 0x88be), kGreProtocol))).not_ip, 1u);
  const ByteVector arp = Ethernet(ByteVector(46, 0), 0x0806);
  EXPECT_EQ(CountersOf(OnEthernet(Ipv4(Gre(arp, kGreEthernet), kGreProtocol))).not_ip, 1u);
}

TEST(Gre, EveryCutGivesTruncatedOrAPrefixOfThePayload) {
  const ByteVector whole = OnEthernet(
      Ipv4(Gre(Ipv6(Tcp(kPayload)), kIpv6Type, {.checksum = true, .key = true}), kGreProtocol));
  for (size_t length = 0; length < whole.size(); ++length) {
    DecodedFrames decoded;
    decoded.Feed(whole, length);
    ASSERT_EQ(decoded.Outcomes(), 1u);
    if (decoded.packets.empty()) {
      ASSERT_EQ(decoded.counters().truncated, 1u) << length;
      continue;
    }
    ASSERT_EQ(decoded.packets[0].payload_length, kPayload.size());
    ASSERT_TRUE(
        std::equal(decoded.payloads[0].begin(), decoded.payloads[0].end(), kPayload.begin()));
  }
}

TEST(Gre, AHeaderBeyondTheDatagramIsMalformed) {
  EXPECT_EQ(
      CountersOf(OnEthernet(Ipv4(ByteVector{0xb0, 0, 8, 0, 1, 2, 3}, kGreProtocol))).malformed, 1u);
}

}  // namespace
}  // namespace gnomon::decode
