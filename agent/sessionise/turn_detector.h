// Finds turns in the sizes, directions and times of one flow.
#pragma once

#include <cstdint>
#include <optional>

#include "agent/sessionise/prompt_window.h"
#include "agent/sessionise/turn_parameters.h"
#include "base/clock.h"

namespace gnomon::sessionise {

struct TurnEstimate {
  TimeUs start = 0;  // the prompt left
  TimeUs first = 0;  // first packet of the answer
  TimeUs last = 0;   // last packet of the answer
};

// A pure state machine: time comes in with the packets, memory is fixed, nothing is allocated. Time
// that goes backwards is taken as standing still. See docs/turns.md for the method.
class TurnDetector {
 public:
  // `parameters` must outlive the detector. `flow` tells bursts of different flows apart.
  TurnDetector(const TurnParameters& parameters, uint64_t flow) : p_(&parameters), flow_(flow) {}

  // Payload on the flow, its handshake left out. `shared` (may be null) holds the prompts of all
  // flows of the service and client. A turn comes out when its stream has ended; at most one a
  // call.
  std::optional<TurnEstimate> Add(TimeUs time, bool upstream, uint32_t bytes, PromptWindow* shared);
  // Lets time pass without traffic.
  std::optional<TurnEstimate> Advance(TimeUs now, PromptWindow* shared);
  // The flow has ended.
  std::optional<TurnEstimate> Finish(PromptWindow* shared);

  bool streaming() const { return turn_.has_value(); }
  // Time with an answer arriving since the last call, in whole slots.
  TimeUs TakeActive();

 private:
  struct Burst {
    TimeUs start = 0;
    TimeUs end = 0;
    uint64_t bytes = 0;
    uint32_t packets = 0;
    bool after_silence = false;
  };
  struct Stream {
    Prompt prompt;
    TimeUs first = 0;
    TimeUs last = 0;
    uint64_t bytes = 0;
    uint64_t arrivals = 0;
  };
  // What the server sent since the last request, for answers that are no stream.
  struct Exchange {
    TimeUs first = 0;
    TimeUs last = 0;
    uint64_t bytes = 0;
    uint32_t groups = 0;
    bool paused = false;
  };

  std::optional<TurnEstimate> OnRequest(TimeUs time, uint32_t bytes, PromptWindow* shared);
  std::optional<TurnEstimate> OnAnswer(TimeUs time, uint32_t bytes, PromptWindow* shared);
  std::optional<TurnEstimate> EndStream();
  std::optional<TurnEstimate> EndExchange(PromptWindow* shared);
  std::optional<TurnEstimate> NextPrompt(TimeUs time, PromptWindow* shared);
  bool StartsBurst(TimeUs time) const;
  void OfferBurst(PromptWindow* shared);
  void AddToExchange(TimeUs time, uint32_t bytes);
  bool Explained(TimeUs time);
  bool HasAnswer(const Prompt& candidate, TimeUs before, TimeUs after) const;
  bool LargeEnough(const Prompt& candidate) const;
  void CloseSlot(PromptWindow* shared);
  void OnStreamSlot(PromptWindow* shared);
  const Prompt* FindPrompt(TimeUs now, const PromptWindow* shared) const;
  void DropPrompt(const Prompt& prompt, PromptWindow* shared);

  const TurnParameters* p_;
  uint64_t flow_;
  TimeUs now_ = 0;

  // Requests.
  PromptWindow own_;
  Burst burst_;
  bool answered_ = true;     // server data since the burst began
  TimeUs first_answer_ = 0;  // the first of it
  TimeUs last_request_ = 0;
  uint32_t explained_ = 0;  // server packets that requests still explain

  // The slot being filled and those before it, newest in bit 0.
  int64_t slot_ = 0;
  uint64_t slot_bytes_ = 0;
  uint32_t slot_packets_ = 0;   // server packets that no request explains
  uint32_t slot_arrivals_ = 0;  // of those, packets that came alone
  uint64_t slot_stream_bytes_ = 0;
  TimeUs slot_last_ = 0;
  uint32_t register_ = 0;
  TimeUs mute_until_ = 0;

  // Answers.
  TimeUs last_answer_ = 0;  // last server packet that is data
  TimeUs answer_run_ = 0;   // first of those that came without a larger gap
  TimeUs opening_ = 0;      // last one after a silence longer than a round trip
  uint64_t opening_bytes_ = 0;
  TimeUs last_stream_ = 0;  // last that no request explains, up to an open candidate
  TimeUs run_first_ = 0;    // first packet of the stream slots not confirmed yet
  TimeUs run_last_ = 0;
  uint32_t run_arrivals_ = 0;
  uint64_t run_bytes_ = 0;
  std::optional<Stream> turn_;
  TimeUs last_turn_first_ = 0;  // prompts before it are answered
  TimeUs last_turn_last_ = 0;
  uint64_t last_prompt_bytes_ = 0;
  bool had_turn_ = false;
  Exchange exchange_;
  uint32_t active_slots_ = 0;
};

}  // namespace gnomon::sessionise
