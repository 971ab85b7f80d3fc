#include "agent/sessionise/upload_detector.h"

#include <gtest/gtest.h>

#include <optional>

namespace gnomon::sessionise {
namespace {

constexpr TimeUs kStart = 1'795'428'000 * kSecondUs;
constexpr uint64_t kThreshold = 200'000;

TimeUs At(double seconds) {
  return kStart + static_cast<TimeUs>(seconds * kSecondUs);
}

// `bytes` from `begin`, at `rate` bytes a second.
void Send(UploadDetector& detector, double begin, uint64_t bytes, double rate,
          std::optional<UploadEstimate>& out) {
  for (uint64_t sent = 0; sent < bytes; sent += 1400) {
    const double at = begin + static_cast<double>(sent) / rate;
    if (auto upload = detector.Add(At(at), 1400)) out = upload;
  }
}

TEST(UploadDetector, BurstOfTwoHundredKilobytesIsAnUpload) {
  UploadDetector detector(kThreshold);
  std::optional<UploadEstimate> upload;
  Send(detector, 0, 420'000, 1e6, upload);
  EXPECT_FALSE(upload);
  upload = detector.Advance(At(3));
  ASSERT_TRUE(upload);
  EXPECT_EQ(upload->start, At(0));
  EXPECT_NEAR(static_cast<double>(upload->end - upload->start) / kSecondUs, 0.42, 0.01);
  EXPECT_EQ(upload->bytes, 420'000u);
  EXPECT_FALSE(detector.Finish());
}

TEST(UploadDetector, PromptOfAHundredKilobytesIsNone) {
  UploadDetector detector(kThreshold);
  std::optional<UploadEstimate> upload;
  Send(detector, 0, 120'000, 1e6, upload);
  EXPECT_FALSE(detector.Finish());
}

TEST(UploadDetector, SlowUplinkIsStillOneUpload) {
  UploadDetector detector(kThreshold);
  std::optional<UploadEstimate> upload;
  Send(detector, 0, 600'000, 20'000, upload);
  EXPECT_FALSE(upload);
  upload = detector.Finish();
  ASSERT_TRUE(upload);
  EXPECT_GE(upload->bytes, 600'000u);
}

TEST(UploadDetector, BeaconsDoNotAddUp) {
  UploadDetector detector(kThreshold);
  for (double s = 0; s < 3600; s += 0.6) ASSERT_FALSE(detector.Add(At(s), 3000));
  EXPECT_FALSE(detector.Finish());
}

TEST(UploadDetector, AcknowledgementsOfADownloadDoNotCount) {
  UploadDetector detector(kThreshold);
  for (int i = 0; i < 100'000; ++i) ASSERT_FALSE(detector.Add(At(i * 0.0001), 39));
  EXPECT_FALSE(detector.Finish());
}

TEST(UploadDetector, TwoFilesAreTwoUploads) {
  UploadDetector detector(kThreshold);
  std::optional<UploadEstimate> first;
  std::optional<UploadEstimate> second;
  Send(detector, 0, 300'000, 1e6, first);
  Send(detector, 10, 250'000, 1e6, second);
  ASSERT_TRUE(second) << "the first comes out when the second begins";
  EXPECT_EQ(second->start, At(0));
  second = detector.Finish();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->start, At(10));
}

}  // namespace
}  // namespace gnomon::sessionise
