#include "agent/classify/sequence_tracker.h"

#include <algorithm>

namespace gnomon::classify {
namespace {

// How far `a` is after `b`; negative where it is before.
int32_t Distance(uint32_t a, uint32_t b) {
  return static_cast<int32_t>(a - b);
}

}  // namespace

void SequenceTracker::StartAt(uint32_t first) {
  first_ = first;
  next_ = first;
  started_ = true;
  hole_count_ = 0;
}

uint32_t SequenceTracker::Add(uint32_t sequence, uint32_t length) {
  constexpr auto kFar = static_cast<int32_t>(kMaxDistance);
  length = std::min(length, kMaxDistance);
  if (length == 0) return 0;
  if (!started_) {
    StartAt(sequence);
    AddHole({sequence - kLateStart, sequence});
  } else if (Distance(sequence, next_) > kFar || Distance(sequence, next_) < -kFar) {
    StartAt(sequence);
  }
  const uint32_t end = sequence + length;
  uint32_t fresh = 0;
  if (Distance(sequence, next_) < 0 && hole_count_ > 0) {
    fresh += Fill(sequence, Distance(end, next_) < 0 ? end : next_);
  }
  if (Distance(end, next_) > 0) {
    if (Distance(sequence, next_) > 0) AddHole({next_, sequence});
    fresh += end - (Distance(sequence, next_) > 0 ? sequence : next_);
    next_ = end;
    // A hole that lay there for ever would be taken for new data after 2 GiB more.
    while (hole_count_ > 0 && Distance(next_, holes_[0].begin) > kFar) Remove(0);
  }
  return fresh;
}

void SequenceTracker::AddHole(Hole hole) {
  if (hole_count_ == kMaxHoles) Remove(0);
  holes_[hole_count_++] = hole;
}

uint32_t SequenceTracker::Fill(uint32_t begin, uint32_t end) {
  uint32_t filled = 0;
  for (int i = 0; i < hole_count_;) {
    const Hole hole = holes_[i];
    const uint32_t low = Distance(begin, hole.begin) > 0 ? begin : hole.begin;
    const uint32_t high = Distance(end, hole.end) < 0 ? end : hole.end;
    if (Distance(high, low) <= 0) {
      ++i;
      continue;
    }
    filled += high - low;
    const bool left = low != hole.begin;
    const bool right = high != hole.end;
    if (left && right) {
      holes_[i].end = low;
      if (hole_count_ == kMaxHoles) {
        Remove(0);
        --i;
      }
      // The segment lies inside this hole, so it meets no other.
      std::move_backward(holes_.begin() + i + 1, holes_.begin() + hole_count_,
                         holes_.begin() + hole_count_ + 1);
      holes_[i + 1] = {high, hole.end};
      ++hole_count_;
      break;
    }
    if (left) {
      holes_[i++].end = low;
    } else if (right) {
      holes_[i++].begin = high;
    } else {
      Remove(i);
    }
  }
  return filled;
}

void SequenceTracker::Remove(int at) {
  std::move(holes_.begin() + at + 1, holes_.begin() + hole_count_, holes_.begin() + at);
  --hole_count_;
}

}  // namespace gnomon::classify
