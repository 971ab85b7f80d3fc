// Keeps the open visits: one for each service and kind of client.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "agent/sessionise/events.h"
#include "agent/sessionise/prompt_window.h"
#include "agent/sessionise/sessioniser.h"

namespace gnomon::sessionise {

// A service as used by one kind of client: its visit, where one is open, and the prompts that its
// flows share. Lives while a flow follows it or its visit is open.
struct Party {
  catalogue::ServiceIndex service = catalogue::kNoService;
  v1::Client client = v1::CLIENT_UNKNOWN;
  uint32_t server = 0;  // of several with one service id; see Join()
  uint32_t flows = 0;
  PromptWindow prompts;

  bool open = false;
  TimeUs last_use = 0;
  bool sliced = false;        // a slice of the visit was given
  TimeUs given_until = 0;     // its end
  TimeUs active = 0;          // of the whole visit
  uint32_t active_given = 0;  // seconds in slices already given
  Visit news;                 // what the next slice will hold
  uint64_t host_bytes = 0;    // of the flow that named `news.host`
};

// Not thread-safe. Pointers to parties stay valid until Release() or Sweep() removes them: a party
// with flows is never removed.
class VisitTracker {
 public:
  VisitTracker(const SessioniserOptions& options, SessionCounters& counters, SessionSink& next)
      : options_(options), counters_(counters), next_(next) {}

  // One number for a service, a kind of client and a server of this machine and network.
  static uint64_t Key(catalogue::ServiceIndex service, v1::Client client, uint32_t server);
  static uint64_t Key(const Party& party) { return Key(party.service, party.client, party.server); }

  // The party of a new flow, or null (counted) where there are too many. `server` tells apart what
  // has one service id and is not one service: model servers of this machine and network.
  Party* Join(catalogue::ServiceIndex service, v1::Client client, uint32_t server = 0);
  // A flow has left its party.
  void Leave(Party* party);
  // The client of a flow became known after its name: moves the flow to the right party, and the
  // visit with it where it was this flow's alone. Returns `party` where there are too many.
  Party* Rename(Party* party, v1::Client client);
  // The open visit of the service: of this client, or else of any. Null where there is none.
  Party* FindOpen(catalogue::ServiceIndex service, v1::Client client);

  // Real use at `time`; opens the visit at `start` where it is not open, or is over at `time`.
  // Returns whether it did.
  bool Use(Party& party, TimeUs start, TimeUs time, v1::Evidence evidence, std::string_view host);
  // Use of an open visit, without opening one.
  void Touch(Party& party, TimeUs time);
  // All of these need an open visit; without one they do nothing.
  void AddBytes(Party& party, uint64_t up, uint64_t down);
  // `automated`: how many more turns of the visit, this one or earlier ones, a script made.
  void AddTurn(Party& party, uint32_t automated);
  void AddUpload(Party& party);
  void AddActive(Party& party, TimeUs active);
  // The host of most use names the visit.
  void NameHost(Party& party, std::string_view host, uint64_t flow_bytes);

  // Ends the visits that are over at `now`.
  void Sweep(TimeUs now);
  void Flush(TimeUs now);
  // Gives what open visits have, and lets them go on from an earlier time.
  void SetBack(TimeUs now);
  void Finish();

  size_t size() const { return parties_.size(); }

 private:
  using Parties = std::unordered_map<uint64_t, Party>;

  // Whether there was use since the last slice.
  static bool HasUse(const Party& party);
  bool Over(const Party& party, TimeUs now) const;
  void Give(Party& party, TimeUs end, bool final);
  void Close(Party& party);

  SessioniserOptions options_;
  SessionCounters& counters_;
  SessionSink& next_;
  Parties parties_;
};

}  // namespace gnomon::sessionise
