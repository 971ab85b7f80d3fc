#include "agent/inspect/paced_replay.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace gnomon::inspect {

PacedReplay::PacedReplay(std::unique_ptr<capture::FrameSource> source, double speed)
    : source_(std::move(source)), speed_(speed) {}

Result<bool> PacedReplay::Fill() {
  if (holder_.full) return true;
  if (ended_) return false;
  Result<size_t> frames = source_->Poll(holder_, 1);
  if (!frames.ok() || *frames == 0) ended_ = true;
  if (!frames.ok()) return frames.status();
  if (first_ == 0 && holder_.full) first_ = holder_.held.time;
  return holder_.full;
}

Result<bool> PacedReplay::Advance(TimeUs elapsed, capture::FrameSink& sink, size_t max_frames) {
  for (size_t i = 0; i < max_frames; ++i) {
    GNOMON_ASSIGN_OR_RETURN(bool more, Fill());
    if (!more) return false;
    if (holder_.held.time > TimeAt(elapsed)) return true;
    holder_.full = false;
    sink.Consume(holder_.held);
  }
  return true;
}

TimeUs PacedReplay::TimeAt(TimeUs elapsed) const {
  if (first_ == 0) return 0;
  // A capture has no year of pace; and a product beyond 64 bits would be no time.
  constexpr double kMost = 1e9 * kSecondUs;
  return first_ + static_cast<TimeUs>(std::min(static_cast<double>(elapsed) * speed_, kMost));
}

std::optional<TimeUs> PacedReplay::NextDue() const {
  if (!holder_.full) return ended_ ? std::nullopt : std::optional<TimeUs>(0);
  return static_cast<TimeUs>(std::ceil(static_cast<double>(holder_.held.time - first_) / speed_));
}

}  // namespace gnomon::inspect
