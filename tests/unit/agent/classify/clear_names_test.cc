// Names in clear before or without TLS: SOCKS requests, HTTP heads, and what a PROXY header stands
// in front of.
#include <gmock/gmock.h>

#include <random>

#include "tests/unit/agent/classify/traffic.h"
#include "tests/unit/agent/decode/http2_builder.h"

namespace gnomon::classify {
namespace {

using test::Append;
using test::ByteVector;
using test::Ciphertext;
using test::Connection;
using test::Hello;
using test::NamedHello;
using test::Text;
using test::Wire;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const ByteVector kGreeting{5, 2, 0, 2};

ByteVector Password() {
  ByteVector out{1, 5};
  Append(out, Text("alice"));
  Append(out, {12});
  Append(out, Text("chat.example"));
  return out;
}

ByteVector SocksRequest(const std::string& host) {
  ByteVector out{5, 1, 0, 3, static_cast<uint8_t>(host.size())};
  Append(out, Text(host));
  test::Put(out, 443, 2);
  return out;
}

ByteVector Socks4a(const std::string& host) {
  ByteVector out{4, 1, 1, 0xbb, 0, 0, 0, 7, 0};
  Append(out, Text(host));
  out.push_back(0);
  return out;
}

class ClearNames : public ::testing::Test {
 protected:
  explicit ClearNames(bool all_names = false)
      : wire(ClassifierOptions{.all_names = all_names}), connection(wire) {
    connection.server_port = 1080;
    connection.Open();
  }
  void Client(const ByteVector& bytes) {
    connection.FromClient(sent, bytes);
    sent += static_cast<uint32_t>(bytes.size());
  }
  void Server(const ByteVector& bytes) {
    connection.FromServer(received, bytes);
    received += static_cast<uint32_t>(bytes.size());
  }
  void ExpectOneNamedFlow() {
    wire.classifier.Finish(wire.now);
    EXPECT_EQ(wire.classifier.coverage().named, 1u);
    EXPECT_EQ(wire.classifier.coverage().flows, 1u);
    EXPECT_EQ(wire.Outcomes(), 1u);
  }

  Wire wire;
  Connection connection;
  uint32_t sent = 0;
  uint32_t received = 0;
};

class ClearNamesAll : public ClearNames {
 protected:
  ClearNamesAll() : ClearNames(true) {}
};

TEST_F(ClearNames, SocksTargetIsNamedAndThenTheHelloBehindIt) {
  Client(kGreeting);
  Server({5, 0});
  Client(SocksRequest("chat.example"));
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("socks:chat.example"));
  Server({5, 0, 0, 1, 0, 0, 0, 0, 0, 0});
  Client(NamedHello("helper.example"));
  Server(Ciphertext(3000));
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("socks:chat.example", "tls:helper.example"));
  EXPECT_EQ(wire.ServiceOf(wire.seen.all.back()), "helper");
  EXPECT_EQ(wire.seen.Bytes(true), sent);
  EXPECT_EQ(wire.seen.Bytes(false), received);
  ExpectOneNamedFlow();
}

TEST_F(ClearNames, SocksPasswordIsSteppedOver) {
  Client(kGreeting);
  Server({5, 2});
  Client(Password());
  EXPECT_THAT(wire.seen.all, IsEmpty());
  Server({1, 0});
  Client(SocksRequest("helper.example"));
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("socks:helper.example"));
  ExpectOneNamedFlow();
}

TEST_F(ClearNames, Socks4aTargetAndAHelloInTheSameSegmentAreFound) {
  ByteVector both = Socks4a("chat.example");
  Append(both, NamedHello("www.chat.example"));
  Client(both);
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("socks:chat.example", "tls:www.chat.example"));
}

TEST_F(ClearNames, SocksAddressGetsItsNameFromTheHello) {
  Client({5, 1, 0});
  Client({5, 1, 0, 1, 192, 0, 2, 9, 1, 0xbb});
  EXPECT_THAT(wire.seen.all, IsEmpty());
  Client(NamedHello("chat.example"));
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("tls:chat.example"));
  ExpectOneNamedFlow();
}

TEST_F(ClearNames, WithoutAnInnerNameTheSocksTargetStands) {
  wire.Dns("helper.example", connection.server, 300);  // the proxy's own address says nothing
  Client(kGreeting);
  Client(SocksRequest("chat.example"));
  Client(Hello({.name = "cloudflare-ech.com", .ech = true}));
  Server(Ciphertext(100));
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("socks:chat.example"));
  EXPECT_TRUE(wire.seen.all.back().ech);
}

TEST_F(ClearNames, SocksWithoutATargetIsCountedAsOtherProtocol) {
  Client(kGreeting);
  Client({5, 3, 0, 1, 0, 0, 0, 0, 0, 0});  // UDP ASSOCIATE
  wire.classifier.Finish(wire.now);
  EXPECT_THAT(wire.seen.all, IsEmpty());
  EXPECT_EQ(wire.classifier.coverage().not_tls, 1u);
}

