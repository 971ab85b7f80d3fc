#include "agent/decode/fragment_table.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "tests/unit/agent/decode/decoded.h"
#include "tests/unit/agent/decode/tunnel_builder.h"

namespace gnomon::decode {
namespace {

using namespace testing;  // NOLINT: the builders read as layers

ByteVector Numbered(size_t size) {
  ByteVector bytes(size);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<uint8_t>(i * 31 + (i >> 8));
  return bytes;
}

class Fragments : public ::testing::TestWithParam<bool> {
 protected:
  // Feeds the fragments in this order.
  void Feed(const std::vector<ByteVector>& packets) {
    for (const ByteVector& packet : packets) decoded.Feed(OnEthernet(packet));
    EXPECT_EQ(decoded.Outcomes(), decoded.counters().frames);
  }
  void Feed(const ByteVector& packet) { Feed(std::vector<ByteVector>{packet}); }
  bool v6() const { return GetParam(); }
  std::vector<ByteVector> Cut(const ByteVector& payload, size_t size, uint32_t id = 99) const {
    return FragmentsOf(v6(), payload, size, kProtocolTcp, id);
  }
  ByteVector Part(const ByteVector& payload, size_t offset, size_t length) const {
    return FragmentOf(v6(), payload, {offset, length}, kProtocolTcp);
  }
  const DecodeCounters& counters() const { return decoded.counters(); }

