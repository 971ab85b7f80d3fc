// Counts each byte of one direction of a TCP stream once, whatever is retransmitted or reordered.
#pragma once

#include <array>
#include <cstdint>

namespace gnomon::classify {

// Keeps the highest sequence number seen and the holes below it. Sequence numbers are compared
// modulo 2^32 (RFC 9293 section 3.4).
class SequenceTracker {
 public:
  // Losses in flight at one time. With more, the oldest hole is given up: its bytes are then left
  // out when they come, never counted twice.
  static constexpr int kMaxHoles = 8;
  // Further apart than this, in bytes, two segments do not belong together: a retransmission is
  // never so old (16 MiB is the largest receive buffer that common systems grow to by themselves),
  // so it is another connection on the same ports, and counting starts anew.
  static constexpr uint32_t kMaxDistance = 64u << 20;
  // Where the start of the stream was not seen, this many bytes before the first segment still
  // count when they come late.
  static constexpr uint32_t kLateStart = 64u << 10;

  // `first` is the sequence number of the stream's first byte: that of the SYN, plus one.
  void StartAt(uint32_t first);
  bool started() const { return started_; }

  // The bytes of [sequence, sequence + length) that were not counted before.
  uint32_t Add(uint32_t sequence, uint32_t length);

  // The lowest sequence number with which counting began.
  uint32_t first() const { return first_; }

 private:
  struct Hole {
    uint32_t begin;
    uint32_t end;
  };
  void AddHole(Hole hole);
  uint32_t Fill(uint32_t begin, uint32_t end);
  void Remove(int at);

  uint32_t first_ = 0;
  uint32_t next_ = 0;  // one past the highest byte seen
  bool started_ = false;
  uint8_t hole_count_ = 0;
  std::array<Hole, kMaxHoles> holes_;  // in ascending order
};

}  // namespace gnomon::classify
