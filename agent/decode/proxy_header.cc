#include "agent/decode/proxy_header.h"

#include <algorithm>
#include <string_view>

#include "agent/decode/http_syntax.h"

namespace gnomon::decode {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::string_view kStart1 = "PROXY "sv;
constexpr size_t kMaxHeader1 = 107;
constexpr std::string_view kSignature2 = "\r\n\r\n\0\r\nQUIT\n"sv;
constexpr size_t kFixed2 = 16;

// Either begins with the other.
bool Agree(std::string_view a, std::string_view b) {
  return a.starts_with(b) || b.starts_with(a);
}

ProxyHeaderResult ParseText(std::string_view text, size_t* length) {
  const std::string_view family = text.substr(std::min(text.size(), kStart1.size()));
  if (!Agree(family, "TCP4 ") && !Agree(family, "TCP6 ") && !Agree(family, "UNKNOWN"))
    return ProxyHeaderResult::kMalformed;
  const size_t end = text.substr(0, kMaxHeader1).find("\r\n");
  if (end == std::string_view::npos)
    return text.size() < kMaxHeader1 ? ProxyHeaderResult::kNeedMore : ProxyHeaderResult::kMalformed;
  *length = end + 2;
  return ProxyHeaderResult::kFound;
}

ProxyHeaderResult ParseBinary(Bytes stream, size_t* length) {
  ByteReader reader(stream);
  reader.Skip(kSignature2.size());
  const uint8_t version_and_command = reader.U8();
  reader.Skip(1);  // family and protocol
  const size_t total = kFixed2 + reader.U16();
  if (!reader.ok()) return ProxyHeaderResult::kNeedMore;
  if ((version_and_command & 0xfe) != 0x20 || total > kMaxProxyHeader)
    return ProxyHeaderResult::kMalformed;
  if (stream.size() < total) return ProxyHeaderResult::kNeedMore;
  *length = total;
  return ProxyHeaderResult::kFound;
}

}  // namespace

ProxyHeaderResult ParseProxyHeader(Bytes stream, size_t* length) {
  *length = 0;
  const std::string_view text = AsText(stream);
  if (Agree(text, kStart1)) return ParseText(text, length);
  if (Agree(text, kSignature2)) return ParseBinary(stream, length);
  return ProxyHeaderResult::kNotHeader;
}

}  // namespace gnomon::decode
