// What a client says in clear before it asks for TLS. What is found must be found in any longer
// stream, and nothing shorter may be denied.
#include <cstdint>
#include <cstdlib>

#include "agent/decode/starttls.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace decode = gnomon::decode;
  size_t length = 0;
  const auto result = decode::ParseStartTls({data, size}, &length);
  if ((result == decode::StartTlsResult::kFound) != (length > 0) || length > size ||
      length > decode::kMaxStartTls) {
    std::abort();
  }
  if (result != decode::StartTlsResult::kFound) return 0;
  size_t again = 0;
  if (decode::ParseStartTls({data, length}, &again) != result || again != length) std::abort();
  for (const size_t shorter : {length - 1, length / 2, size_t{1}}) {
    if (shorter >= length || shorter == 0) continue;
    if (decode::ParseStartTls({data, shorter}, &again) != decode::StartTlsResult::kNeedMore)
      std::abort();
  }
  return 0;
}