TEST_F(ClearNames, HostOfAClearRequestIsTheService) {
  Client(Text("POST /v1 HTTP/1.1\r\nHost: chat.example:8000\r\n\r\n{}"));
  Server(Text("HTTP/1.1 200 OK\r\n\r\n"));
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("http:chat.example"));
  EXPECT_EQ(wire.seen.Bytes(true), sent);
  EXPECT_EQ(wire.seen.Bytes(false), received);
  ExpectOneNamedFlow();
}

TEST_F(ClearNames, TargetOfARequestToAProxyIsTheService) {
  Client(Text("GET http://chat.example/?u=http://helper.example/ HTTP/1.1\r\nHost: x\r\n\r\n"));
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("http:chat.example"));
  ExpectOneNamedFlow();
}

TEST_F(ClearNames, ClearRequestsInATunnelNameIt) {
  Client(Text("CONNECT 192.0.2.9:80 HTTP/1.1\r\n\r\n"));
  Client(Text("GET / HTTP/1.1\r\nHost: chat.example\r\n\r\n"));
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("http:chat.example"));
  ExpectOneNamedFlow();
}

TEST_F(ClearNames, ServicesInUrlsOfOtherHostsAreNotNamed) {
  Client(
      Text("GET http://blog.example/?u=https://chat.example/ HTTP/1.1\r\n"
           "Referer: http://chat.example/\r\n\r\n"));
  EXPECT_THAT(wire.seen.all, IsEmpty());
  ExpectOneNamedFlow();
}

TEST_F(ClearNames, ARequestWithoutAHostIsCountedAsOtherProtocol) {
  Client(Text("GET / HTTP/1.0\r\n\r\nHost: chat.example\r\n"));
  EXPECT_THAT(wire.seen.all, IsEmpty());
  EXPECT_EQ(wire.classifier.coverage().not_tls, 1u);
}

TEST_F(ClearNamesAll, HostsOutsideTheCatalogueAreGivenOnRequest) {
  Client(Text("GET / HTTP/1.1\r\nHost: 127.0.0.1:11434\r\n\r\n"));
  Client(Text("GET / HTTP/1.1\r\nHost: chat.example\r\n\r\n"));  // the first request is read alone
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("http:127.0.0.1"));
  EXPECT_FALSE(wire.seen.all.back().match);
}

TEST_F(ClearNames, AHelloBehindAProxyHeaderIsFound) {
  Client(Text("PROXY TCP4 192.0.2.1 192.0.2.2 50000 443\r\n"));
  Client(NamedHello("chat.example"));
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("tls:chat.example"));
  EXPECT_EQ(wire.seen.Bytes(true), sent);
  ExpectOneNamedFlow();
}

TEST_F(ClearNames, AHelloInOneSegmentWithABinaryProxyHeaderIsFound) {
  ByteVector both{13, 10, 13, 10, 0, 13, 10, 'Q', 'U', 'I', 'T', 10, 0x21, 0x11, 0, 12};
  both.resize(both.size() + 12, 9);
  Append(both, NamedHello("chat.example"));
  Client(both);
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("tls:chat.example"));
}

TEST_F(ClearNames, AHelloBehindStartTlsIsFoundAndTheServersWordsDoNotHinder) {
  Server(Text("220 mail.example ESMTP\r\n"));
  Client(Text("EHLO pc.example\r\n"));
  Server(Text("250-mail.example\r\n250 STARTTLS\r\n"));
  Client(Text("STARTTLS\r\n"));
  Server(Text("220 go ahead\r\n"));
  EXPECT_THAT(wire.seen.all, IsEmpty());
  Client(NamedHello("chat.example"));
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("tls:chat.example"));
  EXPECT_EQ(wire.seen.Bytes(true), sent);
  EXPECT_EQ(wire.seen.Bytes(false), received);
  ExpectOneNamedFlow();
}

TEST_F(ClearNames, AClientThatIsRefusedTlsIsCountedAsOtherProtocol) {
  Client(Text("EHLO pc.example\r\nSTARTTLS\r\n"));
  Server(Text("454 TLS not available\r\n"));
  Client(Text("MAIL FROM:<alice@chat.example>\r\n"));
  wire.classifier.Finish(wire.now);
  EXPECT_THAT(wire.seen.all, IsEmpty());
  EXPECT_EQ(wire.classifier.coverage().not_tls, 1u);
}

TEST_F(ClearNames, AClientThatSignsInInClearIsGivenUpAtOnce) {
  Client(Text("a1 CAPABILITY\r\n"));
  Client(Text("a2 LOGIN alice secret\r\n"));
  EXPECT_EQ(wire.classifier.coverage().not_tls, 1u);
}

TEST_F(ClearNames, TheAuthorityOfAnHttp2RequestIsTheService) {
  Client(gnomon::testing::Http2Request("chat.example:8080"));
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("http:chat.example"));
  EXPECT_EQ(wire.seen.Bytes(true), sent);
  ExpectOneNamedFlow();
}

