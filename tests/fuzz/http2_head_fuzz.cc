// A client's HTTP/2 connection in clear, with and without its preface in front of the input. A host
// that is found is found in any longer stream, and every shorter one waits for it or finds it.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/decode/hpack.h"
#include "agent/decode/http2_head.h"

namespace {

namespace decode = gnomon::decode;

void Run(gnomon::Bytes stream) {
  decode::HttpHead head;
  const auto result = decode::ParseHttp2Head(stream, &head);
  if ((result == decode::HttpResult::kFound) == head.host.empty()) std::abort();
  if ((result == decode::HttpResult::kNotHttp) == decode::BeginsAsHttp2(stream)) std::abort();
  if (result != decode::HttpResult::kFound) return;
  decode::HttpHead shorter;
  const auto half = decode::ParseHttp2Head(stream.first(stream.size() / 2), &shorter);
  if (half != decode::HttpResult::kNeedMore && half != decode::HttpResult::kFound) std::abort();
  if (half == decode::HttpResult::kFound && shorter.host.view() != head.host.view()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  Run({data, size});
  static std::array<uint8_t, 16384> stream;
  const size_t length = std::min(size, stream.size() - kPreface.size());
  std::copy(kPreface.begin(), kPreface.end(), stream.begin());
  std::copy_n(data, length, stream.begin() + kPreface.size());
  Run({stream.data(), kPreface.size() + length});

  decode::Authority authority;
  const auto found = decode::FindAuthority({data, size}, true, &authority);
  if (found == decode::HpackResult::kNeedMore) std::abort();
  if ((found == decode::HpackResult::kFound) && authority.length == 0) std::abort();
  return 0;
}
