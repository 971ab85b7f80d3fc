// DNS answers that come after the flow they tell of, encrypted hellos, and QUIC in mid-stream.
#include <gmock/gmock.h>

#include "tests/unit/agent/classify/datagrams.h"
#include "tests/unit/agent/classify/traffic.h"

namespace gnomon::classify {
namespace {

using test::ByteVector;
using test::Ciphertext;
using test::Connection;
using test::Hello;
using test::NamedHello;
using test::V4;
using test::Wire;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr TimeUs kMs = kSecondUs / 1000;

TEST(LateAnswers, WithinASecondANamelessHelloIsAttributedWithAllItsBytes) {
  Wire wire;
  Connection connection(wire);
  connection.Open();
  const ByteVector hello = NamedHello("");
  connection.FromClient(0, hello);
  EXPECT_EQ(wire.classifier.coverage().hello_without_name, 1u);
  wire.now += 400 * kMs;
  connection.FromServer(0, Ciphertext(700));
  wire.Dns("chat.example", connection.server, 300);
  wire.now += 400 * kMs;
  connection.FromServer(700, Ciphertext(300));
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("dns:chat.example"));
  EXPECT_EQ(wire.seen.Bytes(true), hello.size());
  EXPECT_EQ(wire.seen.Bytes(false), 1000u);
  wire.classifier.Finish(wire.now);
  const Coverage& coverage = wire.classifier.coverage();
  EXPECT_EQ(coverage.resolved, 1u);
  EXPECT_EQ(coverage.hello_without_name, 0u);
  EXPECT_EQ(coverage.flows, wire.Outcomes());
}

TEST(LateAnswers, AfterASecondANamelessHelloStaysUnattributed) {
  Wire wire;
  Connection connection(wire);
  connection.Open();
  connection.FromClient(0, NamedHello(""));
  wire.now += 1100 * kMs;
  wire.Dns("chat.example", connection.server, 300);
  for (uint32_t i = 0; i < 5; ++i) connection.FromServer(i * 100, Ciphertext(100));
  wire.classifier.Finish(wire.now);
  EXPECT_THAT(wire.seen.all, IsEmpty());
  EXPECT_EQ(wire.classifier.coverage().hello_without_name, 1u);
}

TEST(LateAnswers, AShortFlowThatHasEndedBeforeTheNextPacketIsAttributedAtItsEnd) {
  Wire wire;
  Connection connection(wire);
  connection.Open();
  connection.FromClient(0, NamedHello(""));
  connection.FromServer(0, Ciphertext(500));
  wire.Dns("chat.example", connection.server, 300);
  connection.Reset();
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("dns:chat.example"));
  EXPECT_EQ(wire.seen.Bytes(false), 500u);
}

TEST(LateAnswers, ForTwoServicesMakeTheFlowAmbiguous) {
  Wire wire;
  Connection connection(wire);
  connection.Open();
  connection.FromClient(0, NamedHello(""));
  wire.Dns("chat.example", connection.server, 300);
  wire.Dns("helper.example", connection.server, 300);
  connection.FromServer(0, Ciphertext(500));
  wire.classifier.Finish(wire.now);
  EXPECT_THAT(wire.seen.all, IsEmpty());
  EXPECT_EQ(wire.classifier.coverage().ambiguous, 1u);
  EXPECT_EQ(wire.classifier.coverage().flows, wire.Outcomes());
}

TEST(LateAnswers, OfAnotherAddressChangeNothing) {
  Wire wire;
  Connection connection(wire);
  connection.Open();
  connection.FromClient(0, NamedHello(""));
  wire.Dns("chat.example", V4(192, 0, 2, 99), 300);
  connection.FromServer(0, Ciphertext(500));
  EXPECT_THAT(wire.seen.all, IsEmpty());
}

