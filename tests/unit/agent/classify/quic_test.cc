#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/agent/classify/datagrams.h"
#include "tests/unit/agent/decode/gquic_builder.h"

namespace gnomon::classify {
namespace {

using test::ByteVector;
using test::CryptoFrame;
using test::Datagrams;
using test::InitialShape;
using test::NamedInitial;
using test::QuicHello;
using test::SealInitial;
using test::ShortPacket;
using test::Wire;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The parts of a hello that does not fit into one datagram.
ByteVector FirstPart(const ByteVector& hello, const InitialShape& shape) {
  return SealInitial(shape, CryptoFrame(0, Bytes(hello).first(1000)));
}
ByteVector SecondPart(const ByteVector& hello, const InitialShape& shape) {
  return SealInitial(shape, CryptoFrame(1000, Bytes(hello).subspan(1000)));
}

TEST(Quic, AFlowGivesItsNameThenEveryDatagramThenItsEndWhenIdle) {
  Wire wire;
  Datagrams flow(wire);
  flow.FromClient(NamedInitial("www.helper.example"));
  flow.FromServer(
      SealInitial({.dcid = {}, .from_server = true}, CryptoFrame(0, ByteVector(90, 2))));
  flow.FromClient(ShortPacket(80));
  flow.FromServer(ShortPacket(1250));
  std::vector<uint32_t> up, down;
  for (const test::Seen& seen : wire.seen.Of(SightingKind::kData))
    (seen.upstream ? up : down).push_back(seen.bytes);
  EXPECT_THAT(up, ElementsAre(1200, 80));
  EXPECT_THAT(down, ElementsAre(1200, 1250));
  EXPECT_EQ(wire.seen.all.front().kind, SightingKind::kName);
  EXPECT_EQ(wire.ServiceOf(wire.seen.all.front()), "helper");
  EXPECT_THAT(wire.seen.Of(SightingKind::kEnd), IsEmpty());
  wire.now += 301 * kSecondUs;
  wire.classifier.ExpireIdle(wire.now);
  EXPECT_EQ(wire.seen.all.back().kind, SightingKind::kEnd);
  EXPECT_EQ(wire.seen.all.back().via, Via::kQuic);
}

TEST(Quic, GooglesOwnVersionsGiveTheirNameOnAnyPort) {
  using namespace gnomon::testing;  // NOLINT: the builders read as layers
  const ByteVector chlo = NamedChlo("www.chat.example");
  const ByteVector frames = GquicFrames(chlo);
  for (const ByteVector& first : {Q043Packet(frames), Q046Packet(frames), Q050Packet(chlo)}) {
    for (const uint16_t port : {443, 8443}) {
      Wire wire;
      Datagrams flow(wire);
      flow.server_port = port;
      flow.FromClient(first);
      flow.FromServer(ShortPacket(1200));
      flow.FromClient(first);  // the same connection: its second hello, with the server's token
      EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("quic:www.chat.example"));
      EXPECT_EQ(wire.seen.Bytes(true), 2 * first.size());
      EXPECT_EQ(wire.seen.Bytes(false), 1200u);
      wire.classifier.Finish(wire.now);
      EXPECT_EQ(wire.classifier.coverage().named, 1u);
      EXPECT_EQ(wire.classifier.coverage().flows, 1u);
      EXPECT_EQ(wire.classifier.coverage().udp_443, 0u);
    }
  }
}

TEST(Quic, ANameOutsideTheCatalogueIsCountedAndShownOnlyWhereAskedFor) {
  for (const bool all_names : {false, true}) {
    ClassifierOptions options;
    options.all_names = all_names;
    Wire wire(options);
    Datagrams flow(wire);
    flow.FromClient(NamedInitial("blog.example"));
    flow.FromServer(ShortPacket(500));
    wire.classifier.Finish(wire.now);
    EXPECT_EQ(wire.seen.all.size(), all_names ? 1u : 0u);
    EXPECT_EQ(wire.classifier.coverage().named, 1u);
    EXPECT_EQ(wire.classifier.coverage().udp_443, 0u);
  }
}

TEST(Quic, TheRestOfAHelloMayGoToTheConnectionIdThatTheServerChose) {
  Wire wire;
  Datagrams flow(wire);
  const ByteVector hello = QuicHello("chat.example", 1800);
  const InitialShape first;
  InitialShape later{.dcid = {4, 4, 4, 4, 4}, .key_dcid = first.dcid};
  // The name stands in the part that comes last.
  flow.FromClient(SecondPart(hello, first));
  flow.FromServer(
      SealInitial({.dcid = first.scid, .key_dcid = first.dcid, .from_server = true}, {}));
  flow.FromClient(SealInitial(later, {0x02, 0x00, 0x00, 0x00, 0x00}));
  EXPECT_THAT(wire.seen.NameTexts(), IsEmpty());
  flow.FromClient(FirstPart(hello, later));
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("quic:chat.example"));
}

