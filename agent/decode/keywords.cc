#include "agent/decode/keywords.h"

#include <bit>

namespace gnomon::decode {

void KeywordCursor::Feed(Keywords words, char next) {
  for (uint64_t left = alive_; left != 0; left &= left - 1) {
    const std::string_view word = words[static_cast<size_t>(std::countr_zero(left))];
    if (length_ >= word.size() || word[length_] != next) alive_ &= ~(left & -left);
  }
  ++length_;
}

uint64_t KeywordCursor::Whole(Keywords words) const {
  uint64_t whole = 0;
  for (uint64_t left = alive_; left != 0; left &= left - 1) {
    const uint64_t bit = left & -left;
    if (words[static_cast<size_t>(std::countr_zero(left))].size() == length_) whole |= bit;
  }
  return whole;
}

}  // namespace gnomon::decode
