// However a hello is cut into segments, and in whatever order they come, it gives one and the same
// name, and every byte of the stream counts once.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "agent/classify/sequence_tracker.h"
#include "tests/unit/agent/classify/traffic.h"

namespace gnomon::classify {
namespace {

using test::ByteVector;
using test::Connection;
using test::Hello;
using test::NamedHello;
using test::Wire;
using ::testing::Combine;
using ::testing::Values;

struct Cut {
  uint32_t begin;
  uint32_t end;
};

enum class Order { kForward, kBackward, kOddFirst };
enum class Repeat { kNone, kEach, kOverlap };
enum class Start { kHandshake, kSynAckOnly, kMidStream };

class SegmentMatrix
    : public ::testing::TestWithParam<std::tuple<uint32_t, Order, Repeat, Start, uint32_t>> {};

std::vector<Cut> Cuts(uint32_t length, uint32_t size, Order order, Repeat repeat) {
  std::vector<Cut> cuts;
  for (uint32_t at = 0; at < length; at += size) {
    const uint32_t back = repeat == Repeat::kOverlap ? std::min(at, size / 2) : 0;
    cuts.push_back({at - back, std::min(at + size, length)});
  }
  if (order == Order::kBackward) std::reverse(cuts.begin(), cuts.end());
  if (order == Order::kOddFirst) {
    size_t index = 0;
    std::stable_partition(cuts.begin(), cuts.end(), [&](const Cut&) { return index++ % 2 == 1; });
  }
  if (repeat == Repeat::kEach) {
    std::vector<Cut> twice;
    for (const Cut& cut : cuts) twice.insert(twice.end(), {cut, cut});
    return twice;
  }
  return cuts;
}

TEST_P(SegmentMatrix, OneNameAndEveryByteOnce) {
  const auto [size, order, repeat, start, isn] = GetParam();
  Wire wire;
  Connection connection(wire);
  connection.client_isn = isn;
  const ByteVector hello = Hello({.name = "www.chat.example", .ech = true, .padding = 1200});
  if (start == Start::kHandshake) connection.Open();
  if (start == Start::kSynAckOnly) connection.SynAck();
  const auto length = static_cast<uint32_t>(hello.size());
  for (const Cut& cut : Cuts(length, size, order, repeat)) {
    connection.FromClient(cut.begin, Bytes(hello).subspan(cut.begin, cut.end - cut.begin));
  }
  ASSERT_EQ(wire.seen.NameTexts(), std::vector<std::string>{"tls:www.chat.example"});
  const test::Seen name = wire.seen.Names().front();
  EXPECT_EQ(wire.ServiceOf(name), "chat");
  EXPECT_EQ(name.tuple.client, connection.client);
  EXPECT_EQ(name.tuple.client_port, 50000);
  EXPECT_EQ(name.tuple.server_port, 443);
  EXPECT_FALSE(name.ech) << "the extension alone is GREASE";

  const ByteVector answer = test::Ciphertext(4000);
  connection.FromServer(0, answer);
  connection.FromServer(0, answer);
  wire.classifier.Finish(wire.now);
  // Odd segments first open one hole for each pair: with many of them some bytes are given up.
  const bool few_holes =
      order != Order::kOddFirst || length / size / 2 <= uint32_t{SequenceTracker::kMaxHoles};
  if (few_holes) {
    EXPECT_EQ(wire.seen.Bytes(true), length);
  } else {
    EXPECT_LE(wire.seen.Bytes(true), length);
  }
  EXPECT_EQ(wire.seen.Bytes(false), 4000u);
  EXPECT_EQ(wire.seen.Of(SightingKind::kEnd).size(), 1u);
  EXPECT_EQ(wire.classifier.coverage().flows, 1u);
  EXPECT_EQ(wire.classifier.coverage().named, 1u);
  EXPECT_EQ(wire.Outcomes(), 1u);
}

INSTANTIATE_TEST_SUITE_P(SplitsOrdersOverlapsAndStarts, SegmentMatrix,
                         Combine(Values(1u, 2u, 5u, 100u, 517u, 1200u, 65535u),
                                 Values(Order::kForward, Order::kBackward, Order::kOddFirst),
                                 Values(Repeat::kNone, Repeat::kEach, Repeat::kOverlap),
                                 Values(Start::kHandshake, Start::kSynAckOnly, Start::kMidStream),
                                 Values(1000u, 0xffffff00u)));

TEST(Segments, AnySegmentationOfAHelloGivesItsName) {
  std::mt19937 random(20);
  for (int round = 0; round < 400; ++round) {
    const std::string host = "h" + std::to_string(random() % 1000) + ".chat.example";
    const ByteVector hello = Hello(
        {.name = host, .ech = false, .padding = random() % 1500, .record = 20 + random() % 3000});
    Wire wire;
    Connection connection(wire);
    connection.client_isn = random();
    if (random() % 2 == 0) connection.Open();
    const auto length = static_cast<uint32_t>(hello.size());
    const uint32_t largest = 1 + random() % length;
    std::vector<Cut> cuts;
    for (uint32_t at = 0; at < length;) {
      const uint32_t end = std::min<uint32_t>(at + 1 + random() % largest, length);
      cuts.push_back({at - std::min<uint32_t>(at, random() % 100), end});
      if (random() % 4 == 0) cuts.push_back({at, end});
      at = end;
    }
    std::shuffle(cuts.begin(), cuts.end(), random);
    for (const Cut& cut : cuts) {
      connection.FromClient(cut.begin, Bytes(hello).subspan(cut.begin, cut.end - cut.begin));
    }
    ASSERT_EQ(wire.seen.NameTexts(), std::vector<std::string>{"tls:" + host}) << "round " << round;
    wire.classifier.Finish(wire.now);
    ASSERT_LE(wire.seen.Bytes(true), length);
  }
}

TEST(Segments, BytesOfAStreamCountOnceWhateverIsRetransmitted) {
  std::mt19937 random(21);
  for (int round = 0; round < 100; ++round) {
    Wire wire;
    Connection connection(wire);
    connection.server_isn = random();
    connection.Open();
    connection.FromClient(0, NamedHello("chat.example"));
    constexpr uint32_t kLength = 300'000;
    const ByteVector stream = test::Ciphertext(kLength);
    for (uint32_t at = 0; at < kLength;) {
      // Up to a large segment as offloading makes it; neighbours swap, some come again.
      const uint32_t first = std::min<uint32_t>(1 + random() % 64000, kLength - at);
      const uint32_t second = std::min<uint32_t>(1 + random() % 1460, kLength - at - first);
      const bool swap = random() % 2 == 0;
      const auto send = [&](uint32_t begin, uint32_t count) {
        if (count > 0) connection.FromServer(begin, Bytes(stream).subspan(begin, count));
      };
      if (swap) send(at + first, second);
      send(at, first);
      if (!swap) send(at + first, second);
      if (random() % 3 == 0) send(at - std::min<uint32_t>(at, random() % 5000), first);
      at += first + second;
    }
    ASSERT_EQ(wire.seen.Bytes(false), kLength);
  }
}

TEST(Segments, StrayBytesOnAPureAckYieldToTheHelloBehindThem) {
  Wire wire;
  Connection connection(wire);
  connection.Open();
  const ByteVector stray = {0x00, 0x00};
  const ByteVector hello = NamedHello("chat.example");
  connection.FromClient(0, stray);
  connection.FromClient(0, hello);
  EXPECT_EQ(wire.seen.NameTexts(), std::vector<std::string>{"tls:chat.example"});
  // And again behind it, as such senders do for each ACK.
  const auto end = static_cast<uint32_t>(hello.size());
  connection.FromClient(end, stray);
  connection.FromClient(end, test::Ciphertext(100));
  EXPECT_EQ(wire.seen.Bytes(true), hello.size() + 100);
}

TEST(Segments, StrayBytesInTheMiddleOfAHelloYieldToo) {
  Wire wire;
  Connection connection(wire);
  connection.Open();
  const ByteVector stray = {0xff};
  const ByteVector hello = Hello({.name = "chat.example", .padding = 1000});
  connection.FromClient(0, Bytes(hello).first(40));
  connection.FromClient(40, stray);
  connection.FromClient(40, Bytes(hello).subspan(40));
  EXPECT_EQ(wire.seen.NameTexts(), std::vector<std::string>{"tls:chat.example"});
}

TEST(Segments, ANameInFrontOfTheSnapLengthIsFound) {
  Wire wire;
  Connection connection(wire);
  connection.Open();
  const ByteVector hello = Hello({.name = "chat.example", .ech = true});
  connection.FromClient(0, Bytes(hello).first(hello.size() - 15), 1400);
  EXPECT_EQ(wire.seen.NameTexts(), std::vector<std::string>{"tls:chat.example"});
  EXPECT_EQ(wire.seen.Bytes(true), 1400u) << "the length on the wire counts, not what was captured";
}

TEST(Segments, ANameBehindTheSnapLengthIsCountedAsIncomplete) {
  Wire wire;
  Connection connection(wire);
  connection.Open();
  const ByteVector hello = Hello({.name = "chat.example", .padding = 1000});
  connection.FromClient(0, Bytes(hello).first(200), static_cast<uint32_t>(hello.size()));
  connection.FromServer(0, test::Ciphertext(100), 40'000);
  EXPECT_EQ(wire.classifier.coverage().hello_incomplete, 0u) << "it may still come again";
  connection.FromServer(40'000, test::Ciphertext(100), 40'000);
  EXPECT_EQ(wire.classifier.coverage().hello_incomplete, 1u);
  EXPECT_TRUE(wire.seen.all.empty());
}

TEST(Segments, AHelloOverTheLimitIsGivenUp) {
  ClassifierOptions options;
  options.max_hello_bytes = 2000;
  Wire wire(options);
  Connection connection(wire);
  connection.Open();
  const ByteVector hello = Hello({.name = "chat.example", .padding = 4000});
  for (uint32_t at = 0; at < 4000; at += 500)
    connection.FromClient(at, Bytes(hello).subspan(at, 500));
  EXPECT_EQ(wire.classifier.coverage().hello_incomplete, 1u);
}

TEST(Segments, WhenAllBuffersAreUsedTheOldestHelloIsGivenUp) {
  ClassifierOptions options;
  options.max_hellos = 2;
  Wire wire(options);
  const ByteVector hello = Hello({.name = "chat.example", .padding = 1000});
  std::vector<Connection> connections(3, Connection(wire));
  for (uint16_t i = 0; i < 3; ++i) {
    connections[i].client_port = static_cast<uint16_t>(50000 + i);
    connections[i].Open();
    connections[i].FromClient(0, Bytes(hello).first(500));
  }
  EXPECT_EQ(wire.classifier.coverage().hello_incomplete, 1u);
  for (Connection& connection : connections) connection.FromClient(500, Bytes(hello).subspan(500));
  const std::vector<test::Seen> names = wire.seen.Names();
  ASSERT_EQ(names.size(), 2u);
  EXPECT_EQ(names[0].tuple.client_port, 50001);
  EXPECT_EQ(names[1].tuple.client_port, 50002);
}

}  // namespace
}  // namespace gnomon::classify
