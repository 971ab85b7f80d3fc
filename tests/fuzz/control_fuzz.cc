// What a local client may send to the agent, and what an agent may answer: bounds hold for all that is accepted.
#include <cstdlib>

#include "agent/control/message.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gnomon;
  if (size < control::kLengthBytes) return 0;
  const auto length = control::ReadLength(
      std::span<const uint8_t, control::kLengthBytes>(data, control::kLengthBytes),
      control::kMaxRequestBytes);
  if (length.ok() && *length > control::kMaxRequestBytes) std::abort();
  const std::string_view body(reinterpret_cast<const char*>(data) + control::kLengthBytes,
                              size - control::kLengthBytes);
  const auto request = control::ParseRequest(body);
  if (request.ok()) {
    if (request->has_sent() && request->sent().limit() > control::kMaxBatches) std::abort();
    if (request->has_pause() && request->pause().until() < 0) std::abort();
    if (!control::ParseRequest(request->SerializeAsString()).ok()) std::abort();
  }
  (void)control::ParseReply(body);
  return 0;
}
