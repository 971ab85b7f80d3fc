// Which of a few known keys the first JSON object of a text has at its top level (RFC 8259), and
// which of a few values begin as expected. For bodies that arrive in any pieces: plain JSON, JSON
// lines, server-sent events ("data: {...}"). No key, value or other text is kept.
// Pure: no I/O, no clock, no allocation.
#pragma once

#include <cstdint>

#include "agent/decode/keywords.h"
#include "base/bytes.h"

namespace gnomon::decode {

// A word "done" is a key; a word "object:chat." is a key with the beginning of its value, a string.
// Keys and values that are written with a backslash are none of them.
class JsonKeys {
 public:
  void Start() { *this = JsonKeys(); }
  void Feed(Bytes bytes, Keywords words);

  uint64_t seen() const { return seen_; }
  // The object has ended: nothing more is looked at.
  bool done() const { return done_; }

 private:
  // Deeper texts are no API's: what follows is left out.
  static constexpr uint16_t kMaxDepth = 512;
  enum class Reading : uint8_t { kNothing, kKey, kValue };

  void InString(char c, Keywords words);
  void Outside(char c, Keywords words);
  void EndString(Keywords words);

  KeywordCursor cursor_;
  uint64_t seen_ = 0;
  uint16_t depth_ = 0;
  bool object_ = false;  // the outermost bracket is a brace
  bool in_string_ = false;
  bool escaped_ = false;   // the last byte was a backslash
  bool key_next_ = false;  // a string at depth 1 would be a key
  bool value_next_ = false;
  bool done_ = false;
  Reading reading_ = Reading::kNothing;
};

}  // namespace gnomon::decode
