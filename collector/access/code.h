// The syntax of codes that come from outside: departments and services.
#pragma once

#include <algorithm>
#include <string_view>

namespace gnomon::access {

// 1..64 lower-case letters, digits and hyphens.
inline bool IsCode(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace gnomon::access
