#include "agent/sessionise/prompt_window.h"

#include <algorithm>

namespace gnomon::sessionise {
namespace {

bool Beats(const Prompt& challenger, const Prompt& held, const TurnParameters& parameters) {
  const TimeUs age = challenger.start - held.end;
  if (age > parameters.prompt_life) return true;
  if (challenger.lone != held.lone) return held.lone || age > parameters.prompt_window;
  if (challenger.lone) return true;
  if (challenger.weak != held.weak) return held.weak;
  return challenger.bytes >= DecayedSize(held.bytes, age, parameters);
}

}  // namespace

uint64_t DecayedSize(uint64_t bytes, TimeUs age, const TurnParameters& parameters) {
  if (age <= parameters.prompt_window) return bytes;
  return bytes >> std::min<TimeUs>((age - 1) / parameters.prompt_window, 63);
}

void PromptWindow::Offer(const Prompt& prompt, const TurnParameters& parameters) {
  if (Dropped(prompt)) return;
  if (held_ && held_->SameBurst(prompt)) {
    const bool weak = held_->weak || prompt.weak;
    held_ = prompt;
    held_->weak = weak;
    return;
  }
  if (!held_ || Beats(prompt, *held_, parameters)) held_ = prompt;
}

const Prompt* PromptWindow::Find(TimeUs now, const TurnParameters& parameters) const {
  if (!held_ || now - held_->end > parameters.prompt_life) return nullptr;
  return &*held_;
}

void PromptWindow::Drop(const Prompt& prompt) {
  dropped_ = prompt;
  has_dropped_ = true;
  if (held_ && held_->SameBurst(prompt)) held_.reset();
}

void PromptWindow::Retract(const Prompt& prompt) {
  if (held_ && held_->SameBurst(prompt)) held_.reset();
}

void PromptWindow::Weaken(uint64_t flow) {
  if (held_ && held_->flow == flow) held_->weak = true;
}

}  // namespace gnomon::sessionise
