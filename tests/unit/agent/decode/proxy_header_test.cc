#include "agent/decode/proxy_header.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/unit/agent/decode/byte_writer.h"

namespace gnomon::decode {
namespace {

using testing::ByteVector;
using testing::Put;
using testing::PutText;
using testing::ToBytes;

struct Parsed {
  ProxyHeaderResult result;
  size_t length;
};

Parsed Parse(const ByteVector& bytes) {
  const ByteVector exact(bytes.begin(), bytes.end());
  Parsed parsed{};
  parsed.result = ParseProxyHeader(exact, &parsed.length);
  return parsed;
}

const std::string kText = "PROXY TCP4 192.0.2.1 192.0.2.2 50000 443\r\n";

ByteVector Binary(uint8_t version_and_command, size_t length) {
  ByteVector out{13, 10, 13, 10, 0, 13, 10, 'Q', 'U', 'I', 'T', 10, version_and_command, 0x11};
  Put(out, length, 2);
  out.resize(out.size() + length, 0x16);
  return out;
}

TEST(ProxyHeader, LengthOfBothVersionsIsFound) {
  for (const ByteVector& header :
       {ToBytes(kText), ToBytes("PROXY TCP6 2001:db8::1 2001:db8::2 1 443\r\n"),
        ToBytes("PROXY UNKNOWN\r\n"), Binary(0x21, 12), Binary(0x20, 0), Binary(0x21, 300)}) {
    ByteVector stream = header;
    PutText(stream, "\r\nbehind");
    const Parsed parsed = Parse(stream);
    EXPECT_EQ(parsed.result, ProxyHeaderResult::kFound);
    EXPECT_EQ(parsed.length, header.size());
  }
}

TEST(ProxyHeader, EveryPrefixNeedsMore) {
  for (const ByteVector& header : {ToBytes(kText), Binary(0x21, 36)}) {
    for (size_t length = 0; length < header.size(); ++length) {
      const Parsed parsed =
          Parse({header.begin(), header.begin() + static_cast<ptrdiff_t>(length)});
      ASSERT_EQ(parsed.result, ProxyHeaderResult::kNeedMore) << length;
      ASSERT_EQ(parsed.length, 0u);
    }
  }
}

TEST(ProxyHeader, OtherProtocolsAreNoHeader) {
  EXPECT_EQ(Parse(ToBytes("PROXIED")).result, ProxyHeaderResult::kNotHeader);
  EXPECT_EQ(Parse(ToBytes("PUT / HTTP/1.1")).result, ProxyHeaderResult::kNotHeader);
  EXPECT_EQ(Parse(ToBytes("\r\n\r\nGET")).result, ProxyHeaderResult::kNotHeader);
  EXPECT_EQ(Parse({0x16, 3, 1}).result, ProxyHeaderResult::kNotHeader);
}

TEST(ProxyHeader, HeadersThatContradictTheirFormatAreMalformed) {
  EXPECT_EQ(Parse(ToBytes("PROXY UDP4 ")).result, ProxyHeaderResult::kMalformed);
  EXPECT_EQ(Parse(Binary(0x11, 12)).result, ProxyHeaderResult::kMalformed);
  EXPECT_EQ(Parse(Binary(0x22, 12)).result, ProxyHeaderResult::kMalformed);
}

TEST(ProxyHeader, HeadersOverTheirLimitAreMalformed) {
  EXPECT_EQ(Parse(ToBytes("PROXY UNKNOWN" + std::string(92, 'x') + "\r\n")).length, 107u);
  EXPECT_EQ(Parse(ToBytes("PROXY UNKNOWN" + std::string(93, 'x') + "\r\n")).result,
            ProxyHeaderResult::kMalformed);
  EXPECT_EQ(Parse(Binary(0x21, kMaxProxyHeader - 16)).length, kMaxProxyHeader);
  EXPECT_EQ(Parse(Binary(0x21, kMaxProxyHeader - 15)).result, ProxyHeaderResult::kMalformed);
}

TEST(ProxyHeader, MutatedHeadersStayInsideTheStream) {
  std::mt19937 random(11);
  for (int round = 0; round < 30000; ++round) {
    ByteVector bytes = round % 2 == 0 ? ToBytes(kText + "behind") : Binary(0x21, 36);
    for (int i = random() % 4; i >= 0; --i) {
      bytes[random() % bytes.size()] = static_cast<uint8_t>(random());
    }
    const Parsed parsed = Parse(bytes);
    ASSERT_EQ(parsed.result == ProxyHeaderResult::kFound, parsed.length > 0);
    ASSERT_LE(parsed.length, bytes.size());
  }
}

}  // namespace
}  // namespace gnomon::decode
