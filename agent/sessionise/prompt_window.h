// Which client burst is the prompt: by size, age and how soon the server answered it.
#pragma once

#include <array>
#include <cstdint>

#include "agent/sessionise/turn_parameters.h"
#include "base/clock.h"

namespace gnomon::sessionise {

struct Prompt {
  TimeUs start = 0;  // first packet of the burst
  TimeUs end = 0;    // last packet so far
  uint64_t bytes = 0;
  uint64_t flow = 0;   // who sent it
  bool weak = false;   // an attachment, or answered by bulk: any other burst takes its place
  bool lone = false;   // one small packet after silence
  bool quick = false;  // answered within a round trip, as a beacon is

  bool SameBurst(const Prompt& other) const { return flow == other.flow && start == other.start; }
};

// What a burst of `bytes` still weighs after `age`: all of it within the window, then half per
// window.
uint64_t DecayedSize(uint64_t bytes, TimeUs age, const TurnParameters& parameters);

// Holds the last few bursts that may be the prompt. A service's flows share a second one, so that
// an answer on another connection than its prompt finds it (a WebSocket beside HTTP/2).
class PromptWindow {
 public:
  // The same burst, grown, replaces itself.
  void Offer(const Prompt& prompt, const TurnParameters& parameters);
  // The best burst for an answer that began at `first`, where it is not older than its life.
  const Prompt* Find(TimeUs first, const TurnParameters& parameters) const;
  // This burst was the prompt, or certainly is not: forgets it for good, also where it grows
  // further, and with it the bursts that lost against it.
  void Drop(const Prompt& prompt);
  // Forgets this burst until it is offered again.
  void Retract(const Prompt& prompt);
  // Whether this burst was the last one dropped.
  bool Dropped(const Prompt& prompt) const { return has_dropped_ && dropped_.SameBurst(prompt); }
  // Makes the best burst weak where `flow` sent it.
  void Weaken(uint64_t flow, TimeUs now, const TurnParameters& parameters);
  // The server sent data on `flow`: its last burst is quick where it ended within the last
  // `quick_answer`.
  void Answered(uint64_t flow, TimeUs now, const TurnParameters& parameters);

 private:
  // A beacon or two beside the prompt; more at one time make the choice a guess anyway.
  static constexpr size_t kBursts = 4;

  size_t Best(TimeUs first, const TurnParameters& parameters) const;
  void Remove(size_t at);

  std::array<Prompt, kBursts> bursts_;  // the older ones first
  uint8_t count_ = 0;
  bool has_dropped_ = false;
  Prompt dropped_;
};

}  // namespace gnomon::sessionise
