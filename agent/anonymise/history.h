// The days on which this laptop used a service. It never leaves the laptop. docs/formats/record.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/status.h"

namespace gnomon::anonymise {

// A set of days, kept in blocks of 64 and not as a window that ends with the newest one: a day that
// a wrong clock marks decades ahead then pushes no other out.
class History {
 public:
  // What tenure looks at, and what is kept: 12 months are always covered.
  static constexpr int kDays = 384;
  // 12 months need 7 blocks. The rest is room for wrong clocks; each block is 12 bytes on the disk.
  static constexpr size_t kMaxBlocks = 64;

  // False where the day cannot be kept: it is no day after 1970-01-01 and before 10000, or too many
  // blocks are in use.
  bool Mark(Day day);
  bool HasRoomFor(Day day) const;
  bool Used(Day day) const;
  int CountBetween(Day first, Day end) const;  // in [first, end)
  // The first day of use in [first, end), or `end` where there is none.
  Day Earliest(Day first, Day end) const;
  bool empty() const { return blocks_.empty(); }

  // Forgets the days before `day`; whether there were any.
  bool Forget(Day day);

  // Twelve bytes a block, ascending: its number (day / 64), then its bits, both big-endian.
  std::string Serialise() const;
  static Result<History> Parse(std::string_view bytes);

  bool operator==(const History&) const = default;

 private:
  struct Block {
    uint32_t number;  // day / 64
    uint64_t bits;    // bit i: day number * 64 + i; never 0
    bool operator==(const Block&) const = default;
  };
  const Block* Find(uint32_t number) const;

  std::vector<Block> blocks_;  // ascending
};

}  // namespace gnomon::anonymise
