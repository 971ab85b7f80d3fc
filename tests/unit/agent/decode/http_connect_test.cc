#include "agent/decode/http_connect.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/unit/agent/decode/hello_builder.h"

namespace gnomon::decode {
namespace {

using testing::ByteVector;
using testing::ToBytes;

struct Parsed {
  ConnectResult result;
  std::string host;
  int port;
  size_t length;
};

Parsed Parse(std::string_view text) {
  const ByteVector exact = ToBytes(text);
  ConnectRequest request;
  const ConnectResult result = ParseConnect(exact, &request);
  return {result, std::string(request.host.view()), request.port, request.length};
}

ConnectResult ResultOf(std::string_view text) {
  return Parse(text).result;
}

const std::string kRequest =
    "CONNECT Chat.example.com:443 HTTP/1.1\r\nHost: chat.example.com:443\r\n"
    "User-Agent: test\r\n\r\n";

TEST(HttpConnect, TargetAndLengthOfTheHeadAreFound) {
  const Parsed parsed = Parse(kRequest);
  EXPECT_EQ(parsed.result, ConnectResult::kFound);
  EXPECT_EQ(parsed.host, "chat.example.com");
  EXPECT_EQ(parsed.port, 443);
  EXPECT_EQ(parsed.length, kRequest.size());
}

TEST(HttpConnect, HelloIsFoundRightBehindTheHead) {
  ByteVector stream = ToBytes(kRequest);
  testing::Put(stream, testing::InRecords(testing::BuildHello()));
  ConnectRequest request;
  ASSERT_EQ(ParseConnect(stream, &request), ConnectResult::kFound);
  ClientHello hello;
  EXPECT_EQ(ParseClientHello(Bytes(stream).subspan(request.length), &hello), HelloResult::kFound);
  EXPECT_EQ(hello.server_name.view(), "chat.example.com");
}

TEST(HttpConnect, HeadWithoutFieldsAndWithBareLineFeedsIsFound) {
  EXPECT_EQ(Parse("CONNECT a.example:8443 HTTP/1.0\r\n\r\n").port, 8443);
  const Parsed parsed = Parse("CONNECT a.example:443 HTTP/1.1\nHost: a.example\n\nrest");
  EXPECT_EQ(parsed.result, ConnectResult::kFound);
  EXPECT_EQ(parsed.length, 48u);
}

TEST(HttpConnect, AddressLiteralsAreKept) {
  EXPECT_EQ(Parse("CONNECT 192.0.2.1:443 HTTP/1.1\r\n\r\n").host, "192.0.2.1");
  EXPECT_EQ(Parse("CONNECT [2001:DB8::1]:443 HTTP/1.1\r\n\r\n").host, "2001:db8::1");
}

TEST(HttpConnect, EveryPrefixNeedsMore) {
  for (size_t length = 0; length < kRequest.size(); ++length) {
    const Parsed parsed = Parse(std::string_view(kRequest).substr(0, length));
    ASSERT_EQ(parsed.result, ConnectResult::kNeedMore) << length;
    ASSERT_EQ(parsed.host, "");
  }
}

TEST(HttpConnect, OtherFirstBytesAreNoConnect) {
  EXPECT_EQ(ResultOf("GET / HTTP/1.1\r\n\r\n"), ConnectResult::kNotConnect);
  EXPECT_EQ(ResultOf("CONNECTED a:1 HTTP/1.1\r\n\r\n"), ConnectResult::kNotConnect);
  EXPECT_EQ(ResultOf("connect a:1 HTTP/1.1\r\n\r\n"), ConnectResult::kNotConnect);
  EXPECT_EQ(ResultOf("\x16\x03\x01"), ConnectResult::kNotConnect);
}

TEST(HttpConnect, TargetsThatAreNoHostAndPortAreMalformed) {
  for (const std::string target :
       {"a.example", "a.example:", ":443", "a.example:0", "a.example:65536", "a.example:44x",
        "a.example:-1", "a b:443", "http://a.example:443/", "2001:db8::1:443", "[]:443",
        "[2001:db8::1:443", "a..b:443", ""}) {
    EXPECT_EQ(ResultOf("CONNECT " + target + " HTTP/1.1\r\n\r\n"), ConnectResult::kMalformed)
        << target;
  }
}

TEST(HttpConnect, OtherVersionsAreMalformed) {
  for (const std::string version :
       {"HTTP/2.0", "HTTP/1.", "HTTP/1.11", "HTTP/1.x", "ICAP/1.0", ""}) {
    EXPECT_EQ(ResultOf("CONNECT a.example:443 " + version + "\r\n\r\n"), ConnectResult::kMalformed)
        << version;
  }
  EXPECT_EQ(ResultOf("CONNECT a.example:443\r\n\r\n"), ConnectResult::kMalformed);
}

TEST(HttpConnect, MalformedRequestLineIsToldBeforeTheHeadEnds) {
  EXPECT_EQ(ResultOf("CONNECT nothing HTTP/1.1\r\nHost"), ConnectResult::kMalformed);
}

TEST(HttpConnect, HeadOverItsLimitIsMalformed) {
  const std::string start = "CONNECT a.example:443 HTTP/1.1\r\nX: ";
  const auto head = [&](size_t length) {
    return start + std::string(length - start.size() - 4, 'x') + "\r\n\r\n";
  };
  EXPECT_EQ(ResultOf(head(kMaxConnectHead)), ConnectResult::kFound);
  EXPECT_EQ(Parse(head(kMaxConnectHead)).length, kMaxConnectHead);
  EXPECT_EQ(ResultOf(head(kMaxConnectHead + 1)), ConnectResult::kMalformed);
  EXPECT_EQ(ResultOf("CONNECT " + std::string(kMaxConnectHead, 'a')), ConnectResult::kMalformed);
}

TEST(HttpConnect, MutatedRequestsGivePlausibleTargetsOnly) {
  std::mt19937 random(3);
  for (int round = 0; round < 30000; ++round) {
    std::string text = kRequest + "behind";
    for (int i = random() % 4; i >= 0; --i) {
      text[random() % text.size()] = static_cast<char>(random());
    }
    const Parsed parsed = Parse(text);
    const bool found = parsed.result == ConnectResult::kFound;
    ASSERT_EQ(found, parsed.port != 0);
    ASSERT_EQ(found, !parsed.host.empty());
    ASSERT_EQ(found, parsed.length > 0);
    ASSERT_LE(parsed.length, text.size());
  }
}

}  // namespace
}  // namespace gnomon::decode