TEST_F(ClearNames, AnUpgradeToHttp2HasItsHostInTheRequestThatAsksForIt) {
  Client(
      Text("GET /v1/chat/completions HTTP/1.1\r\nHost: chat.example\r\nUser-Agent: curl/7.88.1\r\n"
           "Accept: */*\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
           "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n"));
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("http:chat.example"));
  ExpectOneNamedFlow();
}

TEST(ClearNamesMidStream, ARequestShowsTheClientWhereTheSynWasNotSeen) {
  for (const ByteVector& request :
       {Text("GET / HTTP/1.1\r\nHost: chat.example\r\n\r\n"), Socks4a("chat.example"),
        gnomon::testing::Http2Request("chat.example")}) {
    Wire wire;
    Connection connection(wire);
    connection.client_port = 1024;
    connection.server_port = 50000;
    connection.FromClient(0, request);
    ASSERT_EQ(wire.seen.Names().size(), 1u);
    EXPECT_EQ(wire.seen.Names()[0].tuple.client_port, 1024);
  }
}

struct Case {
  const char* name;
  ByteVector stream;
  std::vector<std::string> names;
};

std::vector<Case> Cases() {
  ByteVector socks = kGreeting;
  Append(socks, Password());
  Append(socks, SocksRequest("chat.example"));
  Append(socks, NamedHello("www.chat.example"));
  ByteVector socks4 = Socks4a("chat.example");
  Append(socks4, NamedHello("www.chat.example"));
  ByteVector header = Text("PROXY TCP4 192.0.2.1 192.0.2.2 50000 443\r\n");
  Append(header, NamedHello("chat.example"));
  ByteVector starttls = Text("EHLO pc.example\r\nSTARTTLS\r\n");
  Append(starttls, NamedHello("chat.example"));
  return {{"starttls", starttls, {"tls:chat.example"}},
          {"http2", gnomon::testing::Http2Request("chat.example"), {"http:chat.example"}},
          {"socks5", socks, {"socks:chat.example", "tls:www.chat.example"}},
          {"socks4a", socks4, {"socks:chat.example", "tls:www.chat.example"}},
          {"proxy header", header, {"tls:chat.example"}},
          {"http",
           Text("GET /?u=http://helper.example/ HTTP/1.1\r\nA: b\r\nHost: chat.example\r\n\r\n"),
           {"http:chat.example"}}};
}

TEST(ClearNamesInSegments, HoweverCutAndInWhateverOrderTheNamesAreTheSame) {
  std::mt19937 random(13);
  for (const Case& one : Cases()) {
    for (int round = 0; round < 300; ++round) {
      std::vector<std::pair<size_t, size_t>> cuts;
      for (size_t at = 0; at < one.stream.size();) {
        // No smaller than what may be stray bytes on an acknowledgement.
        const size_t end = std::min(at + 7 + random() % 40, one.stream.size());
        const bool last = one.stream.size() - end < 7;
        cuts.emplace_back(at, last ? one.stream.size() : end);
        at = cuts.back().second;
      }
      if (round % 3 == 1) cuts.insert(cuts.end(), cuts.begin(), cuts.end());
      if (round % 3 != 0) std::shuffle(cuts.begin(), cuts.end(), random);
      Wire wire;
      Connection connection(wire);
      connection.client_isn = static_cast<uint32_t>(random());
      connection.Open();
      for (const auto& [begin, end] : cuts) {
        connection.FromClient(static_cast<uint32_t>(begin),
                              {one.stream.begin() + static_cast<ptrdiff_t>(begin),
                               one.stream.begin() + static_cast<ptrdiff_t>(end)});
      }
      ASSERT_EQ(wire.seen.NameTexts(), one.names) << one.name << " round " << round;
      wire.classifier.Finish(wire.now);
      ASSERT_EQ(wire.seen.Bytes(true), one.stream.size()) << one.name << " round " << round;
      ASSERT_EQ(wire.classifier.coverage().named, 1u);
      ASSERT_EQ(wire.Outcomes(), 1u);
    }
  }
}

TEST(ClearNamesInSegments, MutatedStreamsAreCountedInOneOutcome) {
  std::mt19937 random(17);
  for (const Case& one : Cases()) {
    for (int round = 0; round < 3000; ++round) {
      ByteVector bytes = one.stream;
      for (int i = random() % 4; i >= 0; --i) {
        bytes[random() % bytes.size()] = static_cast<uint8_t>(random());
      }
      Wire wire(ClassifierOptions{.max_flows = 4, .max_hellos = 2, .max_resolved = 4});
      Connection connection(wire);
      connection.Open();
      const auto cut = static_cast<ptrdiff_t>(random() % bytes.size());
      connection.FromClient(0, {bytes.begin(), bytes.begin() + cut});
      connection.FromClient(static_cast<uint32_t>(cut), {bytes.begin() + cut, bytes.end()});
      wire.classifier.Finish(wire.now);
      ASSERT_EQ(wire.classifier.coverage().flows, 1u);
      ASSERT_EQ(wire.Outcomes(), 1u) << one.name;
    }
  }
}

}  // namespace
}  // namespace gnomon::classify
