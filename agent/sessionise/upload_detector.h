// Finds uploads: client bursts of 200 kB or more on one flow.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace gnomon::sessionise {

struct UploadEstimate {
  TimeUs start = 0;
  TimeUs end = 0;
  uint64_t bytes = 0;  // on the wire
};

// A pure state machine of fixed memory, like TurnDetector.
class UploadDetector {
 public:
  explicit UploadDetector(uint64_t threshold) : threshold_(threshold) {}

  // Client payload. An upload comes out when it is over.
  std::optional<UploadEstimate> Add(TimeUs time, uint32_t bytes);
  std::optional<UploadEstimate> Advance(TimeUs now);
  std::optional<UploadEstimate> Finish();

 private:
  TimeUs start_ = 0;
  TimeUs last_ = 0;
  uint64_t bytes_ = 0;
  uint64_t threshold_;
};

}  // namespace gnomon::sessionise
