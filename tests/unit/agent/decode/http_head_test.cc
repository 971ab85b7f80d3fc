#include "agent/decode/http_head.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/unit/agent/decode/byte_writer.h"

namespace gnomon::decode {
namespace {

using testing::ByteVector;
using testing::ToBytes;

struct Parsed {
  HttpResult result;
  std::string host;
  HttpTarget target;
};

Parsed Parse(std::string_view text) {
  const ByteVector exact = ToBytes(text);
  HttpHead head;
  const HttpResult result = ParseHttpHead(exact, &head);
  return {result, std::string(head.host.view()), head.target};
}

// The host of a GET for `target` with `fields`; else the result's number.
std::string HostOf(const std::string& target, const std::string& fields = "") {
  const Parsed parsed = Parse("GET " + target + " HTTP/1.1\r\n" + fields + "\r\n");
  return parsed.result == HttpResult::kFound ? parsed.host
                                             : std::to_string(static_cast<int>(parsed.result));
}

const std::string kNoHost = std::to_string(static_cast<int>(HttpResult::kNoHost));
const std::string kMalformed = std::to_string(static_cast<int>(HttpResult::kMalformed));

TEST(HttpHead, HostFieldOfAnOriginFormRequestIsFound) {
  for (const std::string method : {"GET", "POST", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH"}) {
    const Parsed parsed =
        Parse(method + " /v1/chat HTTP/1.1\r\nAccept: */*\r\nHost: Chat.Example:8080\r\n\r\n{}");
    EXPECT_EQ(parsed.result, HttpResult::kFound) << method;
    EXPECT_EQ(parsed.host, "chat.example");
    EXPECT_EQ(parsed.target, HttpTarget::kOrigin);
  }
  EXPECT_EQ(Parse("OPTIONS * HTTP/1.1\r\nHost: a.example\r\n").host, "a.example");
  EXPECT_EQ(Parse("GET / HTTP/1.0\nHost: a.example\n").host, "a.example");
}

TEST(HttpHead, TargetOfARequestToAProxyCountsAndItsHostFieldDoesNot) {
  const Parsed parsed = Parse("POST http://A.example/x HTTP/1.1\r\nHost: b.example\r\n\r\n");
  EXPECT_EQ(parsed.result, HttpResult::kFound);
  EXPECT_EQ(parsed.host, "a.example");
  EXPECT_EQ(parsed.target, HttpTarget::kAbsolute);
  EXPECT_EQ(HostOf("https://a.example"), "a.example");
  EXPECT_EQ(HostOf("http://a.example:8080/"), "a.example");
  EXPECT_EQ(HostOf("http://a.example?q"), "a.example");
  EXPECT_EQ(HostOf("http://[2001:DB8::1]:80/"), "2001:db8::1");
}

TEST(HttpHead, NamesElsewhereInTheRequestDoNotCount) {
  EXPECT_EQ(HostOf("http://example.com/?u=https://api.openai.com/"), "example.com");
  EXPECT_EQ(HostOf("http://example.com/@api.openai.com"), "example.com");
  EXPECT_EQ(HostOf("http://example.com?@api.openai.com"), "example.com");
  EXPECT_EQ(HostOf("http://example.com#@api.openai.com"), "example.com");
  EXPECT_EQ(HostOf("http://api.openai.com:secret@example.com/"), "example.com");
  EXPECT_EQ(HostOf("/http://api.openai.com/", "Host: example.com\r\n"), "example.com");
  EXPECT_EQ(HostOf("/",
                   "Referer: http://api.openai.com/\r\nX-Forwarded-Host: api.openai.com\r\n"
                   "X-Host: api.openai.com\r\nHosts: api.openai.com\r\nA: b\r\n"
                   " Host: api.openai.com\r\nHost: example.com\r\nHost: api.openai.com\r\n"),
            "example.com");
}

TEST(HttpHead, TargetsWhoseHostIsNotPlainAreMalformed) {
  for (const std::string target :
       {"http://example.com\\@api.openai.com/", "http://a@b@c.example/", "http:///path", "http://",
        "http://:80/", "ht tp://a.example/", "h_p://a.example/", "a.example:443",
        "http:/a.example/", "http://a.example:0/", "http://a.example:99999/", "http://a.example:x/",
        "http://[::1/", "http://[::1]x/", "http://::1/", "http://a..b/", "**", "x"}) {
    EXPECT_EQ(HostOf(target, "Host: example.com\r\n"), kMalformed) << target;
  }
}

TEST(HttpHead, HostFieldIsKnownInAnyCaseAndWithSpaceAroundItsValue) {
  EXPECT_EQ(HostOf("/", "hOST:a.example\r\n"), "a.example");
  EXPECT_EQ(HostOf("/", "Host: \t a.example. \t\r\n"), "a.example");
  EXPECT_EQ(HostOf("/", "Host: [::1]:8080\r\n"), "::1");
  EXPECT_EQ(HostOf("/", "Host: 127.0.0.1:11434\r\n"), "127.0.0.1");
  EXPECT_EQ(HostOf("/", "Host: a.example:\r\n"), "a.example");
}

TEST(HttpHead, RequestsWithoutAPlausibleHostGiveNone) {
  EXPECT_EQ(HostOf("/"), kNoHost);
  for (const std::string value : {"", "a b", "a, b", "http://a.example", "user@a.example", "a:b:c",
                                  "a.example:x", "[::1", "a\rb", ":80", "[]"}) {
    EXPECT_EQ(HostOf("/", "Host: " + value + "\r\n"), kNoHost) << value;
  }
  EXPECT_EQ(HostOf("/", "Host : a.example\r\n"), kNoHost);
  EXPECT_EQ(HostOf("/", "Host:\r\n a.example\r\n"), kNoHost);
  // Behind the head is the body.
  EXPECT_EQ(Parse("POST / HTTP/1.1\r\n\r\nHost: api.openai.com\r\n\r\n").result,
            HttpResult::kNoHost);
}

TEST(HttpHead, OtherFirstBytesAreNoHttp) {
  for (const std::string text :
       {"CONNECT a:1 HTTP/1.1\r\n", "get / HTTP/1.1\r\n", "GETS / HTTP/1.1\r\n", "GET  / HTTP/1.1",
        "PRI * HTTP/2.0\r\n", "GET \x01", "HTTP/1.1 200 OK\r\n", "PROXY TCP4 ", "\x16\x03\x01"}) {
    EXPECT_EQ(Parse(text).result, HttpResult::kNotHttp) << text;
    EXPECT_FALSE(BeginsAsHttpHead(ToBytes(text))) << text;
  }
  EXPECT_TRUE(BeginsAsHttpHead(ToBytes("OPTIONS ")));
  EXPECT_TRUE(BeginsAsHttpHead(ToBytes("GET http:")));
}

TEST(HttpHead, OtherVersionsAreMalformed) {
  for (const std::string version :
       {"HTTP/2.0", "HTTP/1.", "HTTP/1.11", "HTTP/0.9", "RTSP/1.0", "", "x HTTP/1.1"}) {
    EXPECT_EQ(Parse("GET / " + version + "\r\nHost: a.example\r\n").result, HttpResult::kMalformed)
        << version;
  }
  EXPECT_EQ(Parse("GET /\r\nHost: a.example\r\n").result, HttpResult::kMalformed);
}

TEST(HttpHead, EveryPrefixNeedsMoreUntilTheHostsLineHasEnded) {
  for (const std::string text : {"DELETE /x HTTP/1.1\r\nA: b\r\nHost: a.example\r\n",
                                 "POST http://a.example/x HTTP/1.1\r\n"}) {
    for (size_t length = 0; length < text.size(); ++length) {
      const Parsed parsed = Parse(std::string_view(text).substr(0, length));
      ASSERT_EQ(parsed.result, HttpResult::kNeedMore) << length;
      ASSERT_EQ(parsed.host, "");
    }
    EXPECT_EQ(Parse(text).result, HttpResult::kFound);
    EXPECT_EQ(Parse(text + "anything\n\n").host, "a.example");
  }
}

TEST(HttpHead, HostBehindTheLimitIsMalformed) {
  const auto request = [](size_t length) {
    const std::string start = "GET / HTTP/1.1\r\nX: ", end = "\r\nHost: a.example\r\n";
    return start + std::string(length - start.size() - end.size(), 'x') + end;
  };
  EXPECT_EQ(Parse(request(kMaxHttpHead)).host, "a.example");
  EXPECT_EQ(Parse(request(kMaxHttpHead + 1)).result, HttpResult::kMalformed);
  EXPECT_EQ(Parse("GET /" + std::string(kMaxHttpHead, 'a')).result, HttpResult::kMalformed);
}

TEST(HttpHead, MutatedRequestsGivePlausibleHostsOnly) {
  std::mt19937 random(7);
  int found_count = 0;
  for (int round = 0; round < 30000; ++round) {
    std::string text = round % 2 == 0
                           ? "GET /a?b=c HTTP/1.1\r\nAccept: */*\r\nHost: a.example:80\r\n\r\n"
                           : "GET http://user:pass@a.example:80/b?c#d HTTP/1.1\r\nA: b\r\n\r\n";
    for (int i = random() % 4; i >= 0; --i) {
      text[random() % text.size()] = static_cast<char>(random());
    }
    const Parsed parsed = Parse(text);
    const bool found = parsed.result == HttpResult::kFound;
    ASSERT_EQ(found, !parsed.host.empty()) << text;
    // Nothing of a URL but the host.
    ASSERT_EQ(parsed.host.find_first_of("/?#@ "), std::string::npos) << text;
    found_count += found;
  }
  EXPECT_GT(found_count, 1000);
}

}  // namespace
}  // namespace gnomon::decode
