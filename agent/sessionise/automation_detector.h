// Tells turns that a script makes from turns that a person types, by when they begin and nothing
// else. docs/turns.md, "People and scripts".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "agent/sessionise/turn_detector.h"
#include "base/clock.h"

namespace gnomon::sessionise {

struct AutomationParameters {
  // A prompt of twenty characters takes 2 s at ten characters a second (120 words a minute), which
  // few people reach: 168,000 typists had a mean of 52 words a minute (Dhakal et al., "Observations
  // on Typing from 136 Million Keystrokes", CHI 2018). And the answer is read first, at 238 words a
  // minute (Brysbaert, "How many words do we read per minute?", J. Memory and Language 109, 2019).
  TimeUs quick = 2 * kSecondUs;
  // People do click suggestions, try again and work in two tabs: of the last eight, six must be
  // quick.
  int quick_turns = 6;
  // A turn every three seconds with its answer, eight times: no one reads and types so.
  TimeUs rapid_mean = 3 * kSecondUs;
  // Times between what people do are bursty, with a standard deviation above their mean (Barabasi,
  // "The origin of bursts and heavy tails in human dynamics", Nature 435, 2005). Even memoryless
  // ones, with a coefficient of variation of 1, have eight of them within a tenth of their mean
  // less than once in a million times. A timer's are within scheduling and network jitter.
  double regular_variation = 0.1;
  // Who asks and answers in one line has a rhythm too: in made-up timelines of 7 s a turn, a
  // hundredth of all windows of eight were within a tenth. Below half a minute the bound is
  // narrower.
  TimeUs short_mean = 30 * kSecondUs;
  double short_variation = 0.04;
};

struct AutomationVerdict {
  bool automated = false;  // this turn
  uint32_t earlier = 0;  // turns judged to be a person's that are now seen to be the script's, too
};

// The turns of one service by one kind of client. Fixed memory.
class AutomationDetector {
 public:
  // Turns come in the order in which they end. Of a script's first eight there is nothing to tell
  // by: the ninth tells of them, and the tenth confirms it, for once in a while a person has eight
  // turns like a script's.
  AutomationVerdict Judge(const TurnEstimate& turn, const AutomationParameters& parameters);
  // The verdict on the turns so far stands: they have gone into sums that are not changed any more.
  void Settle();

 private:
  // The last eight intervals, between nine starts.
  static constexpr size_t kWindow = 8;
  struct Step {
    TimeUs interval = 0;   // from the start before to this one
    bool quick = false;    // began within `quick` of the end of the answer before, or during it
    bool settled = false;  // its turn counts as automated, or as a person's for good
  };
  bool Regular(const AutomationParameters& parameters) const;

  std::array<Step, kWindow> steps_{};
  size_t count_ = 0;  // of steps taken; the ring holds the last kWindow
  bool started_ = false;
  bool first_settled_ = false;  // the turn before the first step
  uint32_t pending_ = 0;        // earlier turns that the next one may confirm
  TimeUs last_start_ = 0;
  TimeUs last_end_ = 0;
};

// A detector for each service and kind of client. They outlive visits: what a timer starts every
// ten minutes is a visit each time.
class AutomationDetectors {
 public:
  // Over `limit` detectors, turns of further ones count as people's.
  explicit AutomationDetectors(size_t limit) : limit_(limit) {}
  // Makes room, so that no turn needs to allocate.
  void Expect(uint64_t key) { (void)Find(key); }
  // `key` is any number that stands for a service and a kind of client.
  AutomationVerdict Judge(uint64_t key, const TurnEstimate& turn);
  // The verdict on the turns of `key`, or of all, stands.
  void Settle(uint64_t key);
  void SettleAll();

 private:
  AutomationDetector* Find(uint64_t key);

  const size_t limit_;
  const AutomationParameters parameters_;
  std::unordered_map<uint64_t, AutomationDetector> detectors_;
};

}  // namespace gnomon::sessionise
