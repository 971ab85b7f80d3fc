// How a control message stands on the socket: 4 bytes of length, big-endian, then the protobuf message.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/status.h"
#include "gnomon/v1/control.pb.h"

namespace gnomon::control {

inline constexpr size_t kLengthBytes = 4;
inline constexpr size_t kMaxRequestBytes = 256;      // the largest has 12
inline constexpr size_t kMaxReplyBytes = 4u << 20;   // `more` says that it did not hold all
inline constexpr uint32_t kMaxBatches = 1000;

// The length that the first 4 bytes name; kInvalidArgument where it is over `limit`.
Result<size_t> ReadLength(std::span<const uint8_t, kLengthBytes> bytes, size_t limit);
// kInvalidArgument for what is no request, or one out of bounds.
Result<v1::ControlRequest> ParseRequest(std::string_view bytes);
Result<v1::ControlReply> ParseReply(std::string_view bytes);
// With its length in front.
std::string Frame(const google::protobuf::MessageLite& message);

}  // namespace gnomon::control