TEST(Quic, AfterARetryTheKeysComeFromTheNewConnectionId) {
  Wire wire;
  Datagrams flow(wire);
  // The name stands in the second part.
  const ByteVector hello =
      test::BuildHello({.server_name = "chat.example", .extra = {{21, ByteVector(1400)}}});
  flow.FromClient(SecondPart(hello, {}));
  flow.FromServer(testing::RetryPacket({.dcid = {1, 2, 3}, .scid = {7, 7, 7, 7}}));
  const InitialShape again{.dcid = {7, 7, 7, 7}, .token = ByteVector(24, 5)};
  flow.FromClient(FirstPart(hello, again));
  EXPECT_THAT(wire.seen.NameTexts(), IsEmpty()) << "it begins anew: what came before is gone";
  flow.FromClient(SecondPart(hello, again));
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("quic:chat.example"));
}

TEST(Quic, ARetryOfAFlowThatHasItsNameBeginsNoSecondFlow) {
  Wire wire;
  Datagrams flow(wire);
  flow.FromClient(NamedInitial("chat.example"));
  flow.FromServer(testing::RetryPacket({.dcid = {1, 2, 3}, .scid = {7, 7, 7, 7}}));
  flow.FromClient(NamedInitial("chat.example", {.dcid = {7, 7, 7, 7}, .token = {5, 5}}));
  flow.FromClient(NamedInitial("chat.example")) /* sent again, overtaken by the Retry */;
  wire.classifier.Finish(wire.now);
  EXPECT_EQ(wire.seen.Names().size(), 1u);
  EXPECT_EQ(wire.classifier.coverage().named, 1u);
  EXPECT_EQ(wire.seen.Bytes(true), 3600u);
}

TEST(Quic, AnotherConnectionOnTheSamePortsIsAnotherFlow) {
  Wire wire;
  Datagrams flow(wire);
  flow.FromClient(NamedInitial("chat.example"));
  flow.FromClient(ShortPacket(400));
  flow.FromClient(NamedInitial("www.helper.example", {.dcid = {9, 8, 7, 6, 5, 4, 3, 2}}));
  wire.classifier.Finish(wire.now);
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("quic:chat.example", "quic:www.helper.example"));
  const std::vector<test::Seen> names = wire.seen.Names();
  EXPECT_NE(names[0].flow, names[1].flow);
  EXPECT_EQ(wire.seen.Of(SightingKind::kEnd).size(), 2u);
  EXPECT_EQ(wire.classifier.coverage().named, 2u);
}

TEST(Quic, AConnectionBehindAnUnknownVersionIsFoundOnceTheVersionIsKnown) {
  Wire wire;
  Datagrams flow(wire);
  flow.FromClient(NamedInitial("chat.example", {.version = 0x1a2a3a4a}));
  flow.FromServer(SealInitial({.version = 0}, {}));
  EXPECT_THAT(wire.seen.all, IsEmpty());
  EXPECT_EQ(wire.classifier.coverage().udp_443, 1u);
  flow.FromClient(NamedInitial("chat.example"));
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("quic:chat.example"));
}

TEST(Quic, TheClientIsWhoSentTheHelloWhateverThePorts) {
  Wire wire;
  Datagrams flow(wire);
  flow.client_port = 443;
  flow.server_port = 60443;
  flow.FromClient(NamedInitial("chat.example"));
  ASSERT_EQ(wire.seen.Names().size(), 1u);
  EXPECT_EQ(wire.seen.Names()[0].tuple.client_port, 443);
}

TEST(Quic, OtherPortsNeedAWholeInitialInADatagramOf1200Bytes) {
  Wire wire;
  Datagrams flow(wire);
  flow.server_port = 4443;
  const ByteVector initial = NamedInitial("chat.example", {.packet_bytes = 1199});
  flow.FromClient(initial);
  flow.FromClient(ByteVector(1300, 0xc0));
  flow.FromClient(ShortPacket(1300));
  wire.classifier.Finish(wire.now);
  EXPECT_THAT(wire.seen.all, IsEmpty());
  EXPECT_EQ(wire.classifier.coverage().udp_443, 0u) << "no QUIC, so not of interest";
  flow.FromClient(NamedInitial("chat.example"));
  flow.FromServer(ShortPacket(333));
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("quic:chat.example"));
  EXPECT_EQ(wire.seen.Bytes(false), 333u);
}

