#include "agent/control/message.h"

#include <gtest/gtest.h>

namespace gnomon::control {
namespace {

TEST(ControlMessageTest, AFrameHasItsLengthInFront) {
  v1::ControlRequest request;
  request.mutable_sent()->set_limit(50);
  const std::string frame = Frame(request);
  ASSERT_GT(frame.size(), kLengthBytes);
  std::array<uint8_t, kLengthBytes> length;
  std::copy_n(frame.begin(), kLengthBytes, length.begin());
  const auto size = ReadLength(length, kMaxRequestBytes);
  ASSERT_TRUE(size.ok());
  EXPECT_EQ(*size, frame.size() - kLengthBytes);
  const auto parsed = ParseRequest(frame.substr(kLengthBytes));
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->sent().limit(), 50u);
}

TEST(ControlMessageTest, ALengthOverTheLimitIsRefusedBeforeAnythingIsAllocated) {
  const std::array<uint8_t, kLengthBytes> huge = {0xff, 0xff, 0xff, 0xff};
  EXPECT_EQ(ReadLength(huge, kMaxRequestBytes).status().code(), StatusCode::kInvalidArgument);
}

TEST(ControlMessageTest, WhatIsNoRequestOrOutOfBoundsIsRefused) {
  EXPECT_FALSE(ParseRequest("").ok());
  EXPECT_FALSE(ParseRequest("\xff\xff\xff").ok());
  EXPECT_FALSE(ParseRequest(std::string(kMaxRequestBytes + 1, '\0')).ok());
  v1::ControlRequest request;
  request.mutable_sent()->set_limit(kMaxBatches + 1);
  EXPECT_FALSE(ParseRequest(request.SerializeAsString()).ok());
  request.mutable_pause()->set_until(-1);
  EXPECT_FALSE(ParseRequest(request.SerializeAsString()).ok());
  request.mutable_pause()->set_until(INT64_MAX);
  EXPECT_FALSE(ParseRequest(request.SerializeAsString()).ok());
}

}  // namespace
}  // namespace gnomon::control
