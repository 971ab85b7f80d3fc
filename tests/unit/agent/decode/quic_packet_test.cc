#include "agent/decode/quic_packet.h"

#include <gtest/gtest.h>

#include "agent/decode/quic_varint.h"
#include "tests/unit/agent/decode/quic_builder.h"

namespace gnomon::decode {
namespace {

using testing::ByteVector;
using testing::InitialShape;
using testing::LongHeader;
using testing::OtherLongPacket;
using testing::Put;
using testing::PutVarint;
using testing::SealInitial;

bool Same(Bytes a, Bytes b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

TEST(QuicVarint, TheExamplesOfTheRfcAreRead) {
  // RFC 9000 appendix A.1.
  const std::pair<const char*, uint64_t> examples[] = {{"c2197c5eff14e88c", 151288809941952652},
                                                       {"9d7f3e7d", 494878333},
                                                       {"7bbd", 15293},
                                                       {"25", 37},
                                                       {"4025", 37}};
  for (const auto& [hex, value] : examples) {
    const ByteVector bytes = testing::FromHex(hex);
    ByteReader in(bytes);
    EXPECT_EQ(ReadQuicVarint(in), value) << hex;
    EXPECT_TRUE(in.ok() && in.remaining() == 0) << hex;
    ByteReader cut(Bytes(bytes).first(bytes.size() - 1));
    EXPECT_EQ(ReadQuicVarint(cut), 0u) << hex;
    EXPECT_FALSE(cut.ok()) << hex;
  }
}

class EachVersion : public ::testing::TestWithParam<uint32_t> {};

TEST_P(EachVersion, TheFieldsOfAnInitialAreFoundForEveryLengthOfItsIds) {
  for (size_t dcid = 0; dcid <= kQuicMaxConnectionId; ++dcid) {
    InitialShape shape{.version = GetParam(), .dcid = ByteVector(dcid, 0xd1)};
    shape.scid.assign(kQuicMaxConnectionId - dcid, 0x5c);
    shape.token.assign(dcid * 10, 0x70);
    const ByteVector bytes = SealInitial(shape, {});
    ByteVector datagram = bytes;
    Put(datagram, 0x40aabb, 3);  // a short header behind it
    QuicPacket packet;
    ASSERT_TRUE(ReadQuicPacket(datagram, &packet)) << dcid;
    EXPECT_EQ(packet.version->number, GetParam());
    EXPECT_EQ(packet.type, QuicPacketType::kInitial);
    EXPECT_TRUE(Same(packet.dcid, shape.dcid));
    EXPECT_TRUE(Same(packet.scid, shape.scid));
    EXPECT_TRUE(Same(packet.token, shape.token));
    EXPECT_TRUE(Same(packet.bytes, bytes));
    EXPECT_TRUE(packet.captured);
  }
}

TEST_P(EachVersion, TheTypesAreToldApart) {
  const InitialShape shape{.version = GetParam()};
  QuicPacket packet;
  ASSERT_TRUE(ReadQuicPacket(OtherLongPacket(shape, 1, 50), &packet));
  EXPECT_EQ(packet.type, QuicPacketType::kZeroRtt);
  ASSERT_TRUE(ReadQuicPacket(OtherLongPacket(shape, 2, 50), &packet));
  EXPECT_EQ(packet.type, QuicPacketType::kHandshake);
  const ByteVector retry = testing::RetryPacket(shape);
  ASSERT_TRUE(ReadQuicPacket(retry, &packet));
  EXPECT_EQ(packet.type, QuicPacketType::kRetry);
  EXPECT_TRUE(Same(packet.bytes, retry)) << "nothing may follow it";
}

INSTANTIATE_TEST_SUITE_P(Versions, EachVersion,
                         ::testing::Values(kQuicVersion1, kQuicVersion2, kQuicDraft29, kMvfst1,
                                           kMvfst2, kGoogleQ050));

TEST(QuicPacket, APacketCutByTheSnapLengthIsMarked) {
  const ByteVector bytes = SealInitial({}, {});
  QuicPacket packet;
  ASSERT_TRUE(ReadQuicPacket(Bytes(bytes).first(300), &packet));
  EXPECT_FALSE(packet.captured);
  EXPECT_EQ(packet.bytes.size(), 300u);
}

TEST(QuicPacket, EveryCutInTheHeaderIsRefused) {
  const ByteVector bytes = SealInitial({.token = ByteVector(100, 1)}, {});
  QuicPacket packet;
  ASSERT_TRUE(ReadQuicPacket(bytes, &packet));
  const size_t header = packet.number_at;
  for (size_t length = 0; length < header; ++length) {
    const ByteVector exact(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(length));
    EXPECT_FALSE(ReadQuicPacket(exact, &packet)) << length;
  }
}

TEST(QuicPacket, WhatIsNotReadHereIsRefused) {
  QuicPacket packet;
  EXPECT_FALSE(ReadQuicPacket({}, &packet));
  EXPECT_FALSE(ReadQuicPacket(ByteVector(1200, 0x41), &packet)) << "short header";
  EXPECT_FALSE(ReadQuicPacket(SealInitial({.version = 0}, {}), &packet)) << "version negotiation";
  EXPECT_FALSE(ReadQuicPacket(SealInitial({.version = 0x1a2a3a4a}, {}), &packet)) << "greased";
  EXPECT_FALSE(ReadQuicPacket(SealInitial({.version = 0x54303530}, {}), &packet)) << "Google's";
  const InitialShape long_id{.dcid = ByteVector(21, 1)};
  EXPECT_FALSE(ReadQuicPacket(SealInitial(long_id, {}), &packet));
  ByteVector token_too_long = LongHeader({}, 0);
  PutVarint(token_too_long, (uint64_t{1} << 62) - 1, 8);
  token_too_long.resize(1200);
  EXPECT_FALSE(ReadQuicPacket(token_too_long, &packet));
}

}  // namespace
}  // namespace gnomon::decode
