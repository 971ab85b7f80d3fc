// However a hello is cut into CRYPTO frames, and however these are spread over packets and
// datagrams, it gives one and the same name.
#include <gtest/gtest.h>

#include <random>

#include "agent/decode/quic_packet.h"
#include "tests/unit/agent/classify/datagrams.h"

namespace gnomon::classify {
namespace {

using test::ByteVector;
using test::CryptoFrame;
using test::Datagrams;
using test::InitialShape;
using test::SealInitial;
using test::Wire;
using ::testing::Combine;
using ::testing::Values;

enum class Order { kForward, kBackward, kOddFirst };
enum class Overlap { kNone, kHalf, kTwice };
enum class Carrier { kFramesOfOnePacket, kCoalescedPackets, kDatagrams };

class QuicMatrix : public ::testing::TestWithParam<std::tuple<size_t, Order, Overlap, Carrier>> {};

std::vector<ByteVector> Frames(const ByteVector& hello, size_t size, Order order, Overlap overlap) {
  std::vector<ByteVector> frames;
  for (size_t at = 0; at < hello.size(); at += size) {
    const size_t back = overlap == Overlap::kHalf ? std::min(at, size / 2) : 0;
    const size_t end = std::min(at + size, hello.size());
    frames.push_back(CryptoFrame(at - back, Bytes(hello).subspan(at - back, end - at + back)));
    if (overlap == Overlap::kTwice) frames.push_back(frames.back());
  }
  if (order == Order::kBackward) std::reverse(frames.begin(), frames.end());
  if (order == Order::kOddFirst) {
    size_t index = 0;
    std::stable_partition(frames.begin(), frames.end(),
                          [&](const ByteVector&) { return index++ % 2 == 1; });
  }
  return frames;
}

std::vector<ByteVector> Spread(const std::vector<ByteVector>& frames, Carrier carrier,
                               InitialShape shape) {
  std::vector<ByteVector> datagrams(1);
  if (carrier == Carrier::kFramesOfOnePacket) {
    ByteVector all;
    for (const ByteVector& frame : frames) test::Append(all, frame);
    datagrams[0] = SealInitial(shape, all);
  } else {
    if (carrier == Carrier::kCoalescedPackets) shape.packet_bytes = 0;
    for (const ByteVector& frame : frames) {
      if (carrier == Carrier::kDatagrams && !datagrams.back().empty()) datagrams.emplace_back();
      test::Append(datagrams.back(), SealInitial(shape, frame));
      ++shape.number;
    }
    // What is coalesced is not all Initial, and a short header ends the datagram.
    test::Append(datagrams.back(), testing::OtherLongPacket(shape, 1, 80));
    test::Append(datagrams.back(), test::ShortPacket(30));
  }
  return datagrams;
}

void ExpectOneName(const std::vector<ByteVector>& datagrams) {
  Wire wire;
  Datagrams flow(wire);
  uint64_t sent = 0;
  for (const ByteVector& datagram : datagrams) {
    flow.FromClient(datagram);
    sent += datagram.size();
  }
  ASSERT_EQ(wire.seen.NameTexts(), std::vector<std::string>{"quic:www.chat.example"});
  const test::Seen name = wire.seen.Names().front();
  EXPECT_EQ(wire.ServiceOf(name), "chat");
  EXPECT_EQ(name.evidence, v1::EVIDENCE_NAMED);
  EXPECT_EQ(name.tuple.transport, decode::Transport::kUdp);
  EXPECT_EQ(name.tuple.client, flow.client);
  EXPECT_EQ(name.tuple.client_port, 50000);
  flow.FromServer(test::ShortPacket(700));
  flow.FromServer(test::ShortPacket(700));
  wire.classifier.Finish(wire.now);
  EXPECT_EQ(wire.seen.Bytes(true), sent);
  EXPECT_EQ(wire.seen.Bytes(false), 1400u);
  EXPECT_EQ(wire.seen.Of(SightingKind::kEnd).size(), 1u);
  EXPECT_EQ(wire.classifier.coverage().named, 1u);
  EXPECT_EQ(wire.classifier.coverage().flows, wire.Outcomes());
  EXPECT_EQ(wire.classifier.coverage().udp_443, 0u);
}

TEST_P(QuicMatrix, OneNameAndEveryDatagramCounts) {
  const auto [size, order, overlap, carrier] = GetParam();
  const ByteVector hello = test::QuicHello("www.chat.example", 1800);
  const std::vector<ByteVector> frames = Frames(hello, size, order, overlap);
  for (const uint32_t version :
       {decode::kQuicVersion1, decode::kQuicVersion2, decode::kQuicDraft29}) {
    for (size_t id = 0; id <= decode::kQuicMaxConnectionId; ++id) {
      SCOPED_TRACE(::testing::Message() << "version " << version << ", id of " << id);
      const InitialShape shape{
          .version = version, .dcid = ByteVector(id, 0xdc), .number_length = 2};
      ExpectOneName(Spread(frames, carrier, shape));
      if (HasFatalFailure()) return;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(SplitsOrdersOverlapsAndCarriers, QuicMatrix,
                         Combine(Values(7u, 300u, 1000u, 1800u),
                                 Values(Order::kForward, Order::kBackward, Order::kOddFirst),
                                 Values(Overlap::kNone, Overlap::kHalf, Overlap::kTwice),
                                 Values(Carrier::kFramesOfOnePacket, Carrier::kCoalescedPackets,
                                        Carrier::kDatagrams)));

TEST(QuicMatrix, AnySpreadOfAHelloGivesItsName) {
  std::mt19937 random(9000);
  for (int round = 0; round < 300; ++round) {
    const std::string host = "h" + std::to_string(random() % 1000) + ".chat.example";
    const ByteVector hello = test::QuicHello(host, 300 + random() % 3000);
    InitialShape shape{.number_length = 2};
    shape.dcid.resize(random() % 21, static_cast<uint8_t>(random()));
    const size_t largest = 1 + random() % hello.size();
    std::vector<ByteVector> frames;
    for (size_t at = 0; at < hello.size();) {
      const size_t end = std::min(at + 1 + random() % largest, hello.size());
      const size_t back = std::min<size_t>(at, random() % 50);
      frames.push_back(CryptoFrame(at - back, Bytes(hello).subspan(at - back, end - at + back)));
      if (random() % 4 == 0) frames.push_back({0x01});  // PING
      if (random() % 4 == 0) frames.push_back(ByteVector(random() % 40, 0));
      at = end;
    }
    std::shuffle(frames.begin(), frames.end(), random);
    Wire wire;
    Datagrams flow(wire);
    ByteVector packet, datagram;
    for (size_t i = 0; i < frames.size(); ++i) {
      test::Append(packet, frames[i]);
      const bool last = i + 1 == frames.size();
      if (!last && random() % 3 != 0) continue;
      shape.packet_bytes = random() % 2 == 0 ? 0 : 1200;
      test::Append(datagram, SealInitial(shape, std::exchange(packet, {})));
      ++shape.number;
      if (last || random() % 2 == 0) flow.FromClient(std::exchange(datagram, {}));
    }
    ASSERT_EQ(wire.seen.NameTexts(), std::vector<std::string>{"quic:" + host}) << "round " << round;
  }
}

}  // namespace
}  // namespace gnomon::classify
