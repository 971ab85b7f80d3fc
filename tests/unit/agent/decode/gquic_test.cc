#include "agent/decode/gquic.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/unit/agent/decode/gquic_builder.h"

namespace gnomon::decode {
namespace {

using namespace testing;  // NOLINT: the builders read as layers

std::string NameIn(const ByteVector& packet, HelloResult expected = HelloResult::kFound) {
  ClientHello hello;
  EXPECT_EQ(ParseGquicPacket(packet, &hello), expected);
  return std::string(hello.server_name.view());
}

TEST(Gquic, TheNameIsReadFromThePacketsThatAreInClear) {
  const ByteVector frames = GquicFrames(NamedChlo("chat.example"));
  EXPECT_EQ(NameIn(Q043Packet(frames)), "chat.example");
  EXPECT_EQ(NameIn(Q043Packet(frames, 0x19)), "chat.example");  // a packet number of 2 bytes
  EXPECT_EQ(NameIn(Q043Packet(frames, 0x09, 0x51303339)), "chat.example");
  EXPECT_EQ(NameIn(Q046Packet(frames)), "chat.example");
}

TEST(Gquic, AHelloWithoutANameIsFoundWithoutOne) {
  EXPECT_EQ(NameIn(Q043Packet(GquicFrames(NamedChlo("")))), "");
}

TEST(Gquic, OtherPacketsAreNoHello) {
  const ByteVector frames = GquicFrames(NamedChlo("chat.example"));
  for (const int flags : {0x01, 0x08, 0x0b, 0x0d, 0x49, 0x89})
    EXPECT_EQ(NameIn(Q043Packet(frames, static_cast<uint8_t>(flags)), HelloResult::kNotHello), "");
  EXPECT_EQ(NameIn(Q043Packet(frames, 0x09, 0x51303434), HelloResult::kNotHello), "");
  EXPECT_EQ(NameIn({}, HelloResult::kNotHello), "");
}

TEST(Gquic, WhatIsNoStartOfTheCryptoStreamWaits) {
  const ByteVector chlo = NamedChlo("chat.example");
  EXPECT_EQ(NameIn(Q043Packet(GquicFrames(chlo, 0xa0, 3)), HelloResult::kNeedMore), "");
  EXPECT_EQ(NameIn(Q043Packet(ByteVector(1300, 0)), HelloResult::kNeedMore), "");
  ByteVector later = GquicFrames(chlo, 0xa4);  // with an offset of 2 bytes: the next 2 bytes
  EXPECT_EQ(NameIn(Q043Packet(later), HelloResult::kNeedMore), "");
}

TEST(Gquic, AnotherMessageIsNoHello) {
  ByteVector message = NamedChlo("chat.example");
  message[0] = 'S';
  EXPECT_EQ(NameIn(Q043Packet(GquicFrames(message)), HelloResult::kNotHello), "");
}

TEST(Gquic, EveryCutWaitsOrHasTheName) {
  const ByteVector chlo = NamedChlo("chat.example");
  for (size_t length = 0; length < chlo.size(); ++length) {
    ClientHello hello;
    const HelloResult result = ParseChlo(Bytes(chlo).first(length), &hello);
    ASSERT_TRUE(result == HelloResult::kNeedMore || result == HelloResult::kFound);
    ASSERT_EQ(hello.server_name.view(), result == HelloResult::kFound ? "chat.example" : "");
  }
}

TEST(Gquic, TagsThatContradictThemselvesAreMalformed) {
  ByteVector chlo = NamedChlo("chat.example");
  ClientHello hello;
  chlo[8 + 8 + 4] = 0;  // the name ends before it begins
  chlo[8 + 8 + 5] = 0;
  EXPECT_EQ(ParseChlo(chlo, &hello), HelloResult::kMalformed);
  chlo[4] = 200;
  EXPECT_EQ(ParseChlo(chlo, &hello), HelloResult::kMalformed);
}

TEST(Gquic, Q050sCryptoFrameIsFoundBehindPaddingAndPings) {
  ByteVector payload{0, 0, 7, 0, 8, 0, 3, 'a', 'b', 'c', 0};
  QuicCrypto crypto;
  ASSERT_TRUE(FindGquicCrypto(payload, &crypto));
  EXPECT_EQ(crypto.offset, 0u);
  EXPECT_EQ(ByteVector(crypto.data.begin(), crypto.data.end()), ToBytes("abc"));
  payload[6] = 30;
  EXPECT_FALSE(FindGquicCrypto(payload, &crypto));
  payload[4] = 6;
  EXPECT_FALSE(FindGquicCrypto(payload, &crypto));
}

TEST(Gquic, MutatedPacketsStayWithinTheirBytes) {
  std::mt19937 random(43);
  const ByteVector whole = Q043Packet(GquicFrames(NamedChlo("chat.example")));
  for (int round = 0; round < 20000; ++round) {
    ByteVector bytes = whole;
    for (int i = random() % 4; i >= 0; --i) bytes[random() % 80] = static_cast<uint8_t>(random());
    const std::vector<uint8_t> exact(bytes.begin(),
                                     bytes.end() - static_cast<ptrdiff_t>(random() % bytes.size()));
    ClientHello hello;
    const HelloResult result = ParseGquicPacket(exact, &hello);
    ASSERT_TRUE(result == HelloResult::kFound || hello.server_name.empty());
  }
}

}  // namespace
}  // namespace gnomon::decode
