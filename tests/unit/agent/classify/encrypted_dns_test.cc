#include "agent/classify/encrypted_dns.h"

#include <gtest/gtest.h>

#include "tests/unit/agent/classify/datagrams.h"
#include "tests/unit/agent/classify/traffic.h"

namespace gnomon::classify {
namespace {

using test::ByteVector;
using test::Connection;
using test::NamedHello;
using test::V4;
using test::Wire;

TEST(EncryptedDns, PublicResolversAreKnownByNameAndBelowIt) {
  for (const char* name : {"dns.google", "cloudflare-dns.com", "mozilla.cloudflare-dns.com",
                           "chrome.cloudflare-dns.com", "dns.quad9.net", "doh.opendns.com",
                           "dns.nextdns.io", "firefox.dns.nextdns.io", "dns.adguard-dns.com"}) {
    EXPECT_TRUE(IsPublicResolver(name)) << name;
  }
}

TEST(EncryptedDns, NamesThatOnlyResembleAResolverAreNot) {
  for (const char* name : {"", "google", "notdns.google.example", "xdns.google", "nextdns.io",
                           "quad9.net", "evilcloudflare-dns.com", "cloudflare-dns.com.example"}) {
    EXPECT_FALSE(IsPublicResolver(name)) << name;
  }
}

void Open(Wire& wire, const decode::IpAddress& server, uint16_t port, const std::string& name) {
  Connection connection(wire);
  connection.server = server;
  connection.server_port = port;
  connection.Open();
  connection.FromClient(0, NamedHello(name));
  connection.Reset();
}

TEST(EncryptedDns, FlowsAreCountedByCarrierAndAreNoService) {
  Wire wire;
  Open(wire, V4(192, 0, 2, 1), 443, "dns.google");
  Open(wire, V4(1, 1, 1, 1), 443, "");
  Open(wire, V4(192, 0, 2, 1), 853, "resolver.example");
  Open(wire, V4(192, 0, 2, 2), 853, "");
  test::Datagrams doq(wire);
  doq.server_port = 853;
  doq.FromClient(test::SealInitial(
      {}, test::CryptoFrame(
              0, test::BuildHello(
                     {.server_name = "resolver.example", .alpn = {"doq"}, .message_bytes = 500}))));
  test::Datagrams doh3(wire);
  doh3.FromClient(test::NamedInitial("cloudflare-dns.com"));
  wire.classifier.Finish(wire.now);
  const Coverage& coverage = wire.classifier.coverage();
  EXPECT_EQ(coverage.doh, 3u);
  EXPECT_EQ(coverage.dot, 2u);
  EXPECT_EQ(coverage.doq, 1u);
  EXPECT_TRUE(wire.seen.all.empty());
  EXPECT_EQ(coverage.flows, wire.Outcomes());
}

TEST(EncryptedDns, OtherFlowsAreNotCounted) {
  Wire wire;
  Open(wire, V4(192, 0, 2, 1), 443, "chat.example");
  Open(wire, V4(192, 0, 2, 1), 443, "");
  Open(wire, V4(1, 1, 1, 1), 443, "blog.example");
  Open(wire, V4(1, 1, 1, 1), 8443, "");
  test::Datagrams quic(wire);
  quic.FromClient(test::NamedInitial("chat.example"));
  const Coverage& coverage = wire.classifier.coverage();
  EXPECT_EQ(coverage.doh + coverage.dot + coverage.doq, 0u);
}

TEST(EncryptedDns, BehindAProxyTheNameTellsAndTheProxysPortDoesNot) {
  Wire wire;
  for (const char* target : {"dns.google", "chat.example"}) {
    Connection connection(wire);
    connection.server_port = 853;
    connection.client_port = static_cast<uint16_t>(50000 + target[0]);
    connection.Open();
    const ByteVector head = test::Text("CONNECT " + std::string(target) + ":443 HTTP/1.1\r\n\r\n");
    connection.FromClient(0, head);
    connection.FromClient(static_cast<uint32_t>(head.size()), NamedHello(target));
  }
  EXPECT_EQ(wire.classifier.coverage().doh, 1u);
  EXPECT_EQ(wire.classifier.coverage().dot, 0u);
}

TEST(Tunnels, AreCountedOnceAFlowAndAreNoService) {
  Wire wire;
  test::Datagrams tunnel(wire);
  tunnel.server_port = 51820;
  ByteVector initiation(148, 0x9d);
  initiation[0] = 1;
  initiation[1] = initiation[2] = initiation[3] = 0;
  for (int i = 0; i < 3; ++i) {
    tunnel.FromClient(initiation);
    tunnel.FromServer(ByteVector(92, 2));
    tunnel.FromClient(ByteVector(1400, 4));
    wire.now += 120 * kSecondUs;
  }
  EXPECT_EQ(wire.classifier.coverage().tunnels, 1u);
  tunnel.client_port = 50001;
  tunnel.FromClient(initiation);
  wire.classifier.Finish(wire.now);
  EXPECT_EQ(wire.classifier.coverage().tunnels, 2u);
  EXPECT_EQ(wire.classifier.coverage().flows, 0u);
  EXPECT_EQ(wire.classifier.coverage().udp_443, 0u);
  EXPECT_TRUE(wire.seen.all.empty());
}

}  // namespace
}  // namespace gnomon::classify