TEST(LateAnswers, AFlowFromBeforeTheCaptureIsAttributedFromTheNextAnswerOn) {
  Wire wire;
  Connection connection(wire);
  connection.FromClient(0, Ciphertext(700));
  connection.FromServer(0, Ciphertext(900));
  EXPECT_EQ(wire.classifier.coverage().mid_stream, 1u);
  wire.now += 60 * kSecondUs;
  connection.FromServer(900, Ciphertext(50'000));  // nobody knows whose, and nobody ever will
  wire.now += 60 * kSecondUs;
  wire.Dns("chat.example", connection.server, 300);
  EXPECT_THAT(wire.seen.all, IsEmpty());
  connection.FromClient(700, Ciphertext(400));
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("dns:chat.example"));
  EXPECT_EQ(wire.seen.Bytes(true), 400u);
  EXPECT_EQ(wire.seen.Bytes(false), 0u);
  connection.FromServer(50'900, Ciphertext(300));
  EXPECT_EQ(wire.seen.Bytes(false), 300u);
  wire.classifier.Finish(wire.now);
  EXPECT_EQ(wire.classifier.coverage().mid_stream, 0u);
  EXPECT_EQ(wire.classifier.coverage().resolved, 1u);
  EXPECT_EQ(wire.classifier.coverage().flows, wire.Outcomes());
}

TEST(LateAnswers, AnAddressThatIsSharedAttributesNoFlowFromBeforeTheCapture) {
  Wire wire;
  Connection connection(wire);
  connection.FromClient(0, Ciphertext(700));
  connection.FromServer(0, Ciphertext(900));
  wire.Dns("chat.example", connection.server, 300);
  wire.Dns("blog.example", connection.server, 300);
  connection.FromServer(900, Ciphertext(900));
  EXPECT_THAT(wire.seen.all, IsEmpty());
  EXPECT_EQ(wire.classifier.coverage().ambiguous, 1u);
}

TEST(EncryptedHello, GetsItsServiceFromDnsAndKeepsTheMark) {
  Wire wire;
  Connection connection(wire);
  wire.Dns("chat.example", connection.server, 300);
  connection.Open();
  connection.FromClient(0, Hello({.name = "cloudflare-ech.com", .ech = true}));
  ASSERT_THAT(wire.seen.NameTexts(), ElementsAre("dns:chat.example"));
  EXPECT_TRUE(wire.seen.all[0].ech);
  EXPECT_EQ(wire.seen.all[0].evidence, v1::EVIDENCE_RESOLVED);
  EXPECT_EQ(wire.classifier.coverage().resolved, 1u);
}

TEST(EncryptedHello, WithoutAnAnswerIsCountedAndItsOuterNameShownWhereAskedFor) {
  for (const bool all_names : {false, true}) {
    ClassifierOptions options;
    options.all_names = all_names;
    Wire wire(options);
    Connection connection(wire);
    connection.Open();
    connection.FromClient(0, Hello({.name = "cloudflare-ech.com", .ech = true}));
    connection.FromServer(0, Ciphertext(900));
    wire.classifier.Finish(wire.now);
    EXPECT_EQ(wire.seen.NameTexts().size(), all_names ? 1u : 0u);
    if (all_names) {
      EXPECT_EQ(wire.seen.NameTexts()[0], "tls:cloudflare-ech.com");
      EXPECT_TRUE(wire.seen.all[0].ech);
    }
    EXPECT_EQ(wire.classifier.coverage().ech_without_dns, 1u);
    EXPECT_EQ(wire.classifier.coverage().named, 0u);
    EXPECT_EQ(wire.classifier.coverage().flows, wire.Outcomes());
  }
}

TEST(EncryptedHello, OverQuicIsTheSame) {
  const auto initial = test::SealInitial(
      {},
      test::CryptoFrame(
          0, test::BuildHello({.server_name = "cloudflare-ech.com", .alpn = {"h3"}, .ech = true})));
  Wire wire;
  test::Datagrams unknown(wire);
  unknown.FromClient(initial);
  EXPECT_EQ(wire.classifier.coverage().udp_443, 1u);
  test::Datagrams known(wire);
  known.server = V4(192, 0, 2, 8);
  wire.Dns("chat.example", known.server, 300);
  known.FromClient(initial);
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("dns:chat.example"));
}

TEST(EncryptedHello, ARandomExtensionOnAnOrdinaryNameIsNone) {
  Wire wire;
  Connection connection(wire);
  wire.Dns("helper.example", connection.server, 300);
  connection.Open();
  connection.FromClient(0, Hello({.name = "chat.example", .ech = true}));
  ASSERT_THAT(wire.seen.NameTexts(), ElementsAre("tls:chat.example"));
  EXPECT_FALSE(wire.seen.all[0].ech);
}

TEST(QuicMidStream, AConnectionFromBeforeTheCaptureIsAttributedByDns) {
  Wire wire;
  test::Datagrams flow(wire);
  wire.Dns("chat.example", flow.server, 300);
  flow.FromServer(test::ShortPacket(1200));
  flow.FromClient(test::ShortPacket(200));
  ASSERT_THAT(wire.seen.NameTexts(), ElementsAre("dns:chat.example"));
  EXPECT_EQ(wire.seen.Names()[0].tuple.server, flow.server);
  EXPECT_EQ(wire.seen.Bytes(false), 1200u);
  EXPECT_EQ(wire.seen.Bytes(true), 200u);
  EXPECT_EQ(wire.classifier.coverage().resolved, 1u);
  EXPECT_EQ(wire.classifier.coverage().udp_443, 0u);
}

TEST(QuicMidStream, ALaterAnswerAttributesItFromThenOn) {
  Wire wire;
  test::Datagrams flow(wire);
  flow.FromClient(test::ShortPacket(200));
  EXPECT_EQ(wire.classifier.coverage().udp_443, 1u);
  wire.now += 30 * kSecondUs;
  flow.FromServer(test::ShortPacket(1200));
  wire.Dns("chat.example", flow.server, 300);
  flow.FromServer(test::ShortPacket(1000));
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("dns:chat.example"));
  EXPECT_EQ(wire.seen.Bytes(false), 1000u);
  wire.classifier.Finish(wire.now);
  EXPECT_EQ(wire.classifier.coverage().udp_443, 0u);
  EXPECT_EQ(wire.classifier.coverage().resolved, 1u);
  EXPECT_EQ(wire.classifier.coverage().flows, wire.Outcomes());
}

