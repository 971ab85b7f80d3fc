// A proxy on this machine: the browser's connection to it on loopback, and its own beyond.
#include "agent/classify/relayed_hellos.h"

#include <gmock/gmock.h>

#include "tests/unit/agent/classify/traffic.h"

namespace gnomon::classify {
namespace {

using test::Connection;
using test::NamedHello;
using test::Text;
using test::V4;
using test::Wire;
using ::testing::ElementsAre;

constexpr char kConnect[] = "CONNECT chat.example:443 HTTP/1.1\r\n\r\n";

class ProxyOnThisMachine : public ::testing::Test {
 protected:
  ProxyOnThisMachine() : inner(wire), outer(wire) {
    inner.client = inner.server = V4(127, 0, 0, 1);
    inner.server_port = 3128;
    inner.Open();
    outer.client_port = 50001;
    outer.Open();
  }
  void Connect() { inner.FromClient(0, Text(kConnect)); }
  void InnerHello() { inner.FromClient(sizeof kConnect - 1, NamedHello("chat.example")); }
  void OuterHello() { outer.FromClient(0, NamedHello("chat.example")); }

  Wire wire;
  Connection inner;
  Connection outer;
};

TEST_F(ProxyOnThisMachine, TheConnectionBeyondTheProxyIsNotCountedAgain) {
  Connect();
  InnerHello();
  OuterHello();
  outer.FromServer(0, test::Ciphertext(4000));
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("connect:chat.example", "tls:chat.example"));
  EXPECT_EQ(wire.seen.Bytes(false), 0u);
  EXPECT_EQ(wire.classifier.coverage().relayed, 1u);
  wire.classifier.Finish(wire.now);
  EXPECT_EQ(wire.classifier.coverage().flows, 1u);
  EXPECT_EQ(wire.Outcomes(), 1u);
}

TEST_F(ProxyOnThisMachine, WhicheverSideIsSeenFirstIsTheOne) {
  OuterHello();
  Connect();
  InnerHello();
  inner.FromServer(0, test::Ciphertext(4000));
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("tls:chat.example", "connect:chat.example"));
  EXPECT_EQ(wire.seen.all.back().kind, SightingKind::kEnd);  // of the inner one
  EXPECT_EQ(wire.seen.Bytes(false), 0u);
}

TEST_F(ProxyOnThisMachine, TwoConnectionsBeyondItAreTwo) {
  Connection other(wire);
  other.client_port = 50002;
  other.Open();
  OuterHello();
  other.FromClient(0, NamedHello("chat.example"));
  EXPECT_EQ(wire.seen.Names().size(), 2u);
  EXPECT_EQ(wire.classifier.coverage().relayed, 0u);
}

TEST(RelayedHellos, OnlyTheSameHelloOfTheLastSecondsIsTheOtherSide) {
  RelayedHellos hellos;
  TimeUs now = 0;
  EXPECT_FALSE(hellos.SeenOnOtherSide(1, true, now));
  EXPECT_FALSE(hellos.SeenOnOtherSide(2, false, now));
  EXPECT_TRUE(hellos.SeenOnOtherSide(1, false, now + 9 * kSecondUs));
  EXPECT_FALSE(hellos.SeenOnOtherSide(1, false, now + 11 * kSecondUs));
}

}  // namespace
}  // namespace gnomon::classify
