#include "agent/sessionise/upload_detector.h"

#include <algorithm>

namespace gnomon::sessionise {
namespace {

// Acknowledgements and window updates of a download.
constexpr uint32_t kMinBytes = 100;
// A retransmission time-out is up to about 1 s on a poor uplink.
constexpr TimeUs kGap = kSecondUs;
// Beacons (1-4 kB every few seconds) and typing must not add up to an upload: below this rate over
// more than kRateTime it is no burst. 10 kB/s is a tenth of a poor uplink of 1 Mbit/s.
constexpr uint64_t kMinRate = 10'000;
constexpr TimeUs kRateTime = 2 * kSecondUs;

}  // namespace

std::optional<UploadEstimate> UploadDetector::Add(TimeUs time, uint32_t bytes) {
  if (bytes < kMinBytes) return Advance(time);
  std::optional<UploadEstimate> done = Advance(time);
  time = std::max(time, last_);
  if (bytes_ > 0) {
    const auto age = static_cast<uint64_t>(time - start_);
    if (age > static_cast<uint64_t>(kRateTime) && bytes_ < age / kSecondUs * kMinRate) {
      done = Finish();
    }
  }
  if (bytes_ == 0) start_ = time;
  bytes_ += bytes;
  last_ = time;
  return done;
}

std::optional<UploadEstimate> UploadDetector::Advance(TimeUs now) {
  if (bytes_ == 0 || now - last_ <= kGap) return std::nullopt;
  return Finish();
}

std::optional<UploadEstimate> UploadDetector::Finish() {
  const UploadEstimate upload{.start = start_, .end = last_, .bytes = bytes_};
  bytes_ = 0;
  if (upload.bytes < threshold_) return std::nullopt;
  return upload;
}

}  // namespace gnomon::sessionise
