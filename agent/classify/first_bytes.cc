#include "agent/classify/first_bytes.h"

#include <algorithm>
#include <string_view>

#include "agent/classify/ech.h"

namespace gnomon::classify {
namespace {

constexpr std::string_view kConnectMethod = "CONNECT ";

bool BeginsAsHello(Bytes bytes) {
  // RFC 8446 section 5.1: handshake(22), legacy version 3.0 to 3.4, two bytes of length; section 4:
  // client_hello(1).
  return bytes[0] == 0x16 && bytes[1] == 0x03 && bytes[2] <= 0x04 && bytes[5] == 0x01;
}

// Or with the first part of it, where `bytes` is shorter.
bool BeginsAsConnect(Bytes bytes) {
  const size_t length = std::min(bytes.size(), kConnectMethod.size());
  return std::equal(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(length),
                    kConnectMethod.begin(),
                    [](uint8_t byte, char wanted) { return byte == static_cast<uint8_t>(wanted); });
}

FirstBytes Judge(decode::HelloResult result, const decode::ClientHello& hello) {
  switch (result) {
    case decode::HelloResult::kNeedMore:
      return FirstBytes::kNeedMore;
    case decode::HelloResult::kFound:
      // Whether it is an encrypted hello may stand behind the name.
      if (IsPublicName(hello.server_name.view()) && !hello.complete && !hello.has_ech_extension)
        return FirstBytes::kNeedMore;
      return FirstBytes::kHello;
    case decode::HelloResult::kNotHello:
      return FirstBytes::kUnknown;
    case decode::HelloResult::kMalformed:
      return FirstBytes::kMalformedHello;
  }
  return FirstBytes::kUnknown;
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
  return Judge(decode::ParseClientHello(stream, &out->hello), out->hello);
}

FirstBytes InspectHandshake(Bytes handshake, decode::ClientHello* out) {
  if (handshake.empty()) return FirstBytes::kNeedMore;
  return Judge(decode::ParseClientHelloMessage(handshake, out), *out);
}

bool BeginsStream(Bytes bytes) {
  return bytes.size() >= kConnectMethod.size() && (BeginsAsHello(bytes) || BeginsAsConnect(bytes));
}

}  // namespace gnomon::classify
