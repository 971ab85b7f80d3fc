// Compares text with known words as it goes by, byte by byte, so that the text itself is never
// kept. Pure: no I/O, no clock, no allocation.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace gnomon::decode {

// At most 64; bit i of a result is word i. Further ones are never found.
using Keywords = std::span<const std::string_view>;

class KeywordCursor {
 public:
  // Begins a text.
  void Start(Keywords words) {
    alive_ = words.size() >= 64 ? ~uint64_t{0} : (uint64_t{1} << words.size()) - 1;
    length_ = 0;
  }
  // No word begins like this text.
  void Spoil() { alive_ = 0; }
  void Feed(Keywords words, char next);
  // The words that are the text so far, from its first byte to its last.
  uint64_t Whole(Keywords words) const;

 private:
  uint64_t alive_ = 0;  // words that begin with the text so far
  uint32_t length_ = 0;
};

}  // namespace gnomon::decode
