// Made-up traffic with known turns, for the tests of this folder. Sizes and rhythms are those of
// docs/turns.md; a seed makes it repeatable on every platform.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/clock.h"

namespace gnomon::sessionise::test {

// SplitMix64: the same numbers everywhere, unlike the standard distributions.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15 + 1) {}
  uint64_t Next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  int64_t Between(int64_t low, int64_t high) {  // both included
    return low + static_cast<int64_t>(Next() % static_cast<uint64_t>(high - low + 1));
  }
  bool Chance(int percent) { return Between(1, 100) <= percent; }

 private:
  uint64_t state_;
};

struct Datum {
  TimeUs time = 0;
  bool upstream = false;
  uint32_t bytes = 0;
};

// One flow's application data, in any order until Sorted().
class Traffic {
 public:
  void Up(TimeUs time, uint32_t bytes) { Split(time, true, bytes); }
  void Down(TimeUs time, uint32_t bytes) { Split(time, false, bytes); }
  // Small packets from `begin` to `end`, every `gap`; the last one leaves at `end`.
  void Stream(TimeUs begin, TimeUs end, TimeUs gap, uint32_t bytes = 90) {
    for (TimeUs t = begin; t < end; t += gap) Down(t, bytes);
    Down(end, bytes);
  }
  // A beacon or typing notice, and its two-packet answer.
  void Beacon(TimeUs time, uint32_t bytes) {
    Up(time, bytes);
    Down(time + 30'000, 65);
    Down(time + 45'000, 141);
  }
  // Requests and full-size answers, about 1.4 MB a second.
  void PageLoad(TimeUs time, TimeUs length) {
    for (TimeUs t = 0; t < length; t += 100'000) {
      Up(time + t, 450);
      Down(time + t + 30'000, 140'000);
    }
  }
  std::vector<Datum> Sorted() const {
    std::vector<Datum> sorted = data_;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const Datum& a, const Datum& b) { return a.time < b.time; });
    return sorted;
  }

 private:
  void Split(TimeUs time, bool upstream, uint32_t bytes) {
    for (; bytes > 1448; bytes -= 1448, time += 50) data_.push_back({time, upstream, 1448});
    if (bytes > 0) data_.push_back({time, upstream, bytes});
  }
  std::vector<Datum> data_;
};

struct KnownTurn {
  TimeUs prompt = 0;
  TimeUs first = 0;
  TimeUs last = 0;
};

// A chat in a browser: page load, then turns with typing notices and beacons around them, answers
// of 4-80 packets a second with pauses, keep-alives, and time to read.
inline std::vector<KnownTurn> BrowserChat(Random& random, TimeUs start, int turns, Traffic& out) {
  std::vector<KnownTurn> known;
  out.PageLoad(start, random.Between(300, 1500) * 1000);
  TimeUs t = start + 3 * kSecondUs;
  for (int i = 0; i < turns; ++i) {
    const TimeUs typing = random.Between(3, 12) * kSecondUs;
    for (TimeUs s = 0; s < typing; s += random.Between(400, 1500) * 1000) {
      out.Beacon(t + s, static_cast<uint32_t>(random.Between(180, 400)));
    }
    out.Beacon(t + typing / 2, static_cast<uint32_t>(random.Between(1000, 2500)));
    t += typing + 500'000;
    KnownTurn turn{.prompt = t};
    out.Up(t, static_cast<uint32_t>(random.Between(3000, 15000)));
    turn.first = t + random.Between(400, 4000) * 1000;
    const TimeUs gap = kSecondUs / random.Between(5, 80);
    const int pieces = static_cast<int>(random.Between(1, 3));
    TimeUs at = turn.first;
    for (int piece = 0; piece < pieces; ++piece) {
      const TimeUs length = random.Between(1500, 6000) * 1000;
      out.Stream(at, at + length, gap);
      turn.last = at + length;
      // The longest pause within an answer has a 95th percentile of 0.5-5.4 s.
      at = turn.last +
           (random.Chance(90) ? random.Between(100, 1000) : random.Between(1000, 5400)) * 1000;
    }
    for (TimeUs s = turn.prompt + kSecondUs; s < turn.last; s += 2 * kSecondUs) {
      if (random.Chance(50)) out.Beacon(s, static_cast<uint32_t>(random.Between(1000, 2500)));
    }
    known.push_back(turn);
    t = turn.last;
    const TimeUs reading = random.Between(4, 30) * kSecondUs;
    for (TimeUs s = 5 * kSecondUs; s < reading; s += 5 * kSecondUs) {
      out.Down(t + s, 35);
      out.Up(t + s + 1000, 39);
    }
    t += reading;
  }
  return known;
}

// Calls of a program: the next one leaves soon after the answer to the last.
inline std::vector<KnownTurn> ApiCalls(Random& random, TimeUs start, int turns, Traffic& out) {
  std::vector<KnownTurn> known;
  TimeUs t = start;
  for (int i = 0; i < turns; ++i) {
    KnownTurn turn{.prompt = t};
    out.Up(t, static_cast<uint32_t>(random.Between(600, 60000)));
    turn.first = t + random.Between(300, 4000) * 1000;
    turn.last = turn.first + random.Between(800, 8000) * 1000;
    out.Stream(turn.first, turn.last, random.Between(12, 100) * 1000, 250);
    known.push_back(turn);
    t = turn.last + random.Between(250, 8000) * 1000;
  }
  return known;
}

}  // namespace gnomon::sessionise::test
