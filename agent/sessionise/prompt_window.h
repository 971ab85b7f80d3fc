// Which client burst is the prompt: the largest of the last seconds.
#pragma once

#include <cstdint>
#include <optional>

#include "agent/sessionise/turn_parameters.h"
#include "base/clock.h"

namespace gnomon::sessionise {

struct Prompt {
  TimeUs start = 0;  // first packet of the burst
  TimeUs end = 0;    // last packet so far
  uint64_t bytes = 0;
  uint64_t flow = 0;  // who sent it
  bool weak = false;  // an attachment, or answered by bulk: any other burst takes its place
  bool lone = false;  // one small packet after silence

  bool SameBurst(const Prompt& other) const { return flow == other.flow && start == other.start; }
};

// What a burst of `bytes` still weighs after `age`: all of it within the window, then half per window.
uint64_t DecayedSize(uint64_t bytes, TimeUs age, const TurnParameters& parameters);

// Holds one prompt. A service's flows share a second one, so that an answer on another connection
// than its prompt finds it (a WebSocket beside HTTP/2).
class PromptWindow {
 public:
  // Takes `prompt` where it beats the one held; the same burst, grown, replaces itself.
  void Offer(const Prompt& prompt, const TurnParameters& parameters);
  // The prompt held, where it is not older than its life at `now`.
  const Prompt* Find(TimeUs now, const TurnParameters& parameters) const;
  // Forgets this burst for good, also where it grows further. No effect on another one held.
  void Drop(const Prompt& prompt);
  // Forgets this burst until it is offered again.
  void Retract(const Prompt& prompt);
  // Whether this burst was the last one dropped.
  bool Dropped(const Prompt& prompt) const { return has_dropped_ && dropped_.SameBurst(prompt); }
  // Makes the prompt held weak where `flow` sent it.
  void Weaken(uint64_t flow);

 private:
  std::optional<Prompt> held_;
  Prompt dropped_;
  bool has_dropped_ = false;
};

}  // namespace gnomon::sessionise
