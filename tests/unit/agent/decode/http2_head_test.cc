#include "agent/decode/http2_head.h"

#include <gtest/gtest.h>

#include <random>

#include "agent/decode/hpack.h"
#include "tests/unit/agent/decode/http2_builder.h"
#include "tests/unit/agent/decode/quic_builder.h"

namespace gnomon::decode {
namespace {

using namespace testing;  // NOLINT: the builders read as layers

// curl 7.88.1 (nghttp2 1.52.0) --http2-prior-knowledge -H "Host: api.chat.example"
// .../v1/chat/completions
const ByteVector kCurl = FromHex(
    "505249202a20485454502f322e300d0a0d0a534d0d0a0d0a00001204000000000000030000006400040200000000"
    "020000000000000408000000000001ff000100002f01050000000182048e63b85824e34b043d35d05498f5238641"
    "8c1d665c938d2b97c8e9ae82ff7a8825b650c3abbcf2e153032a2f2a");

std::string HostIn(const ByteVector& stream, HttpResult expected = HttpResult::kFound) {
  HttpHead head;
  EXPECT_EQ(ParseHttp2Head(stream, &head), expected);
  return std::string(head.host.view());
}

std::string AuthorityIn(const ByteVector& block, HpackResult expected = HpackResult::kFound,
                        bool ended = true) {
  Authority authority;
  EXPECT_EQ(FindAuthority(block, ended, &authority), expected);
  return {authority.bytes.begin(),
          authority.bytes.begin() + static_cast<ptrdiff_t>(authority.length)};
}

void PutField(ByteVector& block, std::string_view name, std::string_view value,
              uint8_t kind = 0x40) {
  Put(block, kind, 1);
  PutVector(block, ToBytes(name), 1);
  PutVector(block, ToBytes(value), 1);
}

TEST(Http2Head, TheAuthorityOfCurlsFirstRequestIsRead) {
  EXPECT_EQ(HostIn(kCurl), "api.chat.example");
}

TEST(Http2Head, EveryPrefixWaitsOrHasTheAnswer) {
  for (size_t length = 1; length < kCurl.size(); ++length) {
    HttpHead head;
    const HttpResult result = ParseHttp2Head(Bytes(kCurl).first(length), &head);
    ASSERT_TRUE(result == HttpResult::kNeedMore || result == HttpResult::kFound) << length;
    ASSERT_EQ(head.host.view(), result == HttpResult::kFound ? "api.chat.example" : "");
    ASSERT_TRUE(BeginsAsHttp2(Bytes(kCurl).first(length)));
  }
}

TEST(Http2Head, PortsAndBracketsAreLeftOut) {
  EXPECT_EQ(HostIn(Http2Request("chat.example:8080")), "chat.example");
  EXPECT_EQ(HostIn(Http2Request("[2001:db8::1]:50051")), "2001:db8::1");
  EXPECT_EQ(HostIn(Http2Request("chat.example:x"), HttpResult::kNoHost), "");
  EXPECT_EQ(HostIn(Http2Request("user@chat.example"), HttpResult::kNoHost), "");
}

TEST(Http2Head, PaddingAndPriorityAreSteppedOver) {
  const ByteVector block = RequestBlock("chat.example");
  for (const int flags : {0x04, 0x0c, 0x24, 0x2c}) {
    ByteVector payload;
    if ((flags & 0x08) != 0) payload.push_back(7);
    if ((flags & 0x20) != 0) Put(payload, 0x8000000010, 5);
    Put(payload, block);
    if ((flags & 0x08) != 0) payload.resize(payload.size() + 7, 0);
    ByteVector stream = Http2Start();
    PutFrame(stream, 1, static_cast<uint8_t>(flags), 1, payload);
    EXPECT_EQ(HostIn(stream), "chat.example") << flags;
  }
  ByteVector stream = Http2Start();
  PutFrame(stream, 1, 0x0c, 1, ByteVector{9, 0x82, 0x86});
  EXPECT_EQ(HostIn(stream, HttpResult::kMalformed), "");
}

TEST(Http2Head, ABlockOverSeveralContinuationsIsRead) {
  const ByteVector block = RequestBlock("chat.example");
  for (size_t size = 1; size <= block.size(); ++size) {
    ByteVector stream = Http2Start();
    for (size_t at = 0; at < block.size(); at += size) {
      const size_t length = std::min(size, block.size() - at);
      const bool last = at + length == block.size();
      PutFrame(stream, at == 0 ? 1 : 9, last ? 0x04 : 0, 1, Bytes(block).subspan(at, length));
    }
    EXPECT_EQ(HostIn(stream), "chat.example") << size;
  }
}

TEST(Http2Head, NothingMayStandBetweenABlockAndItsContinuation) {
  const ByteVector block = RequestBlock("chat.example");
  for (const auto& [type, stream_id] : {std::pair<uint8_t, uint32_t>{8, 1}, {9, 3}}) {
    ByteVector stream = Http2Start();
    PutFrame(stream, 1, 0, 1, Bytes(block).first(5));
    PutFrame(stream, type, 0x04, stream_id, Bytes(block).subspan(5));
    EXPECT_EQ(HostIn(stream, HttpResult::kMalformed), "");
  }
}

TEST(Http2Head, FramesBeforeTheRequestAreSteppedOver) {
  ByteVector stream = Http2Start();
  PutFrame(stream, 2, 0, 3, ByteVector{0, 0, 0, 0, 200});  // PRIORITY, as older Firefox sends it
  PutFrame(stream, 4, 1, 0, {});                           // SETTINGS, acknowledged
  PutFrame(stream, 6, 0, 0, ByteVector(8, 1));             // PING
  PutFrame(stream, 0x10, 0, 0, ByteVector(9, 1));          // PRIORITY_UPDATE (RFC 9218)
  PutFrame(stream, 1, 0x04, 3, RequestBlock("chat.example"));
  EXPECT_EQ(HostIn(stream), "chat.example");
}

TEST(Http2Head, WhatNoClientBeginsWithIsMalformed) {
  const auto after = [](ByteVector stream, uint8_t type, uint32_t id) {
    PutFrame(stream, type, 4, id, RequestBlock("chat.example"));
    return stream;
  };
  EXPECT_EQ(HostIn(after(ToBytes(kHttp2Preface), 1, 1), HttpResult::kMalformed), "");
  for (const uint8_t type : {0, 3, 5, 9})
    EXPECT_EQ(HostIn(after(Http2Start(), type, 1), HttpResult::kMalformed), "") << int(type);
  EXPECT_EQ(HostIn(after(Http2Start(), 1, 0), HttpResult::kMalformed), "");
  EXPECT_EQ(HostIn(after(Http2Start(), 1, 2), HttpResult::kMalformed), "");
  EXPECT_EQ(HostIn(after(Http2Start(), 7, 0), HttpResult::kNoHost), "");
}

TEST(Http2Head, OtherProtocolsAreNotHttp) {
  for (const char* text : {"PRX", "PRI * HTTP/2.1", "GET / HTTP/1.1", "PRI * HTTP/2.0\r\n\r\nSMTP"})
    EXPECT_EQ(HostIn(ToBytes(text), HttpResult::kNotHttp), "") << text;
}

TEST(Http2Head, NoHostWithinTheLimitIsMalformed) {
  ByteVector stream = Http2Start();
  while (stream.size() < kMaxHttpHead) PutFrame(stream, 0x42, 0, 0, ByteVector(900, 1));
  PutFrame(stream, 1, 0x04, 1, RequestBlock("chat.example"));
  EXPECT_EQ(HostIn(stream, HttpResult::kMalformed), "");
}

// RFC 7541 appendix C.3.1 and C.4.1.
TEST(Hpack, TheExamplesOfTheRfcGiveTheirAuthority) {
  EXPECT_EQ(AuthorityIn(FromHex("828684410f7777772e6578616d706c652e636f6d")), "www.example.com");
  EXPECT_EQ(AuthorityIn(FromHex("828684418cf1e3c2e5f23a6ba0ab90f4ff")), "www.example.com");
}

TEST(Hpack, TheNameMayBeALiteralInAllThreeForms) {
  for (const uint8_t kind : {0x40, 0x00, 0x10}) {
    ByteVector block{0x82};
    PutField(block, ":authority", "chat.example", kind);
    EXPECT_EQ(AuthorityIn(block), "chat.example") << int(kind);
  }
  // The same, the name from the static table, not indexed.
  ByteVector block{0x01};
  PutVector(block, ToBytes("chat.example"), 1);
  EXPECT_EQ(AuthorityIn(block), "chat.example");
}

TEST(Hpack, TheHostFieldStandsInWhereThereIsNoAuthority) {
  ByteVector block{0x82, 0x86, 0x84};
  PutField(block, "accept", "*/*");
  PutField(block, "host", "chat.example");
  EXPECT_EQ(AuthorityIn(block), "chat.example");
  ByteVector both = RequestBlock("chat.example");
  PutField(both, "host", "other.example");
  EXPECT_EQ(AuthorityIn(both), "chat.example");
}

TEST(Hpack, AFieldOfTheSameBlockMayBeReferredTo) {
  // A host field whose name is that of an entry which this block has added.
  ByteVector block{0x82};
  PutField(block, "host", "");  // empty: not the host yet
  PutField(block, "x-first", "a");
  PutField(block, "x-last", "b");
  Put(block, 0x7f, 1);  // incremental indexing, name index 63 + 1: the oldest of three
  Put(block, 0x01, 1);
  PutVector(block, ToBytes("chat.example"), 1);
  EXPECT_EQ(AuthorityIn(block), "chat.example");
}

TEST(Hpack, AnEmptyAuthorityLeavesItToTheHostField) {
  ByteVector block{0x82};
  PutField(block, ":authority", "", 0x00);
  PutField(block, "accept", "*/*");
  PutField(block, "host", "chat.example", 0x10);
  EXPECT_EQ(AuthorityIn(block), "chat.example");
}

TEST(Hpack, EntriesThatDoNotExistAreMalformed) {
  EXPECT_EQ(AuthorityIn({0x80}, HpackResult::kMalformed), "");
  EXPECT_EQ(AuthorityIn({0xbe}, HpackResult::kMalformed), "");  // 62, and none was added
  EXPECT_EQ(AuthorityIn(FromHex("ffffffffffff"), HpackResult::kMalformed), "");
  EXPECT_EQ(AuthorityIn(FromHex("41ffffffffffff"), HpackResult::kMalformed), "");
}

TEST(Hpack, PseudoFieldsBehindOthersAreMalformed) {
  ByteVector block{0x82};
  PutField(block, "accept", "*/*");
  Put(block, RequestBlock("chat.example"));
  EXPECT_EQ(AuthorityIn(block, HpackResult::kMalformed), "");
}

TEST(Hpack, AChangeOfTheTablesSizeIsSteppedOver) {
  ByteVector block{0x3f, 0xe1, 0x1f};  // 4096
  Put(block, RequestBlock("chat.example"));
  EXPECT_EQ(AuthorityIn(block), "chat.example");
}

TEST(Hpack, ABlockWithoutAHostHasNone) {
  EXPECT_EQ(AuthorityIn({0x82, 0x86, 0x84}, HpackResult::kNoHost), "");
  EXPECT_EQ(AuthorityIn({0x82, 0x86, 0x84}, HpackResult::kNeedMore, false), "");
  EXPECT_EQ(AuthorityIn({}, HpackResult::kNoHost), "");
  ByteVector longer_than_any{0x41, 0x7f, 0xad, 0x02};  // 127 + 301 bytes
  longer_than_any.resize(longer_than_any.size() + 428, 'a');
  EXPECT_EQ(AuthorityIn(longer_than_any, HpackResult::kNoHost), "");
}

TEST(Http2Head, MutatedStreamsNeverGiveAHostThatIsNone) {
  std::mt19937 random(9113);
  for (int round = 0; round < 50000; ++round) {
    ByteVector bytes = kCurl;
    for (int i = random() % 3; i >= 0; --i)
      bytes[24 + random() % (bytes.size() - 24)] = static_cast<uint8_t>(random());
    const std::vector<uint8_t> exact(bytes.begin(),
                                     bytes.end() - static_cast<ptrdiff_t>(random() % 20));
    HttpHead head;
    const HttpResult result = ParseHttp2Head(exact, &head);
    ASSERT_EQ(result == HttpResult::kFound, !head.host.empty());
  }
}

}  // namespace
}  // namespace gnomon::decode