TEST(Quic, ADamagedInitialIsPassedOverAndTheFlowCounted) {
  Wire wire;
  Datagrams flow(wire);
  ByteVector initial = NamedInitial("chat.example");
  initial.back() ^= 1;
  flow.FromClient(initial);
  EXPECT_EQ(wire.classifier.coverage().udp_443, 0u) << "it may come again";
  wire.classifier.Finish(wire.now);
  EXPECT_THAT(wire.seen.all, IsEmpty());
  EXPECT_EQ(wire.classifier.coverage().udp_443, 1u);
  EXPECT_EQ(wire.classifier.coverage().flows, 0u);

  flow.FromClient(initial);
  initial.back() ^= 1;
  flow.FromClient(initial);
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("quic:chat.example"));
  EXPECT_EQ(wire.seen.Bytes(true), 2400u);
}

TEST(Quic, WhatTheSnapLengthCutsOffIsCountedNotGuessed) {
  Wire wire;
  Datagrams flow(wire);
  const ByteVector initial = NamedInitial("chat.example");
  wire.Dns("chat.example", flow.server, 300);
  for (const uint16_t port : {uint16_t{443}, uint16_t{8443}}) {
    flow.server_port = port;
    flow.FromClient(Bytes(initial).first(256), 1200);
    flow.FromServer(ShortPacket(256), 40'000);
    flow.FromServer(ShortPacket(256), 40'000);
  }
  EXPECT_EQ(wire.classifier.coverage().udp_443, 2u);
  wire.classifier.Finish(wire.now);
  EXPECT_THAT(wire.seen.all, IsEmpty());
  EXPECT_EQ(wire.classifier.coverage().udp_443, 2u);
}

TEST(Quic, AHelloWithoutANameGetsWhatDnsSaysOfItsServer) {
  const ByteVector nameless = SealInitial(
      {}, CryptoFrame(0, test::BuildHello({.server_name = std::nullopt, .alpn = {"h3"}})));
  for (const bool known : {true, false}) {
    Wire wire;
    Datagrams flow(wire);
    if (known) wire.Dns("chat.example", flow.server, 300);
    flow.FromClient(nameless);
    flow.FromServer(ShortPacket(400));
    wire.classifier.Finish(wire.now);
    EXPECT_EQ(wire.classifier.coverage().resolved, known ? 1u : 0u);
    EXPECT_EQ(wire.classifier.coverage().udp_443, known ? 0u : 1u);
    EXPECT_EQ(wire.classifier.coverage().flows, wire.Outcomes());
    EXPECT_EQ(wire.seen.Bytes(false), known ? 400u : 0u);
  }
}

TEST(Quic, AnOuterNameWithTheExtensionIsAnEncryptedHello) {
  ClassifierOptions options;
  options.all_names = true;
  Wire wire(options);
  Datagrams flow(wire);
  const ByteVector hello =
      test::BuildHello({.server_name = "cloudflare-ech.com", .ech = true, .message_bytes = 1800});
  flow.FromClient(FirstPart(hello, {}));
  flow.FromClient(SecondPart(hello, {}));
  ASSERT_EQ(wire.seen.Names().size(), 1u);
  EXPECT_TRUE(wire.seen.Names()[0].ech);
}

TEST(Quic, CryptoThatIsNoHelloOrOverTheLimitIsGivenUp) {
  ByteVector not_hello = QuicHello("chat.example");
  not_hello[0] = 2;
  const ByteVector frames[] = {CryptoFrame(0, not_hello), CryptoFrame(20'000, ByteVector(10, 1)),
                               CryptoFrame((uint64_t{1} << 62) - 1, ByteVector(1, 1)),
                               ByteVector{0x08, 0x00}};
  for (const ByteVector& frame : frames) {
    Wire wire;
    Datagrams flow(wire);
    flow.FromClient(SealInitial({}, frame));
    EXPECT_EQ(wire.classifier.coverage().udp_443, 1u);
    EXPECT_THAT(wire.seen.all, IsEmpty());
  }
}

TEST(Quic, WhenAllBuffersAreUsedTheOldestHelloIsGivenUp) {
  ClassifierOptions options;
  options.max_hellos = 2;
  Wire wire(options);
  const ByteVector hello = QuicHello("chat.example", 1800);
  std::vector<Datagrams> flows(3, Datagrams(wire));
  for (uint16_t i = 0; i < 3; ++i) {
    flows[i].client_port = static_cast<uint16_t>(50000 + i);
    flows[i].FromClient(SecondPart(hello, {}));
  }
  EXPECT_EQ(wire.classifier.coverage().udp_443, 1u);
  for (Datagrams& flow : flows) flow.FromClient(FirstPart(hello, {}));
  const std::vector<test::Seen> names = wire.seen.Names();
  ASSERT_EQ(names.size(), 2u);
  EXPECT_EQ(names[0].tuple.client_port, 50001);
  EXPECT_EQ(names[1].tuple.client_port, 50002);
}

}  // namespace
}  // namespace gnomon::classify
