// A sink that keeps what it is given.
#pragma once

#include <string>
#include <vector>

#include "agent/capture/frame.h"

namespace gnomon::testing {

struct KeptFrame {
  TimeUs time;
  capture::LinkType link;
  uint32_t wire_length;
  std::string bytes;
};

class KeptFrames : public capture::FrameSink {
 public:
  void Consume(const capture::Frame& frame) override {
    frames_.push_back({frame.time, frame.link, frame.wire_length,
                       std::string(frame.bytes.begin(), frame.bytes.end())});
  }
  const std::vector<KeptFrame>& frames() const { return frames_; }

 private:
  std::vector<KeptFrame> frames_;
};

}  // namespace gnomon::testing
