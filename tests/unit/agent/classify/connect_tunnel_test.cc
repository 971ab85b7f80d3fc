// HTTP CONNECT: first the target's name, then that of the hello behind the head.
#include "agent/classify/connect_tunnel.h"

#include <gmock/gmock.h>

#include "tests/unit/agent/classify/traffic.h"

namespace gnomon::classify {
namespace {

using test::ByteVector;
using test::Ciphertext;
using test::Connection;
using test::Hello;
using test::NamedHello;
using test::Text;
using test::Wire;
using ::testing::ElementsAre;

class ConnectTunnelTest : public ::testing::Test {
 protected:
  explicit ConnectTunnelTest(bool all_names = false)
      : wire(ClassifierOptions{.all_names = all_names}), proxy(wire) {
    proxy.server_port = 3128;
    proxy.Open();
  }
  static ByteVector Head(const std::string& target) {
    return Text("CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n\r\n");
  }
  void Client(const ByteVector& bytes) {
    proxy.FromClient(sent, bytes);
    sent += static_cast<uint32_t>(bytes.size());
  }
  void Server(const ByteVector& bytes) {
    proxy.FromServer(received, bytes);
    received += static_cast<uint32_t>(bytes.size());
  }

  Wire wire;
  Connection proxy;
  uint32_t sent = 0;
  uint32_t received = 0;
};

class ConnectTunnelAllNames : public ConnectTunnelTest {
 protected:
  ConnectTunnelAllNames() : ConnectTunnelTest(true) {}
};

TEST_F(ConnectTunnelTest, TheTargetIsNamedAndThenTheHelloBehindIt) {
  Client(Head("chat.example:443"));
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("connect:chat.example"));
  Server(Text("HTTP/1.1 200 Connection established\r\n\r\n"));
  Client(NamedHello("www.chat.example"));
  Server(Ciphertext(3000));
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("connect:chat.example", "tls:www.chat.example"));
  EXPECT_EQ(wire.seen.all.back().name, "www.chat.example");
  EXPECT_EQ(wire.seen.all.back().via, Via::kTls);
  EXPECT_EQ(wire.seen.Bytes(true), sent);
  EXPECT_EQ(wire.seen.Bytes(false), received);
  EXPECT_EQ(wire.seen.Names()[0].flow, wire.seen.Names()[1].flow);
  EXPECT_EQ(wire.seen.Of(SightingKind::kEnd).size(), 0u);
  wire.classifier.Finish(wire.now);
  EXPECT_EQ(wire.seen.Of(SightingKind::kEnd).size(), 1u);
  EXPECT_EQ(wire.classifier.coverage().named, 1u);
  EXPECT_EQ(wire.Outcomes(), 1u);
}

TEST_F(ConnectTunnelTest, TheServiceFollowsTheInnerName) {
  Client(Head("chat.example:443"));
  Server(Text("HTTP/1.1 200 OK\r\n\r\n"));
  Client(NamedHello("helper.example"));
  Server(Ciphertext(100));
  EXPECT_EQ(wire.ServiceOf(wire.seen.Names()[1]), "helper");
  EXPECT_EQ(wire.ServiceOf(wire.seen.all.back()), "helper");
}

TEST_F(ConnectTunnelTest, AnInnerNameOutsideTheCatalogueEndsTheServicesFlow) {
  Client(Head("chat.example:443"));
  Server(Text("HTTP/1.1 200 OK\r\n\r\n"));
  Client(NamedHello("blog.example"));
  const size_t count = wire.seen.all.size();
  EXPECT_EQ(wire.seen.all.back().kind, SightingKind::kEnd);
  Server(Ciphertext(100));
  wire.classifier.Finish(wire.now);
  EXPECT_EQ(wire.seen.all.size(), count);
}

TEST_F(ConnectTunnelTest, ATargetThatIsAnAddressGetsItsNameFromTheHello) {
  Client(Head("192.0.2.9:443"));
  Server(Text("HTTP/1.1 200 OK\r\n\r\n"));
  Client(NamedHello("chat.example"));
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("tls:chat.example"));
  EXPECT_EQ(wire.seen.Bytes(true), sent);
  EXPECT_EQ(wire.seen.Bytes(false), received);
}

