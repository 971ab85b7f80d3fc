// Flows without a name in clear, and what DNS answers may say about them.
#include <gmock/gmock.h>

#include "tests/unit/agent/classify/traffic.h"

namespace gnomon::classify {
namespace {

using test::ByteVector;
using test::Ciphertext;
using test::Connection;
using test::DnsAnswer;
using test::NamedHello;
using test::Seen;
using test::V4;
using test::Wire;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Resolved, ALookUpAloneGivesNothing) {
  Wire wire;
  wire.Dns("chat.example", V4(192, 0, 2, 7), 300);
  Connection connection(wire);
  connection.Open();
  connection.FromServer(0, Ciphertext(10));
  wire.classifier.Finish(wire.now);
  EXPECT_THAT(wire.seen.all, IsEmpty());
  EXPECT_EQ(wire.classifier.coverage().dns_answers, 1u);
}

TEST(Resolved, AHelloWithoutANameIsAttributedByDns) {
  Wire wire;
  wire.Dns("www.chat.example", V4(192, 0, 2, 7), 300);
  Connection connection(wire);
  connection.Open();
  const ByteVector hello = NamedHello("");
  connection.FromClient(0, hello);
  ASSERT_THAT(wire.seen.NameTexts(), ElementsAre("dns:www.chat.example"));
  const Seen name = wire.seen.Names()[0];
  EXPECT_EQ(name.evidence, v1::EVIDENCE_RESOLVED);
  EXPECT_EQ(wire.ServiceOf(name), "chat");
  connection.FromServer(0, Ciphertext(500));
  EXPECT_EQ(wire.seen.Bytes(true), hello.size());
  EXPECT_EQ(wire.seen.Bytes(false), 500u);
  EXPECT_EQ(wire.classifier.coverage().resolved, 1u);
  EXPECT_EQ(wire.classifier.coverage().hello_without_name, 0u);
}

TEST(Resolved, AHelloWithItsOwnNameIsNeverAttributedByDns) {
  ClassifierOptions options;
  options.all_names = true;
  Wire wire(options);
  wire.Dns("chat.example", V4(192, 0, 2, 7), 300);
  Connection connection(wire);
  connection.Open();
  connection.FromClient(0, NamedHello("blog.example"));
  connection.FromServer(0, Ciphertext(500));
  ASSERT_THAT(wire.seen.NameTexts(), ElementsAre("tls:blog.example"));
  EXPECT_EQ(wire.seen.all.size(), 1u);
}

TEST(Resolved, OtherProtocolsAreNotAttributedByDns) {
  Wire wire;
  wire.Dns("chat.example", V4(192, 0, 2, 7), 300);
  Connection connection(wire);
  connection.Open();
  connection.FromClient(0, test::Text("SSH-2.0-OpenSSH_9.2\r\n"));
  EXPECT_THAT(wire.seen.all, IsEmpty());
  EXPECT_EQ(wire.classifier.coverage().not_tls, 1u);
}

TEST(Resolved, AFlowFromBeforeTheCaptureIsAttributedWithAllItsBytes) {
  Wire wire;
  wire.Dns("chat.example", V4(192, 0, 2, 7), 300);
  Connection connection(wire);
  connection.FromServer(0, Ciphertext(200));  // the rest of an answer
  EXPECT_THAT(wire.seen.all, IsEmpty()) << "nothing from the client yet";
  connection.FromClient(0, Ciphertext(700));
  connection.FromClient(700, Ciphertext(100));
  connection.FromServer(200, Ciphertext(900));
  ASSERT_THAT(wire.seen.NameTexts(), ElementsAre("dns:chat.example"));
  EXPECT_EQ(wire.seen.Bytes(true), 800u);
  EXPECT_EQ(wire.seen.Bytes(false), 1100u);
  EXPECT_EQ(wire.seen.Names()[0].tuple.server, V4(192, 0, 2, 7));
}

TEST(Resolved, AMidStreamRequestIsAttributedOnceItIsAnswered) {
  Wire wire;
  wire.Dns("chat.example", V4(192, 0, 2, 7), 300);
  Connection connection(wire);
  connection.FromClient(0, Ciphertext(700));
  EXPECT_THAT(wire.seen.all, IsEmpty()) << "it may be a part of a hello out of order";
  connection.FromServer(0, Ciphertext(100));
  ASSERT_THAT(wire.seen.NameTexts(), ElementsAre("dns:chat.example"));
  EXPECT_EQ(wire.seen.Bytes(true), 700u);
}

TEST(Resolved, AMidStreamUploadIsAttributedWithoutAnAnswer) {
  Wire wire;
  wire.Dns("chat.example", V4(192, 0, 2, 7), 300);
  Connection connection(wire);
  for (uint32_t at = 0; at < 40'000; at += 1000) connection.FromClient(at, Ciphertext(1000));
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("dns:chat.example"));
  EXPECT_EQ(wire.seen.Bytes(true), 40'000u);
}

TEST(Resolved, WithoutAnAnswerOrWithTwoServicesTheFlowIsCounted) {
  Wire wire;
  Connection unknown(wire);
  unknown.FromClient(0, Ciphertext(700));
  unknown.Reset();
  EXPECT_EQ(wire.classifier.coverage().mid_stream, 1u);

  wire.Dns("chat.example", V4(192, 0, 2, 8), 300);
  wire.Dns("helper.example", V4(192, 0, 2, 8), 300);
  Connection shared(wire);
  shared.server = V4(192, 0, 2, 8);
  shared.FromClient(0, Ciphertext(700));
  shared.Reset();
  EXPECT_EQ(wire.classifier.coverage().ambiguous, 1u);

  Connection nameless(wire);
  nameless.server = V4(192, 0, 2, 9);
  nameless.Open();
  nameless.FromClient(0, NamedHello(""));
  EXPECT_EQ(wire.classifier.coverage().hello_without_name, 1u);
  EXPECT_THAT(wire.seen.all, IsEmpty());
}

TEST(Resolved, AnAnswerThatIsOverAttributesNothing) {
  Wire wire;
  wire.Dns("chat.example", V4(192, 0, 2, 7), 30);
  wire.now += 90 * kSecondUs;
  Connection connection(wire);
  connection.Open();
  connection.FromClient(0, NamedHello(""));
  EXPECT_THAT(wire.seen.all, IsEmpty());
}

TEST(Resolved, MalformedDnsIsCounted) {
  Wire wire;
  const ByteVector bytes = {1, 2, 3};
  decode::Packet packet;
  packet.transport = decode::Transport::kUdp;
  packet.sport = 53;
  packet.dport = 40000;
  packet.payload = bytes;
  packet.payload_length = 3;
  wire.Send(packet);
  EXPECT_EQ(wire.classifier.coverage().dns_malformed, 1u);
}

// A DNS server's stream of two answers on one connection.
class ResolvedOverTcp : public ::testing::Test {
 protected:
  ResolvedOverTcp() : server(wire) {
    server.server_port = 53;
    server.server = V4(127, 0, 0, 53);
    for (const char* name : {"blog.example", "chat.example"}) {
      const ByteVector answer =
          DnsAnswer(name, V4(192, 0, 2, static_cast<uint8_t>(name[0] == 'c' ? 7 : 8)), 300);
      test::Put(stream, answer.size(), 2);
      test::Append(stream, answer);
    }
  }
  void ExpectResolved() {
    EXPECT_EQ(wire.classifier.coverage().dns_answers, 2u);
    EXPECT_EQ(wire.classifier.coverage().dns_malformed, 0u);
    Connection connection(wire);
    connection.Open();
    connection.FromClient(0, NamedHello(""));
    EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("dns:chat.example"));
  }

  Wire wire;
  Connection server;
  ByteVector stream;
};

TEST_F(ResolvedOverTcp, AnswersInOneSegmentAreRead) {
  server.Open();
  server.FromClient(0, test::Text("question"));
  server.FromServer(0, stream);
  server.FromServer(0, stream);  // again: learnt once
  EXPECT_EQ(wire.classifier.coverage().loopback, 1u);
  ExpectResolved();
}

TEST_F(ResolvedOverTcp, AnswersInSmallSegmentsAreRead) {
  server.Open();
  for (uint32_t at = 0; at < stream.size(); at += 7) {
    server.FromServer(at, Bytes(stream).subspan(at, std::min<size_t>(7, stream.size() - at)));
  }
  ExpectResolved();
}

TEST_F(ResolvedOverTcp, AnswersOutOfOrderAreRead) {
  server.Open();
  for (uint32_t at : {30u, 60u, 0u}) {
    server.FromServer(at, Bytes(stream).subspan(at, at == 60 ? stream.size() - 60 : 30));
  }
  ExpectResolved();
}

TEST_F(ResolvedOverTcp, WhatIsBehindAGapIsKeptWhileTheAnswerBeforeItIsRead) {
  server.Open();
  const auto first = static_cast<uint32_t>(2 + (stream[0] << 8 | stream[1]));
  server.FromServer(first + 10, Bytes(stream).subspan(first + 10));
  server.FromServer(0, Bytes(stream).first(first));
  EXPECT_EQ(wire.classifier.coverage().dns_answers, 1u);
  server.FromServer(first, Bytes(stream).subspan(first, 10));
  ExpectResolved();
}

TEST_F(ResolvedOverTcp, AnswersAreReadFromTheFirstSegmentSeen) {
  server.FromServer(0, stream);
  ExpectResolved();
}

TEST_F(ResolvedOverTcp, AnAnswerThatClaimsMoreThanTheBufferIsGivenUp) {
  server.Open();
  ByteVector endless = {0xff, 0xff};
  endless.resize(1000, 1);
  for (uint32_t at = 0; at < 20'000; at += 1000) server.FromServer(at, endless);
  EXPECT_EQ(wire.classifier.coverage().dns_malformed, 1u);
  EXPECT_EQ(wire.classifier.coverage().dns_answers, 0u);
}

}  // namespace
}  // namespace gnomon::classify
