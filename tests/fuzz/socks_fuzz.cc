// A client's stream to a SOCKS proxy.
#include <cstdint>
#include <cstdlib>

#include "agent/decode/socks.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  gnomon::decode::SocksRequest request;
  const auto result = gnomon::decode::ParseSocks({data, size}, &request);
  const bool found = result == gnomon::decode::SocksResult::kFound;
  if (found != (request.length > 0) || found != (request.port > 0) ||
      found == request.host.empty() || request.length > size || request.length > 1100) {
    std::abort();
  }
  // A request is found with its last byte and not before.
  if (found) {
    gnomon::decode::SocksRequest shorter;
    const auto before = gnomon::decode::ParseSocks({data, request.length - 1}, &shorter);
    if (before != gnomon::decode::SocksResult::kNeedMore) std::abort();
  }
  gnomon::decode::BeginsAsSocks4a({data, size});
  return 0;
}