  DecodedFrames decoded;
  const ByteVector payload = Numbered(1300);
  const ByteVector segment = Tcp(payload);  // 1332 bytes
};

INSTANTIATE_TEST_SUITE_P(BothVersions, Fragments, ::testing::Bool(), [](const auto& info) {
  return info.param ? std::string("V6") : std::string("V4");
});

TEST_P(Fragments, InAnyOrderMakeTheDatagram) {
  std::vector<ByteVector> packets = Cut(segment, 400);
  std::vector<size_t> order(packets.size());
  std::iota(order.begin(), order.end(), 0);
  uint64_t rounds = 0;
  do {
    for (const size_t index : order) Feed(packets[index]);
    ++rounds;
    ASSERT_EQ(decoded.packets.size(), rounds);
    ASSERT_EQ(decoded.payloads.back(), payload);
    ASSERT_EQ(decoded.packets.back().payload_length, payload.size());
    ASSERT_EQ(decoded.packets.back().sport, 40000);
    ASSERT_EQ(decoded.packets.back().src,
              v6() ? IpAddress::FromV6(kClientV6) : IpAddress::FromV4(kClientV4));
  } while (std::next_permutation(order.begin(), order.end()));
  EXPECT_EQ(rounds, 24u);
  EXPECT_EQ(counters().datagrams.reassembled, rounds);
  EXPECT_EQ(counters().fragments_held, 3 * rounds);
  EXPECT_EQ(counters().datagrams.given_up, 0u);
}

TEST_P(Fragments, CopiesChangeNothing) {
  const std::vector<ByteVector> packets = Cut(segment, 400);
  Feed({packets[1], packets[1], packets[3], packets[3], packets[0], packets[0], packets[2]});
  ASSERT_EQ(decoded.packets.size(), 1u);
  EXPECT_EQ(decoded.payloads[0], payload);
  EXPECT_EQ(counters().fragments_held, 6u);
  EXPECT_EQ(counters().fragments_dropped, 0u);
}

TEST_P(Fragments, AnOverlapCostsTheWholeDatagram) {
  const std::vector<ByteVector> packets = Cut(segment, 400);
  for (const Piece overlap : {Piece{392, 16}, Piece{400, 8}, Piece{0, 408}, Piece{8, 1324}}) {
    SCOPED_TRACE(overlap.offset);
    const uint64_t dropped = counters().fragments_dropped;
    const uint64_t given_up = counters().datagrams.given_up;
    Feed({packets[0], packets[1], Part(segment, overlap.offset, overlap.length)});
    EXPECT_EQ(counters().fragments_dropped, dropped + 1);
    EXPECT_EQ(counters().datagrams.given_up, given_up + 1);
    // What comes of it afterwards does not make a new one.
    Feed({packets[2], packets[3], packets[0], packets[1]});
    EXPECT_EQ(counters().fragments_dropped, dropped + 5);
    decoded.now += FragmentTable::kTimeLimit + 1;
  }
  EXPECT_TRUE(decoded.packets.empty());
  EXPECT_EQ(counters().datagrams.given_up, 4u);
  Feed(packets);
  EXPECT_EQ(decoded.packets.size(), 1u);
}

TEST_P(Fragments, ContradictingEndsCostTheDatagram) {
  const auto dropped = [&](const std::vector<ByteVector>& packets) {
    const uint64_t before = counters().fragments_dropped;
    Feed(packets);
    decoded.now += FragmentTable::kTimeLimit + 1;
    return counters().fragments_dropped - before;
  };
  const ByteVector shorter(segment.begin(), segment.begin() + 800);
  const ByteVector longer = Numbered(2000);
  // Two ends.
  EXPECT_EQ(dropped({Part(segment, 1200, 132), Part(shorter, 400, 400)}), 1u);
  // One beyond the end, in both orders.
  EXPECT_EQ(dropped({Part(segment, 1200, 132), Part(longer, 1336, 400)}), 1u);
  EXPECT_EQ(dropped({Part(longer, 1336, 400), Part(segment, 1200, 132)}), 1u);
  // The same place, once as the end and once not.
  EXPECT_EQ(dropped({Part(shorter, 400, 400), Part(segment, 400, 400)}), 1u);
  EXPECT_EQ(dropped({Part(segment, 400, 400), Part(shorter, 400, 400)}), 1u);
  EXPECT_TRUE(decoded.packets.empty());
}

TEST_P(Fragments, OfDifferentDatagramsAreKeptApart) {
  const ByteVector other = Tcp(ByteVector(1300, 'o'));
  const std::vector<ByteVector> one = Cut(segment, 400, 1);
  const std::vector<ByteVector> two = Cut(other, 400, 2);
  for (size_t i = 0; i < one.size(); ++i) Feed({one[i], two[i]});
  ASSERT_EQ(decoded.payloads.size(), 2u);
  EXPECT_EQ(decoded.payloads[0], payload);
  EXPECT_EQ(decoded.payloads[1], ByteVector(1300, 'o'));
}

TEST_P(Fragments, TheRestMustComeInTime) {
  const std::vector<ByteVector> packets = Cut(segment, 800);
  Feed(packets[0]);
  decoded.now += FragmentTable::kTimeLimit;
  Feed(packets[1]);
  EXPECT_EQ(decoded.packets.size(), 1u);
  Feed(packets[0]);
  decoded.now += FragmentTable::kTimeLimit + 1;
  Feed(packets[1]);
  EXPECT_EQ(decoded.packets.size(), 1u);
  EXPECT_EQ(counters().datagrams.given_up, 1u);
  decoded.now -= 10 * FragmentTable::kTimeLimit;  // a clock set back
  Feed(packets[0]);
  EXPECT_EQ(counters().datagrams.given_up, 2u);
  EXPECT_EQ(decoded.packets.size(), 1u);
}

TEST_P(Fragments, TheOldestDatagramMakesRoom) {
  const std::vector<ByteVector> first = Cut(segment, 800, 1000);
  Feed(first[0]);
  for (uint32_t id = 0; id < FragmentTable::kMaxDatagrams; ++id) {
    decoded.now += 1;
    Feed(Cut(segment, 800, id)[0]);
  }
  EXPECT_EQ(counters().datagrams.given_up, 1u);
  Feed(first[1]);  // pushes out the next one
  EXPECT_TRUE(decoded.packets.empty());
  EXPECT_EQ(counters().datagrams.given_up, 2u);
  for (uint32_t id = 1; id < FragmentTable::kMaxDatagrams; ++id) Feed(Cut(segment, 800, id)[1]);
  EXPECT_EQ(decoded.packets.size(), FragmentTable::kMaxDatagrams - 1);
}

TEST_P(Fragments, ImpossibleOnesAreMalformed) {
  const ByteVector odd(13, 1);
  for (const ByteVector& packet : {Part(segment, 0, 12),   // more to come, and no multiple of 8
                                   Part(segment, 400, 0),  // nothing in it
                                   FragmentOf(v6(), Numbered(65552), {65528, 24}, kProtocolTcp)}) {
    Feed(packet);
  }
  EXPECT_EQ(counters().malformed, 3u);
  EXPECT_EQ(counters().datagrams.given_up, 0u);
}

TEST_P(Fragments, TooManyOfOneDatagramAreRefused) {
  const ByteVector large = Numbered(8 * (FragmentTable::kMaxFragments + 1));
  Feed(Cut(large, 8));
  EXPECT_EQ(counters().fragments_held, FragmentTable::kMaxFragments);
  EXPECT_EQ(counters().fragments_dropped, 1u);
  EXPECT_EQ(counters().datagrams.given_up, 1u);
}

TEST_P(Fragments, OfALargeDatagramTheFirstBytesAreKeptAndAllAreCounted) {
  const ByteVector large = Numbered(60000);
  std::vector<ByteVector> packets = FragmentsOf(v6(), Udp(large), 1440, kProtocolUdp);
  std::reverse(packets.begin(), packets.end());
  Feed(packets);
  ASSERT_EQ(decoded.packets.size(), 1u);
  EXPECT_EQ(decoded.packets[0].payload_length, large.size());
  EXPECT_EQ(decoded.payloads[0],
            ByteVector(large.begin(), large.begin() + FragmentTable::kKeptBytes - 8));
}

TEST_P(Fragments, WhatTheSnapLengthCutOffIsNotMadeUp) {
  const std::vector<ByteVector> packets = Cut(segment, 400);
  decoded.Feed(OnEthernet(packets[2]));
  decoded.Feed(OnEthernet(packets[3]));
  decoded.Feed(OnEthernet(packets[0]));
  const ByteVector second = OnEthernet(packets[1]);
  decoded.Feed(second, second.size() - 100);
  ASSERT_EQ(decoded.packets.size(), 1u);
  EXPECT_EQ(decoded.packets[0].payload_length, payload.size());
  EXPECT_EQ(decoded.payloads[0], ByteVector(payload.begin(), payload.begin() + 800 - 100 - 32));
}

TEST_P(Fragments, OfOtherProtocolsAreNotHeld) {
  Feed(FragmentsOf(v6(), ByteVector(800, 8), 400, v6() ? 58 : 1));
  Feed(FragmentsOf(v6(), ByteVector(800, 8), 400, 50));
  EXPECT_EQ(counters().not_tcp_or_udp, 4u);
}

TEST_P(Fragments, OfATunnelMakeTheFlowInside) {
  const ByteVector inner = v6() ? Ipv4(segment) : Ipv6(segment);
  Feed(FragmentsOf(v6(), inner, 600, v6() ? kIpInIp : kIpv6InIp));
  ASSERT_EQ(decoded.payloads.size(), 1u);
  EXPECT_EQ(decoded.payloads[0], payload);
}

TEST_P(Fragments, InsideFragmentsMakeTheFlowInside) {
  std::vector<ByteVector> outer;
  uint32_t id = 0;
  for (const ByteVector& inner : Cut(segment, 600, 5)) {
    for (const ByteVector& packet :
         FragmentsOf(!v6(), inner, 120, v6() ? kIpv6InIp : kIpInIp, 100 + id++))
      outer.push_back(packet);
  }
  ASSERT_GT(outer.size(), 8u);
  Feed(outer);
  ASSERT_EQ(decoded.payloads.size(), 1u);
  EXPECT_EQ(decoded.payloads[0], payload);
  EXPECT_EQ(counters().datagrams.reassembled, 4u);
}

TEST(FragmentsV6, ExtensionHeadersBehindTheFragmentHeaderAreSteppedOver) {
  const ByteVector body = Ipv6Option(Tcp(Numbered(900)), kProtocolTcp, 16);
  DecodedFrames decoded;
  for (const ByteVector& packet : FragmentsOf(true, body, 400, 60))
    decoded.Feed(OnEthernet(packet));
  ASSERT_EQ(decoded.payloads.size(), 1u);
  EXPECT_EQ(decoded.payloads[0], Numbered(900));
}

TEST(FragmentsV6, TheFirstFragmentSaysTheProtocol) {
  const ByteVector segment = Tcp(Numbered(900));
  const ByteVector first = OnEthernet(FragmentOf(true, segment, {0, 400}, kProtocolTcp));
  const ByteVector last = OnEthernet(FragmentOf(true, segment, {400, 532}, kProtocolUdp));
  DecodedFrames decoded;
  for (const ByteVector& frame : {first, last, last, first}) decoded.Feed(frame);
  ASSERT_EQ(decoded.packets.size(), 2u);
  EXPECT_EQ(decoded.packets[0].transport, Transport::kTcp);
  EXPECT_EQ(decoded.packets[1].transport, Transport::kTcp);
}

TEST(FragmentsV6, AFragmentOfAFragmentIsMalformed) {
  const ByteVector body = Ipv6Fragment(Tcp(Numbered(900)), 0x0191);
  DecodedFrames decoded;
  for (const ByteVector& packet : FragmentsOf(true, body, 400, 44))
    decoded.Feed(OnEthernet(packet));
  EXPECT_TRUE(decoded.packets.empty());
  EXPECT_EQ(decoded.counters().malformed, 1u);
}

TEST(FragmentsV4, OfDifferentProtocolsAreKeptApart) {
  const ByteVector tcp = Tcp(Numbered(500));
  const ByteVector udp = Udp(Numbered(524));
  DecodedFrames decoded;
  decoded.Feed(OnEthernet(FragmentOf(false, tcp, {0, 264}, kProtocolTcp)));
  decoded.Feed(OnEthernet(FragmentOf(false, udp, {264, 268}, kProtocolUdp)));
  EXPECT_TRUE(decoded.packets.empty());
  decoded.Feed(OnEthernet(FragmentOf(false, tcp, {264, 268}, kProtocolTcp)));
  ASSERT_EQ(decoded.payloads.size(), 1u);
  EXPECT_EQ(decoded.payloads[0], Numbered(500));
}

// However a datagram is cut and shuffled, it comes out once and as it was, or not at all.
TEST(FragmentsAtRandom, GiveTheDatagramOrNothing) {
  std::mt19937 random(8200);
  DecodedFrames decoded;
  for (uint32_t round = 0; round < 400; ++round) {
    const ByteVector payload = Numbered(100 + random() % 3000);
    const ByteVector segment = Tcp(payload);
    const bool v6 = random() % 2 == 0;
    std::vector<ByteVector> packets;
    for (size_t at = 0; at < segment.size();) {
      const size_t length = std::min<size_t>(8 * (1 + random() % 60), segment.size() - at);
      packets.push_back(FragmentOf(v6, segment, {at, length}, kProtocolTcp, round));
      at += length;
    }
    const bool lost = random() % 4 == 0 && packets.size() > 1;
    std::shuffle(packets.begin(), packets.end(), random);
    if (lost) packets.pop_back();
    const size_t before = decoded.packets.size();
    const bool possible = !lost && packets.size() <= FragmentTable::kMaxFragments;
    for (const ByteVector& packet : packets) decoded.Feed(OnEthernet(packet));
    ASSERT_EQ(decoded.packets.size() - before, possible ? 1u : 0u);
    if (possible) {
      ASSERT_EQ(decoded.payloads.back(), payload);
    }
    decoded.now += random() % kSecondUs;
  }
  EXPECT_EQ(decoded.Outcomes(), decoded.counters().frames);
}

}  // namespace
}  // namespace gnomon::decode
