#include "agent/sessionise/automation_detector.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace gnomon::sessionise {
namespace {

// A start this far before the last one is a clock that was set back, and no overlap.
constexpr TimeUs kSetBack = 600 * kSecondUs;
// Turns that begin together (a program's parallel requests) have no interval to be regular.
constexpr double kLeastMeanUs = 0.5 * kSecondUs;

}  // namespace

AutomationVerdict AutomationDetector::Judge(const TurnEstimate& turn,
                                            const AutomationParameters& parameters) {
  if (!started_ || turn.start < last_start_ - kSetBack) {
    count_ = 0;
    started_ = true;
    first_settled_ = false;
    pending_ = 0;
    last_start_ = turn.start;
    last_end_ = turn.last;
    return {};
  }
  Step& step = steps_[count_++ % kWindow];
  step = {.interval = std::abs(turn.start - last_start_),
          .quick = turn.start < last_end_ + parameters.quick};
  last_start_ = std::max(last_start_, turn.start);
  last_end_ = std::max(last_end_, turn.last);
  if (count_ < kWindow) return {};

  int quick = 0;
  TimeUs sum = 0;
  for (const Step& one : steps_) {
    quick += one.quick ? 1 : 0;
    sum += one.interval;
  }
  const TimeUs mean = sum / static_cast<TimeUs>(kWindow);
  // Of a pace and of quickness this turn must have its part: the first one that a person types
  // after a script has ended is the person's.
  const bool loop = quick >= parameters.quick_turns;
  const bool rapid = mean <= parameters.rapid_mean;
  const bool regular = Regular(parameters);
  const auto has_part = [&](const Step& one) {
    return regular || (loop && one.quick) || (rapid && one.interval <= 2 * parameters.rapid_mean);
  };
  if (!has_part(step)) {
    pending_ = 0;
    return {};
  }
  // What this turn says of those before it, the next one has to confirm.
  const AutomationVerdict verdict{.automated = true, .earlier = std::exchange(pending_, 0)};
  step.settled = true;
  for (Step& one : steps_) {
    if (one.settled || !has_part(one)) continue;
    one.settled = true;
    ++pending_;
  }
  // The very first turn has no interval. At even intervals it is one of them; whoever starts a loop
  // may have typed it.
  if (regular && count_ == kWindow && !first_settled_) {
    first_settled_ = true;
    ++pending_;
  }
  return verdict;
}

void AutomationDetector::Settle() {
  for (Step& step : steps_) step.settled = true;
  first_settled_ = true;
  pending_ = 0;
}

bool AutomationDetector::Regular(const AutomationParameters& parameters) const {
  double sum = 0, squares = 0;
  for (const Step& step : steps_) {
    const auto interval = static_cast<double>(step.interval);
    sum += interval;
    squares += interval * interval;
  }
  const double mean = sum / kWindow;
  if (mean < kLeastMeanUs) return false;
  const double variation = mean < static_cast<double>(parameters.short_mean)
                               ? parameters.short_variation
                               : parameters.regular_variation;
  return std::sqrt(std::max(0.0, squares / kWindow - mean * mean)) <= variation * mean;
}

AutomationDetector* AutomationDetectors::Find(uint64_t key) {
  auto found = detectors_.find(key);
  if (found == detectors_.end()) {
    if (detectors_.size() >= limit_) return nullptr;
    found = detectors_.try_emplace(key).first;
  }
  return &found->second;
}

AutomationVerdict AutomationDetectors::Judge(uint64_t key, const TurnEstimate& turn) {
  AutomationDetector* detector = Find(key);
  return detector != nullptr ? detector->Judge(turn, parameters_) : AutomationVerdict{};
}

void AutomationDetectors::Settle(uint64_t key) {
  const auto found = detectors_.find(key);
  if (found != detectors_.end()) found->second.Settle();
}

void AutomationDetectors::SettleAll() {
  for (auto& [key, detector] : detectors_) detector.Settle();
}

}  // namespace gnomon::sessionise