TEST(QuicMidStream, OtherDatagramsOnThatPortAreNotAttributed) {
  Wire wire;
  test::Datagrams flow(wire);
  wire.Dns("chat.example", flow.server, 300);
  flow.FromClient(ByteVector(200, 0x80));  // RTP
  flow.FromServer(ByteVector(200, 0x80));
  wire.classifier.Finish(wire.now);
  EXPECT_THAT(wire.seen.all, IsEmpty());
  EXPECT_EQ(wire.classifier.coverage().udp_443, 1u);
}

TEST(LateAnswers, OverALoopToAStubResolverAreLearntAsAnyOther) {
  Wire wire;
  const ByteVector answer = test::DnsAnswer("chat.example", V4(192, 0, 2, 7), 300);
  decode::Packet packet;
  packet.time = wire.now;
  packet.src = V4(127, 0, 0, 53);
  packet.dst = V4(127, 0, 0, 1);
  packet.sport = 53;
  packet.dport = 41000;
  packet.transport = decode::Transport::kUdp;
  packet.payload = answer;
  packet.payload_length = static_cast<uint32_t>(answer.size());
  wire.Send(packet);
  Connection connection(wire);
  connection.Open();
  connection.FromClient(0, NamedHello(""));
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("dns:chat.example"));
}

}  // namespace
}  // namespace gnomon::classify
