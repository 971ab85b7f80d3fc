#include "agent/classify/first_bytes.h"

#include <algorithm>
#include <string_view>

#include "agent/classify/ech.h"
#include "agent/decode/http2_head.h"
#include "agent/decode/proxy_header.h"
#include "agent/decode/starttls.h"

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

// The heads that another stream stands behind. kUnknown where `stream` begins with none of them.
FirstBytes InspectHead(Bytes stream, FirstBytesResult* out) {
  if (BeginsAsConnect(stream)) {
    const decode::ConnectResult result = decode::ParseConnect(stream, &out->connect);
    if (result == decode::ConnectResult::kNeedMore) return FirstBytes::kNeedMore;
    out->head = out->connect.length;
    return result == decode::ConnectResult::kFound ? FirstBytes::kConnect : FirstBytes::kUnknown;
  }
  const decode::SocksResult socks = decode::ParseSocks(stream, &out->socks);
  if (socks == decode::SocksResult::kNeedMore) return FirstBytes::kNeedMore;
  if (socks == decode::SocksResult::kFound) {
    out->head = out->socks.length;
    return FirstBytes::kSocks;
  }
  switch (decode::ParseProxyHeader(stream, &out->head)) {
    case decode::ProxyHeaderResult::kNeedMore:
      return FirstBytes::kNeedMore;
    case decode::ProxyHeaderResult::kFound:
      return FirstBytes::kProxyHeader;
    default:
      break;
  }
  switch (decode::ParseStartTls(stream, &out->head)) {
    case decode::StartTlsResult::kNeedMore:
      return FirstBytes::kNeedMore;
    case decode::StartTlsResult::kFound:
      return FirstBytes::kStartTls;
    case decode::StartTlsResult::kNotStartTls:
      break;
  }
  return FirstBytes::kUnknown;
}

}  // namespace

FirstBytes InspectFirstBytes(Bytes stream, FirstBytesResult* out) {
  out->head = 0;
  if (stream.empty()) return FirstBytes::kNeedMore;
  const bool http2 = decode::BeginsAsHttp2(stream);
  if (http2 || decode::BeginsAsHttpHead(stream)) {
    const decode::HttpResult result = http2 ? decode::ParseHttp2Head(stream, &out->http)
                                            : decode::ParseHttpHead(stream, &out->http);
    if (result == decode::HttpResult::kNeedMore) return FirstBytes::kNeedMore;
    return result == decode::HttpResult::kFound ? FirstBytes::kHttp : FirstBytes::kUnknown;
  }
  const FirstBytes head = InspectHead(stream, out);
  if (head != FirstBytes::kUnknown) return head;
  return Judge(decode::ParseClientHello(stream, &out->hello), out->hello);
}

FirstBytes InspectHandshake(Bytes handshake, decode::ClientHello* out) {
  if (handshake.empty()) return FirstBytes::kNeedMore;
  return Judge(decode::ParseClientHelloMessage(handshake, out), *out);
}

bool BeginsStream(Bytes bytes) {
  if (bytes.size() < kConnectMethod.size()) return false;
  size_t length = 0;
  const decode::ProxyHeaderResult header = decode::ParseProxyHeader(bytes, &length);
  return BeginsAsHello(bytes) || BeginsAsConnect(bytes) || decode::BeginsAsHttpHead(bytes) ||
         decode::BeginsAsHttp2(bytes) || decode::BeginsAsSocks4a(bytes) ||
         header == decode::ProxyHeaderResult::kNeedMore ||
         header == decode::ProxyHeaderResult::kFound;
}

}  // namespace gnomon::classify
