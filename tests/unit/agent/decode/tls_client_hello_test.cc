#include "agent/decode/tls_client_hello.h"

#include <gtest/gtest.h>

#include <cctype>
#include <random>
#include <string>

#include "tests/unit/agent/decode/hello_builder.h"

namespace gnomon::decode {
namespace {

using testing::BuildHello;
using testing::ByteVector;
using testing::HelloOptions;
using testing::InRecords;
using testing::Put;
using testing::PutRecord;
using testing::ServerNameData;
using testing::ToBytes;

struct Parsed {
  HelloResult result;
  std::string name;
  bool complete;
  bool ech;
};

Parsed Parse(Bytes stream) {
  // A copy of just this length, so that a sanitizer sees a read beyond it.
  const ByteVector exact(stream.begin(), stream.end());
  ClientHello hello;
  const HelloResult result = ParseClientHello(exact, &hello);
  return {result, std::string(hello.server_name.view()), hello.complete, hello.has_ech_extension};
}

Parsed ParseOptions(const HelloOptions& options) {
  return Parse(InRecords(BuildHello(options)));
}

TEST(ClientHello, NameOfAPlainHelloIsFound) {
  const Parsed parsed = ParseOptions({});
  EXPECT_EQ(parsed.result, HelloResult::kFound);
  EXPECT_EQ(parsed.name, "chat.example.com");
  EXPECT_TRUE(parsed.complete);
  EXPECT_FALSE(parsed.ech);
}

TEST(ClientHello, NameIsLowerCasedAndLosesItsTrailingDot) {
  EXPECT_EQ(ParseOptions({.server_name = "Chat.EXAMPLE.com."}).name, "chat.example.com");
}

TEST(ClientHello, AddressLiteralIsKept) {
  EXPECT_EQ(ParseOptions({.server_name = "192.0.2.7"}).name, "192.0.2.7");
  EXPECT_EQ(ParseOptions({.server_name = "2001:DB8::7"}).name, "2001:db8::7");
}

TEST(ClientHello, HelloWithoutNameIsFoundAtItsEnd) {
  const Parsed parsed = ParseOptions({.server_name = std::nullopt});
  EXPECT_EQ(parsed.result, HelloResult::kFound);
  EXPECT_EQ(parsed.name, "");
  EXPECT_TRUE(parsed.complete);
}

TEST(ClientHello, HelloWithoutExtensionsIsFound) {
  const Parsed parsed = ParseOptions({.session_id_bytes = 0, .extensions = false});
  EXPECT_EQ(parsed.result, HelloResult::kFound);
  EXPECT_TRUE(parsed.complete);
}

TEST(ClientHello, PostQuantumHelloWithItsNameLastIsFound) {
  const Parsed parsed = ParseOptions({.key_share_bytes = 1216, .ech = true, .name_last = true});
  EXPECT_EQ(parsed.result, HelloResult::kFound);
  EXPECT_EQ(parsed.name, "chat.example.com");
  EXPECT_TRUE(parsed.ech);
}

TEST(ClientHello, EncryptedHelloBehindTheNameIsNoted) {
  EXPECT_TRUE(ParseOptions({.ech = true}).ech);
}

TEST(ClientHello, HelloLongerThanARecordIsFound) {
  const ByteVector message = BuildHello(
      {.name_last = true, .message_bytes = 40000, .extra = {{0xaaaa, ByteVector(39000, 1)}}});
  const Parsed parsed = Parse(InRecords(message, {16384, 32768}));
  EXPECT_EQ(parsed.result, HelloResult::kFound);
  EXPECT_EQ(parsed.name, "chat.example.com");
  EXPECT_TRUE(parsed.complete);
}

TEST(ClientHello, HelloCutOffBehindItsNameGivesTheName) {
  const ByteVector stream = InRecords(BuildHello({.key_share_bytes = 1216}));
  const Parsed parsed = Parse(Bytes(stream).first(200));
  EXPECT_EQ(parsed.result, HelloResult::kFound);
  EXPECT_EQ(parsed.name, "chat.example.com");
  EXPECT_FALSE(parsed.complete);
}

// Whatever comes behind the name, in this segment or in a later one, the answer is the same.
TEST(ClientHello, JunkBehindTheNameDoesNotTakeItAway) {
  ByteVector stream = InRecords(BuildHello({.key_share_bytes = 600}));
  for (size_t i = 200; i < stream.size(); ++i) stream[i] = 0xff;
  const Parsed parsed = Parse(stream);
  EXPECT_EQ(parsed.result, HelloResult::kFound);
  EXPECT_EQ(parsed.name, "chat.example.com");
  EXPECT_FALSE(parsed.complete);
}

TEST(ClientHello, DataBehindTheHelloIsNotRead) {
  ByteVector stream = InRecords(BuildHello());
  PutRecord(stream, ByteVector(30, 0xff), 23);
  EXPECT_TRUE(Parse(stream).complete);
}

TEST(ClientHello, NameThatNoHostCanHaveIsFoundEmpty) {
  for (const std::string& name :
       {std::string("chat example.com"), std::string("chat..example.com"), std::string(".com"),
        std::string("\0\x01", 2), std::string("ch\xc3\xa4t.example"), std::string(64, 'a') + ".com",
        std::string(300, 'a'), std::string("."), std::string("a/b"), std::string("a.com\r\nx")}) {
    const Parsed parsed = ParseOptions({.server_name = name});
    EXPECT_EQ(parsed.result, HelloResult::kFound) << name;
    EXPECT_EQ(parsed.name, "") << name;
    EXPECT_TRUE(parsed.complete) << name;
  }
}

TEST(ClientHello, NameOf255BytesFits) {
  std::string name;
  for (int i = 0; i < 4; ++i) name += std::string(63, static_cast<char>('a' + i)) + ".";
  name.pop_back();
  ASSERT_EQ(name.size(), 255u);
  EXPECT_EQ(ParseOptions({.server_name = name}).name, name);
  EXPECT_EQ(ParseOptions({.server_name = name + "."}).name, name);
  EXPECT_EQ(ParseOptions({.server_name = "x." + name}).name, "");
}

TEST(ClientHello, ServerNameListThatContradictsItselfIsMalformed) {
  const ByteVector good = ServerNameData("chat.example.com");
  const auto result = [](ByteVector data) {
    return ParseOptions({.server_name = std::nullopt, .extra = {{0, std::move(data)}}}).result;
  };
  EXPECT_EQ(result(good), HelloResult::kFound);
  for (const size_t at : {size_t{1}, size_t{4}}) {  // the list's and the name's length
    for (const int change : {-1, 1}) {
      ByteVector bad = good;
      bad[at] = static_cast<uint8_t>(bad[at] + change);
      EXPECT_EQ(result(bad), HelloResult::kMalformed);
    }
  }
  ByteVector other_type = good;
  other_type[2] = 1;
  EXPECT_EQ(result(other_type), HelloResult::kMalformed);
  EXPECT_EQ(result({}), HelloResult::kMalformed);
  EXPECT_EQ(result({0, 3, 0, 0, 0}), HelloResult::kMalformed);  // an empty name
}

TEST(ClientHello, LengthsThatContradictEachOtherAreMalformed) {
  const ByteVector message = BuildHello({.server_name = std::nullopt});
  const auto with = [&](size_t at, uint8_t value) {
    ByteVector bad = message;
    bad[at] = value;
    return Parse(InRecords(bad)).result;
  };
  EXPECT_EQ(with(1, 0xff), HelloResult::kMalformed);   // over 16 MB
  EXPECT_EQ(with(4, 2), HelloResult::kMalformed);      // SSL 2 inside
  EXPECT_EQ(with(38, 33), HelloResult::kMalformed);    // session id over 32 bytes
  EXPECT_EQ(with(72, 7), HelloResult::kMalformed);     // odd cipher suites
  EXPECT_EQ(with(79, 0), HelloResult::kMalformed);     // no compression method
  EXPECT_EQ(with(82, 0xff), HelloResult::kMalformed);  // extensions beyond the message
  EXPECT_EQ(with(86, 0xff), HelloResult::kMalformed);  // one extension beyond the block
  ByteVector tiny = {1, 0, 0, 5, 3, 3, 0, 0, 0};
  EXPECT_EQ(Parse(InRecords(tiny)).result, HelloResult::kMalformed);
}

TEST(ClientHello, OtherRecordInTheMiddleIsMalformed) {
  const ByteVector message = BuildHello();
  ByteVector stream;
  PutRecord(stream, Bytes(message).first(60));
  PutRecord(stream, ByteVector{1}, 20);  // ChangeCipherSpec
  PutRecord(stream, Bytes(message).subspan(60));
  EXPECT_EQ(Parse(stream).result, HelloResult::kMalformed);
  stream.clear();
  PutRecord(stream, Bytes(message).first(60));
  PutRecord(stream, {});
  EXPECT_EQ(Parse(stream).result, HelloResult::kMalformed);
}

TEST(ClientHello, OtherProtocolsAreNoHello) {
  const ByteVector server_hello = {22, 3, 3, 0, 80, 2, 0, 0, 76, 3, 3};
  const ByteVector ssl2 = {0x80, 0x2e, 1, 0, 2, 0, 0x15, 0, 0, 0, 0x10};
  for (const ByteVector& stream :
       {server_hello, ssl2, ToBytes("GET / HTTP/1.1\r\n"), ToBytes("SSH-2.0-x"), ByteVector{0},
        ByteVector{22, 2}, ByteVector{22, 3, 9}, ByteVector{22, 3, 1, 0, 0},
        ByteVector{22, 3, 1, 0x40, 1}, ByteVector{23, 3, 3, 0, 50}}) {
    EXPECT_EQ(Parse(stream).result, HelloResult::kNotHello);
  }
}

TEST(ClientHello, NothingYetNeedsMore) {
  EXPECT_EQ(Parse({}).result, HelloResult::kNeedMore);
}

// For every prefix of a hello split in any two: more is needed until the name is there, and from
// there on it is the right name. No prefix gives another.
TEST(ClientHello, NoSplitAndNoPrefixInventsAName) {
  for (const bool name_last : {false, true}) {
    const ByteVector message =
        BuildHello({.server_name = "a.chat.example.com", .ech = true, .name_last = name_last});
    for (size_t cut = 1; cut < message.size(); ++cut) {
      const ByteVector stream = InRecords(message, {cut});
      bool found = false;
      for (size_t length = 0; length <= stream.size(); ++length) {
        const Parsed parsed = Parse(Bytes(stream).first(length));
        if (found || parsed.result == HelloResult::kFound) {
          found = true;
          ASSERT_EQ(parsed.result, HelloResult::kFound) << cut << " " << length;
          ASSERT_EQ(parsed.name, "a.chat.example.com") << cut << " " << length;
        } else {
          ASSERT_EQ(parsed.result, HelloResult::kNeedMore) << cut << " " << length;
          ASSERT_EQ(parsed.name, "");
        }
        ASSERT_EQ(parsed.complete, length == stream.size());
      }
      ASSERT_TRUE(found);
    }
  }
}

TEST(ClientHello, RecordsOfOneByteEachGiveTheName) {
  const ByteVector message = BuildHello();
  std::vector<size_t> cuts;
  for (size_t i = 1; i < message.size(); ++i) cuts.push_back(i);
  const Parsed parsed = Parse(InRecords(message, cuts));
  EXPECT_EQ(parsed.name, "chat.example.com");
  EXPECT_TRUE(parsed.complete);
}

TEST(ClientHello, EveryLengthOfHelloIsReadWhole) {
  for (size_t length = 250; length < 2200; length += 13) {
    const Parsed parsed =
        ParseOptions({.key_share_bytes = 0, .name_last = true, .message_bytes = length});
    ASSERT_EQ(parsed.result, HelloResult::kFound) << length;
    ASSERT_TRUE(parsed.complete) << length;
  }
}

TEST(ClientHello, MutatedHellosGivePlausibleNamesOnly) {
  std::mt19937 random(42);
  const ByteVector message = BuildHello({.ech = true});
  for (int round = 0; round < 60000; ++round) {
    ByteVector stream = InRecords(message, {1 + random() % (message.size() - 1)});
    for (int i = random() % 6; i >= 0; --i) {
      stream[random() % stream.size()] = static_cast<uint8_t>(random());
    }
    stream.resize(stream.size() - random() % 50);
    const Parsed parsed = Parse(stream);
    ASSERT_TRUE(parsed.result == HelloResult::kFound || parsed.name.empty());
    for (const char c : parsed.name) {
      ASSERT_TRUE(std::isalnum(static_cast<unsigned char>(c)) ||
                  std::string("._:-").find(c) != std::string::npos);
    }
    ASSERT_LE(parsed.name.size(), 255u);
  }
}

}  // namespace
}  // namespace gnomon::decode
