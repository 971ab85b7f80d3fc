// Lower-case hex digits, as ids, names and fingerprints are written.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace gnomon::pki {

inline bool IsHex(std::string_view text, size_t digits) {
  return text.size() == digits && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace gnomon::pki
