#include "agent/pipeline.h"

#include <algorithm>

namespace gnomon::agent {
namespace {

// Streams end after seconds and visits after minutes of silence: a second is fine enough.
constexpr TimeUs kTick = kSecondUs;
// Frames of several interfaces, and of a card with several queues, come a little out of order. A
// time further back is a clock that was set.
constexpr TimeUs kBackwards = 5 * kSecondUs;

}  // namespace

Pipeline::Pipeline(std::shared_ptr<const catalogue::Table> table, const PipelineOptions& options,
                   classify::SightingSink* names, sessionise::SessionSink& out,
                   classify::ClientKinds* clients)
    : sessionise_(table, options.sessioniser, out),           // Sighting -> Turn, Upload, Visit
      tee_(names, sessionise_),
      classify_(table, options.classifier, tee_, clients),    // Packet   -> Sighting
      decode_(classify_),                                     // Frame    -> Packet
      split_days_(options.split_days) {}

void Pipeline::Consume(const capture::Frame& frame) {
  if (frame.time >= next_tick_ || frame.time + kBackwards < last_time_) Tick(frame.time);
  if (frame.time > last_time_) last_time_ = frame.time;
  decode_.Consume(frame);
}

void Pipeline::Tick(TimeUs now) {
  if (split_days_) {
    if (const auto ended = day_.Pass(now)) sessionise_.EndDay(*ended);
  }
  if (now + kBackwards < last_time_) {
    sessionise_.SetBack(now);
    last_time_ = now;
  }
  next_tick_ = now + kTick;
  if (split_days_) next_tick_ = std::min(next_tick_, day_.day_ends());
  if (now > last_time_) last_time_ = now;
  classify_.ExpireIdle(now);
  sessionise_.AdvanceTo(now);
}

void Pipeline::UseTable(std::shared_ptr<const catalogue::Table> table) {
  // The last stage first: what classify says of open flows may name a service that is new.
  sessionise_.UseTable(table);
  classify_.UseTable(std::move(table), last_time_);
}

void Pipeline::Finish() {
  classify_.Finish(last_time_);
  sessionise_.Finish(last_time_);
}

}  // namespace gnomon::agent
