#include "agent/decode/http_connect.h"

#include <algorithm>
#include <string_view>

#include "agent/decode/http_syntax.h"

namespace gnomon::decode {
namespace {

constexpr std::string_view kMethod = "CONNECT ";

bool ParseRequestLine(std::string_view line, ConnectRequest* out) {
  line.remove_prefix(kMethod.size());
  const size_t space = line.find(' ');
  if (space == std::string_view::npos) return false;
  // authority-form: the port may not be left out.
  std::string_view port;
  return IsHttp1Version(line.substr(space + 1)) &&
         ParseAuthority(line.substr(0, space), &out->host, &port) && ParsePort(port, &out->port);
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
