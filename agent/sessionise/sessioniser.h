// Sighting -> Turn, Upload, Visit.
#pragma once

#include <cstdint>
#include <memory>

#include "agent/classify/sighting.h"
#include "agent/sessionise/events.h"

namespace gnomon::sessionise {

struct SessioniserOptions {
  TimeUs visit_gap = 300 * kSecondUs;   // a visit ends after this long without use
  uint64_t upload_bytes = 200'000;      // a client burst this large is an upload
  uint32_t max_flows = 16384;           // flows with a turn detector; more are counted, not followed
  uint32_t max_visits = 1024;           // open at one time
};

struct SessionCounters {
  uint64_t turns = 0;
  uint64_t automated_turns = 0;         // of them
  uint64_t uploads = 0;
  uint64_t visits = 0;
  uint64_t flows_refused = 0;           // over max_flows
  uint64_t visits_refused = 0;          // over max_visits
  uint64_t turns_relayed = 0;           // of a local server that passed them on; not in `turns`
};

// Time comes from the sightings and from AdvanceTo(); there is no clock inside.
class Sessioniser : public classify::SightingSink {
 public:
  Sessioniser(std::shared_ptr<const catalogue::Table> table, const SessioniserOptions& options,
              SessionSink& next);
  ~Sessioniser() override;

  void Consume(const classify::Sighting& sighting) override;
  // Goes over to `table`, which was built after the one in use; what is open goes on.
  void UseTable(std::shared_ptr<const catalogue::Table> table);
  // Lets time pass without traffic: ends streams and visits that are over at `now`.
  void AdvanceTo(TimeUs now);
  // Gives what is new in each open visit as a slice, so that a crash loses little and a visit over
  // midnight falls into both days.
  void Flush(TimeUs now);
  // The same where a local day ends: what is learned later changes nothing in that day's sums.
  void EndDay(TimeUs now);
  // The clock was set back to `now`. Streams and uploads end; visits are given so far and go on from
  // `now`. Without it they would wait for their old time to come again.
  void SetBack(TimeUs now);
  // Ends everything: shutdown or end of file.
  void Finish(TimeUs now);

  const SessionCounters& counters() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gnomon::sessionise
