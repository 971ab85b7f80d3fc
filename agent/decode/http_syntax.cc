#include "agent/decode/http_syntax.h"

#include <charconv>

namespace gnomon::decode {

std::string_view AsText(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool NextLine(std::string_view text, size_t* at, std::string_view* line) {
  const size_t end = text.find('\n', *at);
  if (end == std::string_view::npos) return false;
  *line = text.substr(*at, end - *at);
  *at = end + 1;
  if (!line->empty() && line->back() == '\r') line->remove_suffix(1);
  return true;
}

bool IsHttp1Version(std::string_view text) {
  return text == "HTTP/1.1" || text == "HTTP/1.0";
}

bool ParsePort(std::string_view text, uint16_t* port) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *port);
  return error == std::errc() && end == text.data() + text.size() && *port != 0;
}

bool ParseAuthority(std::string_view authority, HostName* host, std::string_view* port) {
  const bool bracketed = authority.starts_with('[');
  const size_t end = authority.find(bracketed ? ']' : ':');
  if (bracketed && end == std::string_view::npos) return false;
  const std::string_view name = authority.substr(bracketed ? 1 : 0, bracketed ? end - 1 : end);
  std::string_view rest = authority.substr(
      bracketed ? end + 1 : (end == std::string_view::npos ? authority.size() : end));
  if (!rest.empty() && rest.front() != ':') return false;
  if (!rest.empty()) rest.remove_prefix(1);
  *port = rest;
  const auto* bytes = reinterpret_cast<const uint8_t*>(name.data());
  return host->Assign({bytes, name.size()});
}

bool ParseHost(std::string_view authority, HostName* out) {
  std::string_view port;
  uint16_t number = 0;
  if (ParseAuthority(authority, out, &port) && (port.empty() || ParsePort(port, &number)))
    return true;
  *out = {};
  return false;
}

}  // namespace gnomon::decode
