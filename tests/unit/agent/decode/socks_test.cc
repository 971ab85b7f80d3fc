#include "agent/decode/socks.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/unit/agent/decode/hello_builder.h"

namespace gnomon::decode {
namespace {

using testing::ByteVector;
using testing::Put;
using testing::PutText;
using testing::PutVector;
using testing::ToBytes;

struct Parsed {
  SocksResult result;
  std::string host;
  int port;
  int version;
  size_t length;
};

Parsed Parse(const ByteVector& bytes) {
  const ByteVector exact(bytes.begin(), bytes.end());
  SocksRequest request;
  const SocksResult result = ParseSocks(exact, &request);
  return {result, std::string(request.host.view()), request.port, request.version, request.length};
}

ByteVector Greeting(const ByteVector& methods) {
  ByteVector out{5};
  PutVector(out, methods, 1);
  return out;
}

ByteVector Request(uint8_t command, uint8_t type, const ByteVector& address, uint16_t port) {
  ByteVector out{5, command, 0, type};
  Put(out, address);
  Put(out, port, 2);
  return out;
}

ByteVector Domain(const std::string& name, uint16_t port = 443) {
  ByteVector address;
  PutVector(address, ToBytes(name), 1);
  return Request(1, 3, address, port);
}

ByteVector Password(const std::string& user, const std::string& password) {
  ByteVector out{1};
  PutVector(out, ToBytes(user), 1);
  PutVector(out, ToBytes(password), 1);
  return out;
}

ByteVector Socks4(const ByteVector& address, const std::string& user, uint16_t port = 443) {
  ByteVector out{4, 1};
  Put(out, port, 2);
  Put(out, address);
  PutText(out, user);
  out.push_back(0);
  return out;
}

ByteVector Socks4a(const std::string& user, const std::string& host) {
  ByteVector out = Socks4({0, 0, 0, 1}, user);
  PutText(out, host);
  out.push_back(0);
  return out;
}

ByteVector operator+(ByteVector left, const ByteVector& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

TEST(Socks, DomainBehindAGreetingIsFound) {
  const ByteVector stream = Greeting({0, 1}) + Domain("Chat.example.com");
  const Parsed parsed = Parse(stream);
  EXPECT_EQ(parsed.result, SocksResult::kFound);
  EXPECT_EQ(parsed.host, "chat.example.com");
  EXPECT_EQ(parsed.port, 443);
  EXPECT_EQ(parsed.version, 5);
  EXPECT_EQ(parsed.length, stream.size());
}

TEST(Socks, APasswordIsSteppedOver) {
  const ByteVector stream =
      Greeting({0, 2}) + Password("alice", "api.openai.com") + Domain("a.example");
  EXPECT_EQ(Parse(stream).host, "a.example");
  EXPECT_EQ(Parse(stream).length, stream.size());
  // The longest that RFC 1929 allows, and none.
  EXPECT_EQ(Parse(Greeting({2}) + Password(std::string(255, 'u'), std::string(255, '\5')) +
                  Domain("a.example"))
                .host,
            "a.example");
  EXPECT_EQ(Parse(Greeting({2}) + Password("", "") + Domain("a.example")).host, "a.example");
}

TEST(Socks, AnOfferedPasswordThatWasNotWantedIsNotLookedFor) {
  EXPECT_EQ(Parse(Greeting({0, 2}) + Domain("a.example")).host, "a.example");
}

TEST(Socks, APasswordThatWasNotOfferedIsMalformed) {
  EXPECT_EQ(Parse(Greeting({0, 1}) + Password("alice", "secret") + Domain("a.example")).result,
            SocksResult::kMalformed);
}

TEST(Socks, HelloIsFoundRightBehindTheRequest) {
  for (const ByteVector& head : {Greeting({0}) + Domain("a.example"), Socks4a("", "a.example")}) {
    const ByteVector stream = head + testing::InRecords(testing::BuildHello());
    SocksRequest request;
    ASSERT_EQ(ParseSocks(stream, &request), SocksResult::kFound);
    EXPECT_EQ(request.length, head.size());
    ClientHello hello;
    EXPECT_EQ(ParseClientHello(Bytes(stream).subspan(request.length), &hello), HelloResult::kFound);
  }
}

TEST(Socks, AddressesStandAsTheirText) {
  EXPECT_EQ(Parse(Greeting({0}) + Request(1, 1, {192, 0, 2, 1}, 443)).host, "192.0.2.1");
  const ByteVector v6{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  EXPECT_EQ(Parse(Greeting({0}) + Request(1, 4, v6, 443)).host, "2001:db8::1");
  const Parsed four = Parse(Socks4({192, 0, 2, 1}, "alice", 80));
  EXPECT_EQ(four.host, "192.0.2.1");
  EXPECT_EQ(four.port, 80);
  EXPECT_EQ(four.version, 4);
}

TEST(Socks, NameOfVersion4AIsFoundBehindTheUser) {
  const ByteVector stream = Socks4a("api.openai.com", "A.example");
  EXPECT_EQ(Parse(stream).host, "a.example");
  EXPECT_EQ(Parse(stream).length, stream.size());
  EXPECT_EQ(Parse(Socks4a("", "a.example")).host, "a.example");
}

TEST(Socks, EveryPrefixNeedsMoreAndGivesNothing) {
  for (const ByteVector& stream :
       {Greeting({0, 2}) + Password("alice", "secret") + Domain("a.example"),
        Greeting({0}) + Request(1, 1, {192, 0, 2, 1}, 443), Socks4a("alice", "a.example"),
        Socks4({192, 0, 2, 1}, "alice")}) {
    for (size_t length = 0; length < stream.size(); ++length) {
      const Parsed parsed =
          Parse({stream.begin(), stream.begin() + static_cast<ptrdiff_t>(length)});
      ASSERT_EQ(parsed.result, SocksResult::kNeedMore) << length;
      ASSERT_EQ(parsed.host + std::to_string(parsed.length), "0");
    }
  }
}

TEST(Socks, WhatComesBehindChangesNothing) {
  const ByteVector stream = Greeting({0}) + Domain("a.example");
  EXPECT_EQ(Parse(stream + ByteVector{5, 1, 0, 3}).length, stream.size());
}

TEST(Socks, OtherFirstBytesAreNoSocks) {
  for (const ByteVector& stream :
       {ToBytes("GET / HTTP/1.1\r\n"), ByteVector{0x16, 3, 1}, ByteVector{5, 0, 11, 3},
        ByteVector{5, 1, 0xff}, ByteVector{4, 3, 0, 1}, ByteVector{3, 1}, ByteVector{6, 1, 0}}) {
    EXPECT_EQ(Parse(stream).result, SocksResult::kNotSocks);
  }
}

TEST(Socks, RequestsForAnythingButAConnectionToAHostAreMalformed) {
  const ByteVector greeting = Greeting({0});
  for (const ByteVector& request :
       {Request(2, 1, {192, 0, 2, 1}, 443), Request(3, 1, {192, 0, 2, 1}, 443),
        Request(1, 2, {192, 0, 2, 1}, 443), Request(1, 1, {192, 0, 2, 1}, 0),
        ByteVector{5, 1, 1, 3}, ByteVector{3}, ByteVector{1, 0}, Domain(""), Domain("a b"),
        Domain("a..b"), Domain(".")}) {
    EXPECT_EQ(Parse(greeting + request).result, SocksResult::kMalformed);
  }
  EXPECT_EQ(Parse(Socks4({192, 0, 2, 1}, "", 0)).result, SocksResult::kMalformed);
  EXPECT_EQ(Parse(Socks4({192, 0, 2, 1}, "\x01")).result, SocksResult::kMalformed);
  EXPECT_EQ(Parse(Socks4a("", "")).result, SocksResult::kMalformed);
  EXPECT_EQ(Parse(Socks4a("", "a b")).result, SocksResult::kMalformed);
}

TEST(Socks, FieldsOfVersion4HaveALimit) {
  EXPECT_EQ(Parse(Socks4a(std::string(255, 'u'), "a.example")).host, "a.example");
  EXPECT_EQ(Parse(Socks4a(std::string(256, 'u'), "a.example")).result, SocksResult::kMalformed);
  // Told without the end having come.
  ByteVector endless = Socks4({0, 0, 0, 1}, "");
  endless.resize(endless.size() + 256, 'a');
  EXPECT_EQ(Parse(endless).result, SocksResult::kMalformed);
}

TEST(Socks, OnlyVersion4AIsKnownInMidStream) {
  EXPECT_TRUE(BeginsAsSocks4a(Socks4a("", "a.example")));
  EXPECT_FALSE(BeginsAsSocks4a(Socks4({192, 0, 2, 1}, "")));
  EXPECT_FALSE(BeginsAsSocks4a(Socks4({0, 0, 0, 0}, "")));
  EXPECT_FALSE(BeginsAsSocks4a(Greeting({0}) + Domain("a.example")));
  EXPECT_FALSE(BeginsAsSocks4a(ByteVector{4, 1, 0, 80, 0, 0, 0}));
}

TEST(Socks, MutatedRequestsGivePlausibleTargetsOnly) {
  std::mt19937 random(5);
  const ByteVector five =
      Greeting({0, 2}) + Password("alice", "secret") + Domain("a.example") + ToBytes("behind");
  const ByteVector four = Socks4a("alice", "a.example") + ToBytes("behind");
  int found_count = 0;
  for (int round = 0; round < 30000; ++round) {
    ByteVector bytes = round % 2 == 0 ? five : four;
    for (int i = random() % 4; i >= 0; --i) {
      bytes[random() % bytes.size()] = static_cast<uint8_t>(random());
    }
    const Parsed parsed = Parse(bytes);
    const bool found = parsed.result == SocksResult::kFound;
    ASSERT_EQ(found, parsed.port != 0);
    ASSERT_EQ(found, !parsed.host.empty());
    ASSERT_EQ(found, parsed.length > 0);
    ASSERT_LE(parsed.length, bytes.size());
    found_count += found;
  }
  EXPECT_GT(found_count, 1000);
}

}  // namespace
}  // namespace gnomon::decode
