// What sessionise hands on: turns, uploads and visits. All are estimates from sizes and times.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "agent/classify/sighting.h"
#include "base/clock.h"
#include "catalogue/table.h"
#include "gnomon/v1/record.pb.h"

namespace gnomon::sessionise {

// One prompt and its streamed answer.
struct Turn {
  TimeUs start = 0;       // the prompt left
  TimeUs first = 0;       // first packet of the answer
  TimeUs last = 0;        // last packet of the answer
  catalogue::ServiceIndex service = catalogue::kNoService;
  v1::Client client = v1::CLIENT_UNKNOWN;
  classify::Via via = classify::Via::kTls;
  bool automated = false; // a script's rather than a person's (automation_detector.h)
  uint32_t automated_before = 0;  // earlier turns of the visit that are now seen to be, too
  std::string host;       // for `inspect` only
};

// A client burst of 200 kB or more within a visit.
struct Upload {
  TimeUs start = 0;
  TimeUs end = 0;
  uint64_t bytes = 0;
  catalogue::ServiceIndex service = catalogue::kNoService;
  std::string host;       // for `inspect` only
};

// Turns and presence on one service by one kind of client, with gaps under 5 minutes. A visit that
// is still open may be given in slices (Sessioniser::Flush): each holds only what is new, and they
// add up to the visit.
struct Visit {
  TimeUs start = 0;             // of the visit or of this slice
  TimeUs end = 0;
  bool continues = false;       // an earlier slice of the same visit was given: do not count again
  bool final = true;            // no slice follows
  catalogue::ServiceIndex service = catalogue::kNoService;
  v1::Client client = v1::CLIENT_UNKNOWN;
  v1::Evidence evidence = v1::EVIDENCE_NAMED;
  uint32_t turns = 0;
  // Of the visit's turns so far, those seen to be automated since the last slice: a slice may have
  // more of them than turns, the slices of a visit and of a day together never have.
  uint32_t automated_turns = 0;
  uint32_t uploads = 0;
  uint32_t active_seconds = 0;  // seconds with an answer arriving
  uint64_t bytes_up = 0;
  uint64_t bytes_down = 0;
  std::string host;             // for `inspect` only: the host of most use
};

using SessionEvent = std::variant<Turn, Upload, Visit>;

// sessionise -> anonymise (and inspect).
class SessionSink {
 public:
  virtual ~SessionSink() = default;
  virtual void Consume(const SessionEvent& event) = 0;
};

}  // namespace gnomon::sessionise
