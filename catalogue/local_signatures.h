// The catalogue's local model servers as classify looks for them: words to compare, one bit each,
// and which sets of bits are what. docs/formats/catalogue.md says what they mean.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "gnomon/v1/catalogue.pb.h"

namespace gnomon::catalogue {

// At most 64 words, each with a bit: bit i is that of word i.
class LocalWords {
 public:
  static constexpr size_t kMax = 64;

  LocalWords() = default;
  LocalWords(LocalWords&&) = default;  // the views go on to point at the same strings
  LocalWords& operator=(LocalWords&&) = default;

  // The word's bit; 0 where there is no room for it.
  uint64_t Add(const std::string& word);
  std::span<const std::string_view> views() const { return views_; }

 private:
  std::vector<std::string> words_;
  std::vector<std::string_view> views_;
};

struct LocalRule {
  uint16_t service = 0;  // a ServiceIndex
  bool turn = false;     // a POST; else a GET that only says which server it is
  bool generic = false;
  uint64_t path = 0;
  uint64_t request = 0;  // of keys()
  uint64_t answer = 0;
  uint64_t no_turn = 0;  // any of these in the answer
};

struct LocalMark {
  uint16_t service = 0;
  uint64_t field = 0;  // of fields(), or
  uint64_t key = 0;    // of keys()
};

// Read-only after Build().
class LocalSignatures {
 public:
  // `services` in the order of their indexes. Checks every text and bound.
  static Result<LocalSignatures> Build(std::span<const v1::Service> services);

  std::span<const std::string_view> paths() const { return paths_.views(); }
  // "done" is a key; "system_fingerprint:fp_" one with the beginning of its value, a string.
  std::span<const std::string_view> keys() const { return keys_.views(); }
  // "server: llama.cpp": the beginning of a line of the head, in lower case.
  std::span<const std::string_view> fields() const { return fields_.views(); }
  std::span<const LocalRule> rules() const { return rules_; }
  std::span<const LocalMark> marks() const { return marks_; }
  bool empty() const { return rules_.empty(); }

 private:
  LocalWords paths_;
  LocalWords keys_;
  LocalWords fields_;
  std::vector<LocalRule> rules_;
  std::vector<LocalMark> marks_;
};

}  // namespace gnomon::catalogue
