// A capture file played at the pace at which it was taken, or a multiple of it.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "agent/capture/source.h"

namespace gnomon::inspect {

// No timer inside: the caller says how much time has passed. Threads: one.
class PacedReplay {
 public:
  // `speed` over 0: seconds of the capture for each second that passes.
  PacedReplay(std::unique_ptr<capture::FrameSource> source, double speed);

  // Hands on every frame that is due `elapsed` after the beginning, at most `max_frames`. False at
  // the end of the file or at an error in it.
  Result<bool> Advance(TimeUs elapsed, capture::FrameSink& sink, size_t max_frames);
  // The capture's time `elapsed` after the beginning; 0 before the first frame is known.
  TimeUs TimeAt(TimeUs elapsed) const;
  // `elapsed` at which the next frame is due; nothing at the end.
  std::optional<TimeUs> NextDue() const;
  capture::CaptureStats Stats() { return source_->Stats(); }

 private:
  // Keeps one frame: its bytes live only while the source hands it over.
  class Holder : public capture::FrameSink {
   public:
    void Consume(const capture::Frame& frame) override {
      bytes.assign(frame.bytes.begin(), frame.bytes.end());
      held = frame;
      held.bytes = bytes;
      full = true;
    }
    capture::Frame held;
    std::vector<uint8_t> bytes;
    bool full = false;
  };
  Result<bool> Fill();

  std::unique_ptr<capture::FrameSource> source_;
  const double speed_;
  Holder holder_;
  TimeUs first_ = 0;
  bool ended_ = false;
};

}  // namespace gnomon::inspect
