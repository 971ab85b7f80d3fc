#include "base/bytes.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/random.h"
#include "base/status.h"

namespace gnomon {
namespace {

TEST(ByteReader, ReadsBigEndian) {
  const std::vector<uint8_t> bytes = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  ByteReader in(bytes);
  EXPECT_EQ(in.U8(), 1u);
  EXPECT_EQ(in.U16(), 0x0203u);
  EXPECT_EQ(in.U24(), 0x040506u);
  EXPECT_EQ(in.U32(), 0x0708090au);
  EXPECT_TRUE(in.ok());
  EXPECT_EQ(in.remaining(), 0u);
}

TEST(ByteReader, OneReadPastTheEndFailsAllThatFollow) {
  const std::vector<uint8_t> bytes = {1, 2, 3};
  ByteReader in(bytes);
  EXPECT_EQ(in.U32(), 0u);
  EXPECT_FALSE(in.ok());
  EXPECT_EQ(in.U8(), 0u);
  EXPECT_TRUE(in.Take(1).empty());
  EXPECT_EQ(in.position(), 0u);
}

TEST(ByteReader, LengthsNearTheLimitOfSizeDoNotWrap) {
  const std::vector<uint8_t> bytes = {1, 2, 3};
  ByteReader in(bytes);
  in.Skip(1);
  EXPECT_TRUE(in.Take(SIZE_MAX).empty());
  EXPECT_FALSE(in.ok());
}

TEST(Random, TwoDrawsDiffer) {
  EXPECT_NE(RandomHex(16), RandomHex(16));
  EXPECT_EQ(RandomHex(16).size(), 32u);
}

TEST(Status, OnlyUnavailableIsWorthRetrying) {
  EXPECT_TRUE(Unavailable("x").retryable());
  EXPECT_FALSE(Internal("x").retryable());
  EXPECT_FALSE(Status::Ok().retryable());
  EXPECT_EQ(NotFound("no file").WithContext("config").message(), "config: no file");
  EXPECT_TRUE(Status::Ok().WithContext("config").ok());
}

}  // namespace
}  // namespace gnomon
