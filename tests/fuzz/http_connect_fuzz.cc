// A client's stream to a proxy.
#include <cstdint>
#include <cstdlib>

#include "agent/decode/http_connect.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  gnomon::decode::ConnectRequest request;
  const auto result = gnomon::decode::ParseConnect({data, size}, &request);
  const bool found = result == gnomon::decode::ConnectResult::kFound;
  if (found != (request.length > 0) || found != (request.port > 0) ||
      found == request.host.empty() || request.length > size ||
      request.length > gnomon::decode::kMaxConnectHead) {
    std::abort();
  }
  return 0;
}