TEST_F(ConnectTunnelTest, WithoutAnInnerNameTheTargetStands) {
  wire.Dns("helper.example", proxy.server, 300);  // the proxy's own address says nothing
  Client(Head("chat.example:443"));
  Server(Text("HTTP/1.1 200 OK\r\n\r\n"));
  Client(NamedHello(""));
  Server(Ciphertext(100));
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("connect:chat.example"));
  EXPECT_EQ(wire.ServiceOf(wire.seen.all.back()), "chat");
}

TEST_F(ConnectTunnelTest, AnEncryptedInnerHelloLeavesTheTarget) {
  Client(Head("chat.example:443"));
  Server(Text("HTTP/1.1 200 OK\r\n\r\n"));
  Client(Hello({.name = "cloudflare-ech.com", .ech = true}));
  Server(Ciphertext(100));
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("connect:chat.example"));
  EXPECT_TRUE(wire.seen.all.back().ech);
}

TEST_F(ConnectTunnelTest, ASecondHeadWithThePasswordIsReadToo) {
  Client(Head("chat.example:443"));
  Server(Text("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"));
  Client(Head("chat.example:443"));
  Server(Text("HTTP/1.1 200 OK\r\n\r\n"));
  Client(NamedHello("www.chat.example"));
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("connect:chat.example", "tls:www.chat.example"));
}

TEST_F(ConnectTunnelTest, AHelloInTheSameSegmentAsTheHeadIsFound) {
  ByteVector both = Head("chat.example:443");
  test::Append(both, NamedHello("www.chat.example"));
  Client(both);
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("connect:chat.example", "tls:www.chat.example"));
}

TEST_F(ConnectTunnelTest, HeadAndHelloInSmallSegmentsAreFound) {
  ByteVector both = Head("chat.example:443");
  test::Append(both, NamedHello("www.chat.example"));
  for (uint32_t at = 0; at < both.size(); at += 9) {
    Client({both.begin() + at,
            both.begin() + static_cast<ptrdiff_t>(std::min<size_t>(at + 9, both.size()))});
  }
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("connect:chat.example", "tls:www.chat.example"));
  EXPECT_EQ(wire.seen.Bytes(true), both.size());
}

TEST_F(ConnectTunnelTest, ARetransmittedHeadIsNotTakenForTheInnerStream) {
  const ByteVector head = Head("chat.example:443");
  proxy.FromClient(0, head);
  proxy.FromClient(0, head);
  proxy.FromClient(static_cast<uint32_t>(head.size()), NamedHello("www.chat.example"));
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("connect:chat.example", "tls:www.chat.example"));
}

TEST_F(ConnectTunnelTest, ATunnelWithoutTlsKeepsItsTarget) {
  Client(Head("chat.example:22"));
  Server(Text("HTTP/1.1 200 OK\r\n\r\n"));
  Client(Text("SSH-2.0-OpenSSH_9.2\r\n"));
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("connect:chat.example"));
  EXPECT_EQ(wire.classifier.coverage().named, 1u);
  EXPECT_EQ(wire.classifier.coverage().not_tls, 0u);
}

TEST_F(ConnectTunnelAllNames, ASecondHeadForTheSameTargetGivesNoSecondName) {
  Client(Head("blog.example:443"));
  Server(Text("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"));
  Client(Head("blog.example:443"));
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("connect:blog.example"));
}

TEST_F(ConnectTunnelAllNames, NamesOutsideTheCatalogueAreGivenOnceEach) {
  Client(Head("blog.example:443"));
  Server(Text("HTTP/1.1 200 OK\r\n\r\n"));
  Client(NamedHello("blog.example"));
  Server(Ciphertext(100));
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("connect:blog.example", "tls:blog.example"));
  EXPECT_EQ(wire.seen.all.size(), 2u);
}

}  // namespace
}  // namespace gnomon::classify
