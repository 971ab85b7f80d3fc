// START HERE: the agent's stages, joined in the order of the data.
//
//   capture -> decode -> classify -> sessionise -> (anonymise -> spool -> stream, or inspect)
//
// Each arrow is one method, Consume(), of one small interface. Data goes down, never back up.
#pragma once

#include <memory>

#include "agent/capture/frame.h"
#include "agent/classify/classifier.h"
#include "agent/day_watch.h"
#include "agent/decode/frame_decoder.h"
#include "agent/sessionise/sessioniser.h"
#include "catalogue/table.h"

namespace gnomon::agent {

struct PipelineOptions {
  classify::ClassifierOptions classifier;
  sessionise::SessioniserOptions sessioniser;
  // Gives what open visits have when the local day ends, so that no slice lies in two days. For
  // records; a reader of events sees each visit whole.
  bool split_days = false;
};

// From a frame to session events. Time is that of the frames; Tick() lets it pass without any.
// Threads: one at a time.
class Pipeline : public capture::FrameSink {
 public:
  // `names` may be null; it sees each sighting before sessionise does (inspect). `clients` may be
  // null, and is for files: whose flows those were, their hellos alone can hint at.
  Pipeline(std::shared_ptr<const catalogue::Table> table, const PipelineOptions& options,
           classify::SightingSink* names, sessionise::SessionSink& out,
           classify::ClientKinds* clients = nullptr);

  void Consume(const capture::Frame& frame) override;
  // Ends what is over at `now`: idle flows, streams, visits. A time well before the last one is a clock
  // that was set back: what is open then goes on from `now`.
  void Tick(TimeUs now);
  // Another catalogue from here on, built after the one in use. No packet, flow or turn is lost.
  void UseTable(std::shared_ptr<const catalogue::Table> table);
  // Hands on what open visits have so far.
  void Flush(TimeUs now) { sessionise_.Flush(now); }
  // The same, where a local day ends.
  void EndDay(TimeUs now) { sessionise_.EndDay(now); }
  // End of the file, or shutdown.
  void Finish();

  TimeUs last_time() const { return last_time_; }
  const decode::DecodeCounters& decode_counters() const { return decode_.counters(); }
  const classify::Coverage& coverage() const { return classify_.coverage(); }
  classify::ClientLookups client_lookups() const { return classify_.client_lookups(); }
  const classify::AddressesOfInterest& interests() const { return classify_.interests(); }
  const sessionise::SessionCounters& session_counters() const { return sessionise_.counters(); }

 private:
  // Lets `names` look over sessionise's shoulder.
  class Tee : public classify::SightingSink {
   public:
    Tee(classify::SightingSink* names, classify::SightingSink& next) : names_(names), next_(next) {}
    void Consume(const classify::Sighting& sighting) override {
      if (names_ != nullptr) names_->Consume(sighting);
      next_.Consume(sighting);
    }

   private:
    classify::SightingSink* names_;
    classify::SightingSink& next_;
  };

  // Listed from the last stage to the first, because each is built on the one it feeds.
  sessionise::Sessioniser sessionise_;
  Tee tee_;
  classify::Classifier classify_;
  decode::FrameDecoder decode_;
  TimeUs last_time_ = 0;
  TimeUs next_tick_ = 0;
  const bool split_days_;
  DayWatch day_;
};

}  // namespace gnomon::agent
