// Hostile host names through Punycode and skeletons.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "catalogue/spelling.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gnomon::catalogue;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto points = DecodePunycode(text)) {
    // A label decodes to no more points than it has bytes, each within Unicode.
    if (points->size() > text.size()) std::abort();
    for (const char32_t point : *points) {
      if (point > 0x10ffff) std::abort();
    }
  }
  (void)Skeleton(text.substr(0, 253));
  return 0;
}
