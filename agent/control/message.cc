#include "agent/control/message.h"

namespace gnomon::control {
namespace {

// The year 9999: what lies behind is no pause that anybody meant.
constexpr int64_t kLastMoment = 253'402'300'799;

}  // namespace

Result<size_t> ReadLength(std::span<const uint8_t, kLengthBytes> bytes, size_t limit) {
  size_t length = 0;
  for (const uint8_t byte : bytes) length = length << 8 | byte;
  if (length > limit) return InvalidArgument("a control message is too long");
  return length;
}

Result<v1::ControlRequest> ParseRequest(std::string_view bytes) {
  v1::ControlRequest request;
  if (bytes.size() > kMaxRequestBytes ||
      !request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return InvalidArgument("this is no control request");
  }
  switch (request.what_case()) {
    case v1::ControlRequest::WHAT_NOT_SET:
      return InvalidArgument("this agent does not know the request: it may be older than the command");
    case v1::ControlRequest::kSent:
      if (request.sent().limit() == 0 || request.sent().limit() > kMaxBatches) {
        return InvalidArgument("limit: 1 to 1000 batches");
      }
      break;
    case v1::ControlRequest::kPause:
      if (request.pause().until() < 0 || request.pause().until() > kLastMoment) {
        return InvalidArgument("until: is no time");
      }
      break;
    default:
      break;
  }
  return request;
}

Result<v1::ControlReply> ParseReply(std::string_view bytes) {
  v1::ControlReply reply;
  if (bytes.size() > kMaxReplyBytes ||
      !reply.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return DataLoss("the agent's answer is damaged");
  }
  return reply;
}

std::string Frame(const google::protobuf::MessageLite& message) {
  const std::string body = message.SerializeAsString();
  std::string frame;
  for (int shift = 24; shift >= 0; shift -= 8) {
    frame.push_back(static_cast<char>(body.size() >> shift & 0xff));
  }
  return frame + body;
}

}  // namespace gnomon::control
