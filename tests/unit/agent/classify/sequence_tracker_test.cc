#include "agent/classify/sequence_tracker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace gnomon::classify {
namespace {

SequenceTracker From(uint32_t first) {
  SequenceTracker tracker;
  tracker.StartAt(first);
  return tracker;
}

TEST(SequenceTracker, BytesInOrderCountInFull) {
  SequenceTracker tracker = From(1);
  EXPECT_EQ(tracker.Add(1, 100), 100u);
  EXPECT_EQ(tracker.Add(101, 65000), 65000u);
}

TEST(SequenceTracker, RetransmittedBytesCountOnce) {
  SequenceTracker tracker = From(1);
  EXPECT_EQ(tracker.Add(1, 100), 100u);
  EXPECT_EQ(tracker.Add(1, 100), 0u);
  EXPECT_EQ(tracker.Add(51, 100), 50u);
  EXPECT_EQ(tracker.Add(0, 1), 0u) << "a keep-alive repeats the byte before";
}

TEST(SequenceTracker, ReorderedBytesCountWhenTheyCome) {
  SequenceTracker tracker = From(1);
  EXPECT_EQ(tracker.Add(201, 100), 100u);
  EXPECT_EQ(tracker.Add(1, 100), 100u);
  EXPECT_EQ(tracker.Add(51, 200), 100u) << "only the hole between the two";
  EXPECT_EQ(tracker.Add(1, 300), 0u);
}

TEST(SequenceTracker, ASegmentInsideAHoleLeavesTheRestOfItOpen) {
  SequenceTracker tracker = From(0);
  EXPECT_EQ(tracker.Add(1000, 10), 10u);
  EXPECT_EQ(tracker.Add(400, 100), 100u);
  EXPECT_EQ(tracker.Add(300, 300), 200u);
  EXPECT_EQ(tracker.Add(0, 1010), 700u);
}

TEST(SequenceTracker, SequenceNumbersWrapAround) {
  SequenceTracker tracker = From(0xffffff00);
  EXPECT_EQ(tracker.Add(0xffffff00, 0x80), 0x80u);
  EXPECT_EQ(tracker.Add(0x40, 0x40), 0x40u);
  EXPECT_EQ(tracker.Add(0xffffff80, 0x100), 0xc0u);
  EXPECT_EQ(tracker.Add(0xffffff00, 0x180), 0u);
}

TEST(SequenceTracker, MoreThanFourGibibytesAreCounted) {
  SequenceTracker tracker = From(5);
  uint64_t total = 0;
  uint32_t at = 5;
  // A hole near the start must not come back as new data when the numbers come round.
  total += tracker.Add(at + 100, 100);
  at += 200;
  constexpr uint32_t kStep = 16u << 20;
  for (int i = 0; i < 600; ++i, at += kStep) {
    total += tracker.Add(at, kStep);
    total += tracker.Add(at, kStep);
  }
  EXPECT_EQ(total, 100u + 600ull * kStep);
}

TEST(SequenceTracker, BytesBeforeAnUnknownStartCountOnce) {
  SequenceTracker tracker;
  EXPECT_EQ(tracker.Add(5000, 100), 100u);
  EXPECT_EQ(tracker.Add(4900, 100), 100u);
  EXPECT_EQ(tracker.Add(4900, 200), 0u);
}

TEST(SequenceTracker, AnotherConnectionOnTheSamePortsStartsAnew) {
  SequenceTracker tracker = From(1);
  EXPECT_EQ(tracker.Add(1, 1000), 1000u);
  EXPECT_EQ(tracker.Add(0x90000000, 500), 500u);
  EXPECT_EQ(tracker.Add(0x90000000, 500), 0u);
}

TEST(SequenceTracker, TooManyHolesNeverCountAByteTwice) {
  SequenceTracker tracker = From(0);
  uint64_t total = 0;
  for (uint32_t at = 10; at < 1000; at += 20) total += tracker.Add(at, 10);
  for (int round = 0; round < 3; ++round) total += tracker.Add(0, 1000);
  EXPECT_LE(total, 1000u);
  EXPECT_GE(total, 500u + SequenceTracker::kMaxHoles * 10u);
}

TEST(SequenceTracker, AnyOrderWithFewHolesCountsTheWholeStream) {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    const uint32_t first = random();
    constexpr uint32_t kLength = 20000;
    // Up to 15 cuts: at most kMaxHoles holes at any moment.
    std::vector<uint32_t> cuts = {0, kLength};
    for (int i = 0; i < 15; ++i) cuts.push_back(random() % kLength);
    std::sort(cuts.begin(), cuts.end());
    std::vector<std::pair<uint32_t, uint32_t>> segments;
    for (size_t i = 0; i + 1 < cuts.size(); ++i) {
      segments.emplace_back(cuts[i], cuts[i + 1]);
      // Some come again, and further back.
      if (random() % 3 == 0) segments.emplace_back(cuts[i] / 2, cuts[i + 1]);
    }
    std::shuffle(segments.begin(), segments.end(), random);
    SequenceTracker tracker = From(first);
    uint64_t total = 0;
    for (const auto& [begin, end] : segments) total += tracker.Add(first + begin, end - begin);
    ASSERT_EQ(total, kLength) << "round " << round;
  }
}

}  // namespace
}  // namespace gnomon::classify
