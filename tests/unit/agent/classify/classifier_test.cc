#include "agent/classify/classifier.h"

#include <gmock/gmock.h>

#include "tests/unit/agent/classify/traffic.h"

namespace gnomon::classify {
namespace {

using test::ByteVector;
using test::Ciphertext;
using test::Connection;
using test::Hello;
using test::NamedHello;
using test::Seen;
using test::V4;
using test::Wire;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<SightingKind> Kinds(const test::Recorder& seen) {
  std::vector<SightingKind> kinds;
  for (const Seen& sighting : seen.all) kinds.push_back(sighting.kind);
  return kinds;
}
constexpr auto kName = SightingKind::kName;
constexpr auto kData = SightingKind::kData;
constexpr auto kEnd = SightingKind::kEnd;

TEST(Classifier, AFlowToAServiceGivesItsNameThenDataThenItsEnd) {
  Wire wire;
  Connection connection(wire);
  connection.Open();
  const ByteVector hello = NamedHello("www.helper.example");
  connection.FromClient(0, hello);
  connection.FromServer(0, Ciphertext(1000));
  connection.FromClient(static_cast<uint32_t>(hello.size()), {});  // a pure ACK
  connection.ClientFin(static_cast<uint32_t>(hello.size()));
  connection.FromServer(1000, Ciphertext(50));
  connection.ServerFin(1050);
  EXPECT_THAT(Kinds(wire.seen), ElementsAre(kName, kData, kData, kData, kEnd));

  const Seen& name = wire.seen.all[0];
  EXPECT_EQ(name.name, "www.helper.example");
  EXPECT_EQ(wire.ServiceOf(name), "helper");
  EXPECT_TRUE(name.match.embedded);
  EXPECT_EQ(name.match.role, v1::HOST_ROLE_USE);
  EXPECT_EQ(name.evidence, v1::EVIDENCE_NAMED);
  EXPECT_EQ(name.via, Via::kTls);
  EXPECT_EQ(name.time, wire.now);
  EXPECT_EQ(name.tuple.server, connection.server);
  EXPECT_TRUE(wire.seen.all[1].upstream);
  EXPECT_EQ(wire.seen.all[1].bytes, hello.size());
  EXPECT_FALSE(wire.seen.all[2].upstream);
  EXPECT_EQ(wire.seen.all[2].bytes, 1000u);
  for (const Seen& sighting : wire.seen.all) {
    EXPECT_EQ(sighting.flow, name.flow);
    EXPECT_EQ(sighting.name, "www.helper.example");
    EXPECT_EQ(wire.ServiceOf(sighting), "helper");
  }
}

TEST(Classifier, ANameOutsideTheCatalogueGivesNothing) {
  Wire wire;
  Connection connection(wire);
  connection.Open();
  connection.FromClient(0, NamedHello("notchat.example"));
  connection.FromServer(0, Ciphertext(1000));
  connection.Reset();
  EXPECT_THAT(wire.seen.all, IsEmpty());
  EXPECT_EQ(wire.classifier.coverage().named, 1u);
}

TEST(Classifier, WithAllNamesOneOutsideTheCatalogueGivesItsNameOnly) {
  ClassifierOptions options;
  options.all_names = true;
  Wire wire(options);
  Connection connection(wire);
  connection.Open();
  connection.FromClient(0, NamedHello("blog.example"));
  connection.FromServer(0, Ciphertext(1000));
  connection.Reset();
  ASSERT_THAT(Kinds(wire.seen), ElementsAre(kName));
  EXPECT_EQ(wire.seen.all[0].name, "blog.example");
  EXPECT_FALSE(wire.seen.all[0].match);
}

TEST(Classifier, TlsIsFoundOnAnyPort) {
  Wire wire;
  Connection connection(wire);
  connection.server_port = 8013;
  connection.Open();
  connection.FromClient(0, NamedHello("chat.example"));
  EXPECT_EQ(wire.seen.Names().size(), 1u);
}

TEST(Classifier, WithoutASynTheSenderOfTheHelloIsTheClientWhateverThePorts) {
  Wire wire;
  Connection connection(wire);
  connection.client_port = 443;
  connection.server_port = 60000;
  connection.FromServer(0, Ciphertext(10));  // by its ports this is the client
  connection.FromClient(0, NamedHello("chat.example"));
  ASSERT_EQ(wire.seen.Names().size(), 1u);
  EXPECT_EQ(wire.seen.Names()[0].tuple.client_port, 443);
  connection.FromServer(10, Ciphertext(70));
  EXPECT_FALSE(wire.seen.all.back().upstream);
}

TEST(Classifier, WhatTheOtherSideSentIsNoPartOfTheHello) {
  Wire wire;
  Connection connection(wire);
  connection.client_port = 443;
  connection.server_port = 60000;
  connection.server_isn = connection.client_isn - 50;  // both streams in one range of numbers
  connection.FromServer(0, Ciphertext(300));
  const ByteVector hello = NamedHello("chat.example");
  connection.FromClient(0, Bytes(hello).first(60));
  connection.FromClient(60, Bytes(hello).subspan(60));
  ASSERT_EQ(wire.seen.Names().size(), 1u);
  EXPECT_EQ(wire.seen.Bytes(true), hello.size());
  EXPECT_EQ(wire.seen.Bytes(false), 300u);
  EXPECT_EQ(wire.classifier.coverage().flows, 1u);
}

TEST(Classifier, AClosedFlowIsForgottenAfterHalfAMinute) {
  Wire wire;
  Connection connection(wire);
  connection.Open();
  connection.FromClient(0, NamedHello("chat.example"));
  connection.Reset();
  wire.now += 30 * kSecondUs;
  connection.FromClient(0, NamedHello("chat.example"));
  EXPECT_EQ(wire.classifier.coverage().flows, 2u);
}

TEST(Classifier, AResetEndsTheFlowAndWhatComesAfterItGivesNothing) {
  Wire wire;
  Connection connection(wire);
  connection.Open();
  connection.FromClient(0, NamedHello("chat.example"));
  connection.Reset();
  EXPECT_EQ(wire.seen.all.back().kind, kEnd);
  const size_t count = wire.seen.all.size();
  connection.FromServer(0, Ciphertext(1000));
  connection.Reset();
  wire.classifier.Finish(wire.now);
  EXPECT_EQ(wire.seen.all.size(), count);
  EXPECT_EQ(wire.classifier.coverage().flows, 1u);
}

TEST(Classifier, OneFinIsNotTheEnd) {
  Wire wire;
  Connection connection(wire);
  connection.Open();
  connection.FromClient(0, NamedHello("chat.example"));
  connection.ClientFin(500);
  connection.ClientFin(500);
  connection.FromServer(0, Ciphertext(1000));
  EXPECT_EQ(wire.seen.all.back().kind, kData);
}

TEST(Classifier, AFlowWithoutPacketsForTheIdleTimeHasEnded) {
  Wire wire;
  Connection connection(wire);
  connection.Open();
  connection.FromClient(0, NamedHello("chat.example"));
  wire.classifier.ExpireIdle(wire.now + 300 * kSecondUs - 1);
  EXPECT_EQ(wire.seen.Of(kEnd).size(), 0u);
  wire.classifier.ExpireIdle(wire.now + 300 * kSecondUs);
  ASSERT_EQ(wire.seen.Of(kEnd).size(), 1u);
  EXPECT_EQ(wire.seen.all.back().time, wire.now + 300 * kSecondUs);
}

TEST(Classifier, APacketAfterTheIdleTimeBeginsAnotherFlowWithoutATimer) {
  Wire wire;
  Connection connection(wire);
  connection.Open();
  connection.FromClient(0, NamedHello("chat.example"));
  wire.now += 300 * kSecondUs;
  connection.FromServer(0, Ciphertext(1000));
  EXPECT_EQ(wire.seen.all.back().kind, kEnd);
}

TEST(Classifier, PacketsWithTimeRunningBackDoNotEndAFlow) {
  Wire wire;
  Connection connection(wire);
  connection.Open();
  connection.FromClient(0, NamedHello("chat.example"));
  wire.now -= 1000 * kSecondUs;
  connection.FromServer(0, Ciphertext(1000));
  wire.now += 1000 * kSecondUs;
  wire.classifier.ExpireIdle(wire.now);
  EXPECT_EQ(wire.seen.Of(kEnd).size(), 0u);
}

TEST(Classifier, ANewSynOnTheSamePortsBeginsAnotherFlow) {
  Wire wire;
  Connection connection(wire);
  connection.Open();
  connection.FromClient(0, NamedHello("chat.example"));
  connection.Syn();  // retransmitted
  connection.FromServer(0, Ciphertext(10));
  EXPECT_EQ(wire.seen.Of(kEnd).size(), 0u);
  connection.client_isn += 900'000;
  connection.server_isn += 500'000;
  connection.Open();
  EXPECT_EQ(wire.seen.Of(kEnd).size(), 1u);
  connection.FromClient(0, NamedHello("helper.example"));
  ASSERT_EQ(wire.seen.Names().size(), 2u);
  EXPECT_NE(wire.seen.Names()[0].flow, wire.seen.Names()[1].flow);
  EXPECT_EQ(wire.seen.Names()[1].name, "helper.example");
}

TEST(Classifier, PortsOfAClosedFlowCanBeUsedAtOnce) {
  Wire wire;
  Connection connection(wire);
  connection.Open();
  connection.FromClient(0, NamedHello("chat.example"));
  connection.Reset();
  connection.client_isn += 5;
  connection.Open();
  connection.FromClient(0, NamedHello("chat.example"));
  EXPECT_EQ(wire.seen.Names().size(), 2u);
}

TEST(Classifier, ASynThatComesAfterItsDataBelongsToTheSameFlow) {
  Wire wire;
  Connection connection(wire);
  connection.FromClient(0, NamedHello("chat.example"));
  connection.Syn();
  connection.SynAck();
  connection.FromServer(0, Ciphertext(100));
  EXPECT_EQ(wire.seen.Names().size(), 1u);
  EXPECT_EQ(wire.seen.Of(kEnd).size(), 0u);
}

TEST(Classifier, DataInTheSynIsRead) {
  Wire wire;
  const ByteVector hello = NamedHello("chat.example");
  decode::Packet packet;
  packet.src = V4(10, 0, 0, 2);
  packet.dst = V4(192, 0, 2, 7);
  packet.sport = 50000;
  packet.dport = 443;
  packet.tcp_flags = decode::kTcpSyn;
  packet.payload = hello;
  packet.payload_length = static_cast<uint32_t>(hello.size());
  wire.Send(packet);
  EXPECT_EQ(wire.seen.Names().size(), 1u);
  EXPECT_EQ(wire.seen.Bytes(true), hello.size());
}

TEST(Classifier, WhenFullTheFlowSilentLongestIsEvictedAndCounted) {
  ClassifierOptions options;
  options.max_flows = 2;
  Wire wire(options);
  std::vector<Connection> connections(3, Connection(wire));
  for (uint16_t i = 0; i < 3; ++i) connections[i].client_port = static_cast<uint16_t>(50000 + i);
  for (int i : {0, 1}) {
    connections[i].Open();
    connections[i].FromClient(0, NamedHello("chat.example"));
  }
  connections[0].FromServer(0, Ciphertext(10));
  connections[2].Open();
  EXPECT_EQ(wire.classifier.coverage().flows_evicted, 1u);
  ASSERT_EQ(wire.seen.Of(kEnd).size(), 1u);
  EXPECT_EQ(wire.seen.Of(kEnd)[0].tuple.client_port, 50001);
}

TEST(Classifier, AClosedFlowMakesRoomBeforeAnOpenOne) {
  ClassifierOptions options;
  options.max_flows = 2;
  Wire wire(options);
  std::vector<Connection> connections(3, Connection(wire));
  for (uint16_t i = 0; i < 3; ++i) connections[i].client_port = static_cast<uint16_t>(50000 + i);
  connections[0].Open();
  connections[0].FromClient(0, NamedHello("chat.example"));
  connections[1].Open();
  connections[1].Reset();
  connections[2].Open();
  EXPECT_EQ(wire.classifier.coverage().flows_evicted, 0u);
  EXPECT_EQ(wire.seen.Of(kEnd).size(), 0u);
}

TEST(Classifier, AFlowWithoutClientDataIsNotCounted) {
  Wire wire;
  Connection connection(wire);
  connection.Open();
  connection.FromServer(0, Ciphertext(100));
  wire.classifier.Finish(wire.now);
  EXPECT_EQ(wire.classifier.coverage().flows, 0u);
}

TEST(Classifier, OtherProtocolsAndBrokenHellosAreCountedApart) {
  Wire wire;
  Connection ssh(wire);
  ssh.server_port = 22;
  ssh.Open();
  ssh.FromClient(0, test::Text("SSH-2.0-OpenSSH_9.2\r\n"));
  EXPECT_EQ(wire.classifier.coverage().not_tls, 1u);

  ByteVector broken = NamedHello("chat.example");
  broken[broken.size() - 7 - 12 - 5] ^= 0x40;  // the length of the name's list
  Connection tls(wire);
  tls.Open();
  tls.FromClient(0, broken);
  EXPECT_EQ(wire.classifier.coverage().malformed_hello, 1u);

  Connection cut(wire);
  cut.client_port = 50001;
  cut.Open();
  cut.FromClient(0, Bytes(broken).first(30));
  cut.Reset();
  EXPECT_EQ(wire.classifier.coverage().hello_incomplete, 1u);
  EXPECT_EQ(wire.classifier.coverage().flows, 3u);
  EXPECT_THAT(wire.seen.all, IsEmpty());
}

TEST(Classifier, UdpToPort443IsCountedOnceAFlow) {
  Wire wire;
  const ByteVector bytes(1200, 0xc0);
  decode::Packet packet;
  packet.transport = decode::Transport::kUdp;
  packet.src = V4(10, 0, 0, 2);
  packet.dst = V4(192, 0, 2, 7);
  packet.sport = 50000;
  packet.dport = 443;
  packet.payload = bytes;
  packet.payload_length = 1200;
  decode::Packet back = packet;
  std::swap(back.src, back.dst);
  std::swap(back.sport, back.dport);
  for (int i = 0; i < 3; ++i) {
    wire.Send(packet);
    wire.Send(back);
  }
  EXPECT_EQ(wire.classifier.coverage().udp_443, 1u);
  packet.sport = 50001;
  wire.Send(packet);
  EXPECT_EQ(wire.classifier.coverage().udp_443, 2u);
  packet.dport = 4500;
  wire.Send(packet);
  EXPECT_EQ(wire.classifier.coverage().udp_443, 2u);
  wire.classifier.Finish(wire.now);
  EXPECT_EQ(wire.classifier.coverage().flows, 0u);
  EXPECT_THAT(wire.seen.all, IsEmpty());
}

TEST(Classifier, OnlyTheKnownOuterNameWithTheExtensionIsAnEncryptedHello) {
  ClassifierOptions options;
  options.all_names = true;
  Wire wire(options);
  const std::vector<test::HelloShape> shapes = {{.name = "cloudflare-ech.com", .ech = true},
                                                {.name = "cloudflare-ech.com", .ech = false},
                                                {.name = "chat.example", .ech = true}};
  for (uint16_t i = 0; i < shapes.size(); ++i) {
    Connection connection(wire);
    connection.client_port = static_cast<uint16_t>(50000 + i);
    connection.Open();
    const ByteVector hello = Hello(shapes[i]);
    // Cut right behind the name: the extension must not be missed because it comes later.
    const size_t cut = hello.size() - 7 - (shapes[i].ech ? 12 : 0);
    connection.FromClient(0, Bytes(hello).first(cut));
    connection.FromClient(static_cast<uint32_t>(cut), Bytes(hello).subspan(cut));
  }
  const std::vector<Seen> names = wire.seen.Names();
  ASSERT_EQ(names.size(), 3u);
  EXPECT_TRUE(names[0].ech);
  EXPECT_FALSE(names[1].ech);
  EXPECT_FALSE(names[2].ech);
}

}  // namespace
}  // namespace gnomon::classify
