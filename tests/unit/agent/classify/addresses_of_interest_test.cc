// What classify asks for and what it does without: the two ends of a kernel filter.
#include "agent/classify/addresses_of_interest.h"

#include <gmock/gmock.h>

#include "agent/classify/resolver.h"
#include "tests/unit/agent/classify/traffic.h"

namespace gnomon::classify {
namespace {

using test::ByteVector;
using test::Ciphertext;
using test::Connection;
using test::NamedHello;
using test::Text;
using test::V4;
using test::Wire;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const decode::IpAddress kServer = V4(192, 0, 2, 7);

struct Item {
  decode::IpAddress address;
  uint16_t port;
  InterestScope scope;
  bool wanted;
  bool operator==(const Item&) const = default;
};

std::vector<Item> ItemsOf(const AddressesOfInterest& interests) {
  std::vector<Item> items;
  interests.ForEach([&](const Interest& what, bool wanted) {
    items.push_back({what.address, what.port, what.scope, wanted});
  });
  return items;
}
std::vector<Item> ItemsOf(const Wire& wire) {
  return ItemsOf(wire.classifier.interests());
}

const Item kWholeServer{kServer, 0, InterestScope::kAddress, true};

TEST(AddressesOfInterest, AddressesOfCatalogueHostsAreWantedAsLongAsTheAnswerHolds) {
  Wire wire;
  const uint64_t before = wire.classifier.interests().generation();
  wire.Dns("www.example.org", V4(192, 0, 2, 9), 300);
  EXPECT_EQ(wire.classifier.interests().generation(), before);
  wire.Dns("chat.example", kServer, 300);
  EXPECT_THAT(ItemsOf(wire), ElementsAre(kWholeServer));
  const uint64_t learned = wire.classifier.interests().generation();
  EXPECT_NE(learned, before);
  wire.Dns("chat.example", kServer, 300);
  EXPECT_EQ(wire.classifier.interests().generation(), learned) << "nothing new, nothing to compile";
  wire.classifier.ExpireIdle(wire.now + 300 * kSecondUs + Resolver::kGrace - 1);
  EXPECT_THAT(ItemsOf(wire), ElementsAre(kWholeServer));
  wire.classifier.ExpireIdle(wire.now + 300 * kSecondUs + Resolver::kGrace);
  EXPECT_THAT(ItemsOf(wire), IsEmpty());
}

TEST(AddressesOfInterest, ServerOfANamedFlowIsWantedWhileTheFlowLives) {
  ClassifierOptions options;
  options.idle = kFilteredIdle;
  Wire wire(options);
  Connection connection(wire);
  connection.Open();
  EXPECT_THAT(ItemsOf(wire), IsEmpty());
  const ByteVector hello = NamedHello("chat.example");
  connection.FromClient(0, hello);
  EXPECT_THAT(ItemsOf(wire), ElementsAre(kWholeServer));
  wire.now += 3700 * kSecondUs;  // over an hour, and still in use
  connection.FromServer(0, Ciphertext(100));
  wire.classifier.ExpireIdle(wire.now);
  EXPECT_THAT(ItemsOf(wire), ElementsAre(kWholeServer));
  connection.Reset();
  wire.classifier.ExpireIdle(wire.now);
  EXPECT_THAT(ItemsOf(wire), IsEmpty());
}

TEST(AddressesOfInterest, FlowThroughAProxyIsWantedAndNotTheProxy) {
  Wire wire;
  Connection connection(wire);
  connection.server_port = 3128;
  connection.Open();
  connection.FromClient(0, Text("CONNECT chat.example:443 HTTP/1.1\r\n\r\n"));
  EXPECT_THAT(ItemsOf(wire), ElementsAre(Item{kServer, 50000, InterestScope::kFlow, true}));
  connection.Reset();
  wire.classifier.ExpireIdle(wire.now);
  EXPECT_THAT(ItemsOf(wire), IsEmpty());
}

TEST(AddressesOfInterest, RequestForAWholeUrlIsAProxysToo) {
  Wire wire;
  Connection connection(wire);
  connection.server_port = 3128;
  connection.Open();
  connection.FromClient(0, Text("GET http://chat.example/ HTTP/1.1\r\nHost: chat.example\r\n\r\n"));
  EXPECT_THAT(ItemsOf(wire), ElementsAre(Item{kServer, 50000, InterestScope::kFlow, true}));
}

TEST(AddressesOfInterest, FlowOfNoServiceThatSendsMuchIsUnwantedUntilItsEnd) {
  Wire wire;
  Connection connection(wire);
  connection.Open();
  const ByteVector hello = NamedHello("www.example.org");
  connection.FromClient(0, hello);
  auto at = static_cast<uint32_t>(hello.size());
  for (int i = 0; i < 63; ++i, at += 1000) connection.FromClient(at, Ciphertext(1000));
  EXPECT_THAT(ItemsOf(wire), IsEmpty());
  connection.FromClient(at, Ciphertext(1000));
  // The filter sees the server in one end or in the other.
  EXPECT_THAT(ItemsOf(wire),
              UnorderedElementsAre(Item{kServer, 50000, InterestScope::kFlow, false},
                                   Item{connection.client, 443, InterestScope::kFlow, false}));
  // The same ports, another connection.
  connection.client_isn += 1'000'000'000;
  connection.Syn();
  EXPECT_THAT(ItemsOf(wire), IsEmpty());
}

TEST(AddressesOfInterest, MoreThanThereIsRoomForMakesEverythingWanted) {
  AddressesOfInterest interests(2, KeyedHash::WithRandomKey());
  interests.Learn({V4(10, 0, 0, 1)}, 100);
  interests.Learn({V4(10, 0, 0, 2)}, 200);
  EXPECT_FALSE(interests.everything());
  interests.Learn({V4(10, 0, 0, 3)}, 300);
  EXPECT_TRUE(interests.everything());
  const uint64_t full = interests.generation();
  interests.Learn({V4(10, 0, 0, 4)}, 250);
  EXPECT_EQ(interests.generation(), full);
  interests.Expire(299);
  EXPECT_TRUE(interests.everything());
  interests.Expire(300);
  EXPECT_FALSE(interests.everything());
  EXPECT_THAT(ItemsOf(interests), IsEmpty());
}

TEST(AddressesOfInterest, OldestUnwantedFlowMakesRoomForTheNext) {
  AddressesOfInterest interests(2, KeyedHash::WithRandomKey());
  decode::Packet packet;
  packet.src = V4(10, 0, 0, 1);
  packet.dst = kServer;
  packet.dport = 443;
  for (uint32_t i = 0; i < AddressesOfInterest::kMaxUnwanted + 5; ++i) {
    packet.sport = static_cast<uint16_t>(40000 + i);
    interests.Refuse(packet);
  }
  EXPECT_EQ(ItemsOf(interests).size(), 2u * AddressesOfInterest::kMaxUnwanted);
  const uint64_t before = interests.generation();
  interests.TakeBack(packet.src, 40000, packet.dst, 443);  // long gone
  EXPECT_EQ(interests.generation(), before);
  interests.TakeBack(packet.dst, 443, packet.src, packet.sport);  // from the other side
  EXPECT_EQ(ItemsOf(interests).size(), 2u * (AddressesOfInterest::kMaxUnwanted - 1));
}

TEST(HeldBack, FirstWordsOfTheServerAreToldFromWhatTheClientAcknowledges) {
  Wire wire;
  Connection connection(wire);
  connection.Open();
  const ByteVector hello = NamedHello("chat.example");
  connection.FromClient(0, hello);
  connection.acknowledged = 4000;  // of which no packet came
  connection.FromClient(static_cast<uint32_t>(hello.size()), Ciphertext(64));
  const auto data = wire.seen.Of(SightingKind::kData);
  ASSERT_EQ(data.size(), 3u);
  EXPECT_FALSE(data[1].upstream);
  EXPECT_EQ(data[1].bytes, 4000u);
  EXPECT_TRUE(data[2].upstream);
  // Those that come late, and what follows, count once.
  connection.FromServer(3000, Ciphertext(1500));
  connection.acknowledged = 9000;
  connection.FromClient(static_cast<uint32_t>(hello.size()) + 64, Ciphertext(10));
  EXPECT_EQ(wire.seen.Bytes(false), 4500u);
}

TEST(HeldBack, FlowInMidStreamIsDecidedOnceItsServerHasAnswered) {
  Wire wire;
  Connection connection(wire);
  connection.FromClient(5000, Ciphertext(50));
  EXPECT_EQ(wire.classifier.coverage().mid_stream, 0u);
  connection.acknowledged = 1000;
  connection.FromClient(5050, Ciphertext(50));
  EXPECT_EQ(wire.classifier.coverage().mid_stream, 1u);
  wire.classifier.Finish(wire.now);
  EXPECT_EQ(wire.Outcomes(), wire.classifier.coverage().flows);
}

TEST(HeldBack, HelloWithAHoleIsGivenUpOnceItsServerHasSaidMuch) {
  Wire wire;
  Connection connection(wire);
  connection.Open();
  const ByteVector hello = NamedHello("chat.example");
  connection.FromClient(20, Bytes(hello).subspan(20));
  connection.acknowledged = 70'000;
  connection.FromClient(static_cast<uint32_t>(hello.size()), Ciphertext(50));
  EXPECT_EQ(wire.classifier.coverage().hello_incomplete, 1u);
}

TEST(HeldBack, SilentFlowIsNoNewOneWhereKeepAlivesDoNotCome) {
  ClassifierOptions options;
  options.idle = kFilteredIdle;
  Wire wire(options);
  Connection connection(wire);
  connection.Open();
  const ByteVector hello = NamedHello("www.example.org");
  connection.FromClient(0, hello);
  for (int i = 0; i < 5; ++i) {
    wire.now += 1500 * kSecondUs;
    wire.classifier.ExpireIdle(wire.now);
    connection.FromClient(static_cast<uint32_t>(hello.size()) + 10 * i, Ciphertext(10));
  }
  wire.classifier.Finish(wire.now);
  EXPECT_EQ(wire.classifier.coverage().flows, 1u);
  EXPECT_EQ(wire.classifier.coverage().mid_stream, 0u);
}

}  // namespace
}  // namespace gnomon::classify
