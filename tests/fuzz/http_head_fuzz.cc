// A client's HTTP request in clear, and the PROXY header that may stand before one.
#include <cstdint>
#include <cstdlib>

#include "agent/decode/http_head.h"
#include "agent/decode/proxy_header.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace decode = gnomon::decode;
  decode::HttpHead head;
  const auto result = decode::ParseHttpHead({data, size}, &head);
  if ((result == decode::HttpResult::kFound) == head.host.empty()) std::abort();
  if ((result == decode::HttpResult::kNotHttp) == decode::BeginsAsHttpHead({data, size}))
    std::abort();
  if (head.host.view().find_first_of("/?#@\\ ") != std::string_view::npos) std::abort();

  size_t length = 0;
  const auto header = decode::ParseProxyHeader({data, size}, &length);
  if ((header == decode::ProxyHeaderResult::kFound) != (length > 0) || length > size ||
      length > decode::kMaxProxyHeader) {
    std::abort();
  }
  return 0;
}
