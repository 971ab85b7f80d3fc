#include "base/code.h"

namespace gnomon {

bool IsCode(std::string_view text) {
  constexpr size_t kLongest = 64;
  if (text.empty() || text.size() > kLongest || text.front() == '-' || text.back() == '-')
    return false;
  char last = 0;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!plain && (c != '-' || last == '-')) return false;
    last = c;
  }
  return true;
}

}  // namespace gnomon
