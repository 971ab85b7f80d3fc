#include "agent/pipeline.h"

namespace gnomon::agent {
namespace {

// Streams end after seconds and visits after minutes of silence: a second is fine enough.
constexpr TimeUs kTick = kSecondUs;

}  // namespace

Pipeline::Pipeline(std::shared_ptr<const catalogue::Table> table, const PipelineOptions& options,
                   classify::SightingSink* names, sessionise::SessionSink& out,
                   classify::ClientKinds* clients)
    : sessionise_(table, options.sessioniser, out),           // Sighting -> Turn, Upload, Visit
      tee_(names, sessionise_),
      classify_(table, options.classifier, tee_, clients),    // Packet   -> Sighting
      decode_(classify_) {}                                   // Frame    -> Packet

void Pipeline::Consume(const capture::Frame& frame) {
  // The second half: a clock that was set back must not silence the ticks until it has caught up.
  if (frame.time >= next_tick_ || frame.time + 2 * kTick < next_tick_) Tick(frame.time);
  if (frame.time > last_time_) last_time_ = frame.time;
  decode_.Consume(frame);
}

void Pipeline::Tick(TimeUs now) {
  next_tick_ = now + kTick;
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
