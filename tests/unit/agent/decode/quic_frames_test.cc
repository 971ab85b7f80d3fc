#include "agent/decode/quic_frames.h"

#include <gtest/gtest.h>

#include "tests/unit/agent/decode/quic_builder.h"

namespace gnomon::decode {
namespace {

using testing::ByteVector;
using testing::CryptoFrame;
using testing::Put;
using testing::PutVarint;

struct Found {
  std::vector<uint64_t> offsets;
  size_t bytes = 0;
  bool malformed = false;
};

Found Read(const ByteVector& payload) {
  QuicCryptoReader reader(payload);
  QuicCrypto crypto;
  Found found;
  while (reader.Next(&crypto)) {
    found.offsets.push_back(crypto.offset);
    found.bytes += crypto.data.size();
  }
  found.malformed = reader.malformed();
  return found;
}

ByteVector Ack(bool ecn, uint64_t ranges, uint64_t claimed) {
  ByteVector frame{static_cast<uint8_t>(ecn ? 3 : 2)};
  for (const uint64_t value : {uint64_t{100}, uint64_t{5000}, claimed, uint64_t{3}})
    PutVarint(frame, value);
  for (uint64_t i = 0; i < ranges; ++i) Put(frame, 0x0102, 2);
  if (ecn) Put(frame, 0x010203, 3);
  return frame;
}

TEST(QuicFrames, CryptoIsFoundBehindAndBetweenAllOtherFrames) {
  ByteVector payload(7, 0);  // PADDING
  Put(payload, Ack(false, 2, 2));
  Put(payload, CryptoFrame(900, ByteVector(100, 1)));
  Put(payload, 0x01, 1);  // PING
  Put(payload, Ack(true, 0, 0));
  Put(payload, ByteVector{0x1c, 0x0a, 0x06, 0x03, 'b', 'y', 'e'});  // CONNECTION_CLOSE
  Put(payload, CryptoFrame(0, ByteVector(30, 2)));
  Put(payload, CryptoFrame(70000, {}));
  const Found found = Read(payload);
  EXPECT_EQ(found.offsets, (std::vector<uint64_t>{900, 0, 70000}));
  EXPECT_EQ(found.bytes, 130u);
  EXPECT_FALSE(found.malformed);
}

TEST(QuicFrames, APayloadOfPaddingHasNone) {
  const Found found = Read(ByteVector(1162, 0));
  EXPECT_TRUE(found.offsets.empty());
  EXPECT_FALSE(found.malformed);
}

TEST(QuicFrames, WhatAnInitialMustNotHaveEndsTheWalkAndKeepsWhatCameBefore) {
  for (const int type : {0x04, 0x07, 0x08, 0x0f, 0x1d, 0x1e, 0x30}) {
    ByteVector payload = CryptoFrame(5, ByteVector(10, 1));
    Put(payload, static_cast<uint64_t>(type), 1);
    Put(payload, CryptoFrame(0, ByteVector(10, 1)));
    const Found found = Read(payload);
    EXPECT_EQ(found.offsets, std::vector<uint64_t>{5}) << type;
    EXPECT_TRUE(found.malformed) << type;
  }
}

TEST(QuicFrames, LengthsBeyondThePayloadAreMalformed) {
  ByteVector crypto{0x06, 0x00};
  PutVarint(crypto, (uint64_t{1} << 62) - 1, 8);
  ByteVector close{0x1c, 0x00, 0x00};
  PutVarint(close, (uint64_t{1} << 62) - 1, 8);
  for (const ByteVector& payload :
       {crypto, close, Ack(false, 1, (uint64_t{1} << 62) - 1), ByteVector{0x06}, ByteVector{0x02},
        ByteVector{0x1c}, ByteVector{0x40}}) {
    const Found found = Read(payload);
    EXPECT_TRUE(found.offsets.empty());
    EXPECT_TRUE(found.malformed);
  }
}

}  // namespace
}  // namespace gnomon::decode
