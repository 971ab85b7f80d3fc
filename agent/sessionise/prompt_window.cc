#include "agent/sessionise/prompt_window.h"

#include <algorithm>
#include <cmath>

namespace gnomon::sessionise {
namespace {

// What a burst weighs against others for an answer that began at `first`. The root, because
// padding and page state make sizes lie more than times do.
double Weight(const Prompt& prompt, TimeUs first, const TurnParameters& parameters) {
  const TimeUs wait = std::clamp<TimeUs>(first - prompt.end, 0, parameters.prompt_life);
  double weight = std::sqrt(static_cast<double>(prompt.bytes));
  if (!prompt.quick && wait > parameters.quick_answer) weight *= parameters.slow_weight;
  if (prompt.bytes >= parameters.typical_from && prompt.bytes <= parameters.typical_to) {
    weight *= parameters.typical_weight;
  }
  return weight / static_cast<double>(parameters.usual_wait + wait);
}

// Of two bursts, the later one against the earlier one.
bool Beats(const Prompt& later, const Prompt& earlier, TimeUs first,
           const TurnParameters& parameters) {
  const TimeUs age = later.start - earlier.end;
  if (age > parameters.prompt_life) return true;
  if (later.lone != earlier.lone) return earlier.lone || age > parameters.prompt_window;
  if (later.lone) return true;
  if (later.weak != earlier.weak) return earlier.weak;
  if (later.start > first && earlier.end < first) return false;  // came during the answer
  return Weight(later, first, parameters) >= Weight(earlier, first, parameters);
}

}  // namespace

uint64_t DecayedSize(uint64_t bytes, TimeUs age, const TurnParameters& parameters) {
  if (age <= parameters.prompt_window) return bytes;
  return bytes >> std::min<TimeUs>((age - 1) / parameters.prompt_window, 63);
}

void PromptWindow::Offer(const Prompt& prompt, const TurnParameters& parameters) {
  if (Dropped(prompt)) return;
  for (size_t i = 0; i < count_; ++i) {
    Prompt& held = bursts_[i];
    if (!held.SameBurst(prompt)) continue;
    const bool weak = held.weak || prompt.weak;
    const bool quick = held.quick;
    held = prompt;
    held.weak = weak;
    held.quick = quick;
    return;
  }
  if (count_ == kBursts) {
    // The oldest goes, but never the best.
    Remove(Best(prompt.start, parameters) == 0 ? 1 : 0);
  }
  bursts_[count_++] = prompt;
}

size_t PromptWindow::Best(TimeUs first, const TurnParameters& parameters) const {
  size_t best = 0;
  for (size_t i = 1; i < count_; ++i) {
    if (Beats(bursts_[i], bursts_[best], first, parameters)) best = i;
  }
  return best;
}

const Prompt* PromptWindow::Find(TimeUs first, const TurnParameters& parameters) const {
  if (count_ == 0) return nullptr;
  const Prompt& best = bursts_[Best(first, parameters)];
  return first - best.end > parameters.prompt_life ? nullptr : &best;
}

void PromptWindow::Drop(const Prompt& prompt) {
  dropped_ = prompt;
  has_dropped_ = true;
  for (size_t i = count_; i-- > 0;) {
    if (bursts_[i].SameBurst(prompt)) {
      count_ = 0;
      return;
    }
  }
}

void PromptWindow::Retract(const Prompt& prompt) {
  for (size_t i = count_; i-- > 0;) {
    if (bursts_[i].SameBurst(prompt)) Remove(i);
  }
}

void PromptWindow::Weaken(uint64_t flow, TimeUs now, const TurnParameters& parameters) {
  if (count_ == 0) return;
  Prompt& best = bursts_[Best(now, parameters)];
  if (best.flow == flow) best.weak = true;
}

void PromptWindow::Answered(uint64_t flow, TimeUs now, const TurnParameters& parameters) {
  for (size_t i = count_; i-- > 0;) {
    Prompt& burst = bursts_[i];
    if (burst.flow != flow) continue;
    if (now - burst.end <= parameters.quick_answer) burst.quick = true;
    return;
  }
}

void PromptWindow::Remove(size_t at) {
  std::move(bursts_.begin() + at + 1, bursts_.begin() + count_, bursts_.begin() + at);
  --count_;
}

}  // namespace gnomon::sessionise
