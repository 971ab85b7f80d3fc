#include "agent/classify/first_bytes.h"

#include <algorithm>
#include <string_view>

namespace gnomon::classify {
namespace {

constexpr std::string_view kConnectMethod = "CONNECT ";
// Record type, two bytes of version, two of length, handshake type.
constexpr size_t kHelloMark = 6;

bool BeginsAsHello(Bytes bytes) {
  // RFC 8446 section 5.1: handshake(22), legacy version 3.0 to 3.4; section 4: client_hello(1).
  if (bytes[0] != 0x16) return false;
  if (bytes.size() > 1 && bytes[1] != 0x03) return false;
  if (bytes.size() > 2 && bytes[2] > 0x04) return false;
  return bytes.size() < kHelloMark || bytes[5] == 0x01;
}

bool BeginsAsConnect(Bytes bytes) {
  const size_t length = std::min(bytes.size(), kConnectMethod.size());
  return std::equal(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(length),
                    kConnectMethod.begin(),
                    [](uint8_t byte, char wanted) { return byte == static_cast<uint8_t>(wanted); });
}

}  // namespace

FirstBytes InspectFirstBytes(Bytes stream, FirstBytesResult* out) {
  if (stream.empty()) return FirstBytes::kNeedMore;
  if (BeginsAsConnect(stream)) {
    switch (decode::ParseConnect(stream, &out->connect)) {
      case decode::ConnectResult::kNeedMore:
        return FirstBytes::kNeedMore;
      case decode::ConnectResult::kFound:
        return FirstBytes::kConnect;
      case decode::ConnectResult::kNotConnect:
      case decode::ConnectResult::kMalformed:
        return FirstBytes::kUnknown;
    }
  }
  switch (decode::ParseClientHello(stream, &out->hello)) {
    case decode::HelloResult::kNeedMore:
      return FirstBytes::kNeedMore;
    case decode::HelloResult::kFound:
      return FirstBytes::kHello;
    case decode::HelloResult::kNotHello:
      return FirstBytes::kUnknown;
    case decode::HelloResult::kMalformed:
      return FirstBytes::kMalformedHello;
  }
  return FirstBytes::kUnknown;
}

bool MayStartStream(Bytes segment) {
  return !segment.empty() && (BeginsAsHello(segment) || BeginsAsConnect(segment));
}

bool SurelyStartsStream(Bytes segment) {
  return segment.size() >= kConnectMethod.size() && MayStartStream(segment);
}

}  // namespace gnomon::classify
