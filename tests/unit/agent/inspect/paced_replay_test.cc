#include "agent/inspect/paced_replay.h"

#include <gtest/gtest.h>

namespace gnomon::inspect {
namespace {

// Frames at the given times, then the end.
class Times : public capture::FrameSource {
 public:
  explicit Times(std::vector<TimeUs> times) : times_(std::move(times)) {}
  Status Follow(const capture::FilterSet&) override { return FailedPrecondition("no interface"); }
  Result<size_t> Poll(capture::FrameSink& sink, size_t max_frames) override {
    size_t count = 0;
    for (; count < max_frames && at_ < times_.size(); ++count) {
      std::vector<uint8_t> bytes(1, static_cast<uint8_t>(at_));  // gone after the call
      capture::Frame frame;
      frame.time = times_[at_++];
      frame.bytes = bytes;
      sink.Consume(frame);
    }
    return count;
  }
  int fd() const override { return -1; }
  bool live() const override { return false; }
  capture::CaptureStats Stats() override { return {}; }
  const std::string& name() const override { return name_; }

 private:
  std::vector<TimeUs> times_;
  size_t at_ = 0;
  std::string name_ = "times";
};

class Seen : public capture::FrameSink {
 public:
  void Consume(const capture::Frame& frame) override { bytes.push_back(frame.bytes[0]); }
  std::vector<int> bytes;
};

TEST(PacedReplay, HandsOnWhatIsDueAndNothingElse) {
  const TimeUs start = 1'000'000 * kSecondUs;
  PacedReplay replay(std::make_unique<Times>(std::vector<TimeUs>{start, start + 10 * kSecondUs,
                                                                 start + 11 * kSecondUs}),
                     10);
  Seen seen;
  EXPECT_EQ(replay.TimeAt(0), 0);
  EXPECT_TRUE(*replay.Advance(0, seen, 100));
  EXPECT_EQ(seen.bytes, (std::vector<int>{0}));
  EXPECT_EQ(replay.TimeAt(kSecondUs), start + 10 * kSecondUs);
  EXPECT_EQ(replay.NextDue(), kSecondUs);
  EXPECT_TRUE(*replay.Advance(kSecondUs - 1, seen, 100));
  EXPECT_EQ(seen.bytes.size(), 1u);
  EXPECT_TRUE(*replay.Advance(kSecondUs, seen, 100));
  EXPECT_EQ(seen.bytes, (std::vector<int>{0, 1}));
  EXPECT_FALSE(*replay.Advance(2 * kSecondUs, seen, 100));
  EXPECT_EQ(seen.bytes, (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(replay.NextDue(), std::nullopt);
}

TEST(PacedReplay, KeepsToItsLimitAndGoesOnFromThere) {
  PacedReplay replay(std::make_unique<Times>(std::vector<TimeUs>(5, kSecondUs)), 1);
  Seen seen;
  EXPECT_TRUE(*replay.Advance(0, seen, 3));
  EXPECT_EQ(seen.bytes.size(), 3u);
  EXPECT_FALSE(*replay.Advance(0, seen, 3));
  EXPECT_EQ(seen.bytes.size(), 5u);
}

}  // namespace
}  // namespace gnomon::inspect
