#include "agent/decode/http_connect.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace gnomon::decode {
namespace {

constexpr std::string_view kMethod = "CONNECT ";
constexpr std::string_view kVersion = "HTTP/1.";

std::string_view AsText(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The line at text[*at] without its end, and *at moved behind it. RFC 9112 section 2.2: a single LF
// may be taken for the end. False where the line has none.
bool NextLine(std::string_view text, size_t* at, std::string_view* line) {
  const size_t end = text.find('\n', *at);
  if (end == std::string_view::npos) return false;
  *line = text.substr(*at, end - *at);
  *at = end + 1;
  if (!line->empty() && line->back() == '\r') line->remove_suffix(1);
  return true;
}

bool IsPort(std::string_view text, uint16_t* port) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *port);
  return error == std::errc() && end == text.data() + text.size() && *port != 0;
}

// authority-form: host ":" port; the port may not be left out.
bool ParseAuthority(std::string_view authority, ConnectRequest* out) {
  const size_t colon = authority.rfind(':');
  if (colon == std::string_view::npos) return false;
  std::string_view host = authority.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return false;
  }
  const auto* bytes = reinterpret_cast<const uint8_t*>(host.data());
  return out->host.Assign({bytes, host.size()}) && IsPort(authority.substr(colon + 1), &out->port);
}

bool ParseRequestLine(std::string_view line, ConnectRequest* out) {
  line.remove_prefix(kMethod.size());
  const size_t space = line.find(' ');
  if (space == std::string_view::npos) return false;
  const std::string_view version = line.substr(space + 1);
  return version.size() == kVersion.size() + 1 && version.starts_with(kVersion) &&
         (version.back() == '0' || version.back() == '1') &&
         ParseAuthority(line.substr(0, space), out);
}

}  // namespace

ConnectResult ParseConnect(Bytes stream, ConnectRequest* out) {
  *out = {};
  const std::string_view head = AsText(stream.first(std::min(stream.size(), kMaxConnectHead)));
  const size_t compared = std::min(head.size(), kMethod.size());
  if (head.substr(0, compared) != kMethod.substr(0, compared)) return ConnectResult::kNotConnect;

  const auto unfinished =
      head.size() < kMaxConnectHead ? ConnectResult::kNeedMore : ConnectResult::kMalformed;
  size_t at = 0;
  std::string_view line;
  if (!NextLine(head, &at, &line)) return unfinished;
  if (!ParseRequestLine(line, out)) {
    *out = {};
    return ConnectResult::kMalformed;
  }
  while (NextLine(head, &at, &line)) {
    if (line.empty()) {
      out->length = at;
      return ConnectResult::kFound;
    }
  }
  *out = {};
  return unfinished;
}

}  // namespace gnomon::decode
