#include "agent/decode/http_head.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "agent/decode/http_syntax.h"

namespace gnomon::decode {
namespace {

constexpr std::array<std::string_view, 7> kMethods = {"GET ",     "POST ",   "PUT ",  "HEAD ",
                                                      "OPTIONS ", "DELETE ", "PATCH "};

bool IsAlpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool BeginsTarget(char c) {
  return c == '/' || c == '*' || IsAlpha(c);
}

enum class Method : uint8_t { kNone, kPart, kWhole };

// The method with its space, at the start of `text`.
Method MethodOf(std::string_view text, size_t* length) {
  for (const std::string_view method : kMethods) {
    if (text.starts_with(method)) {
      *length = method.size();
      const bool target = text.size() == method.size() || BeginsTarget(text[method.size()]);
      return target ? Method::kWhole : Method::kNone;
    }
    if (method.starts_with(text)) return Method::kPart;
  }
  return Method::kNone;
}

// RFC 3986 section 3.2.1. Checked because some clients end the host at a character that may not
// stand here, so what follows an '@' would not be the host they mean.
bool IsUserInfo(std::string_view text) {
  constexpr std::string_view kOthers = "-._~%!$&'()*+,;=:";
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return IsAlpha(c) || IsDigit(c) || kOthers.find(c) != std::string_view::npos;
  });
}

// scheme "://" [ user "@" ] host [ ":" port ] and whatever behind it (RFC 3986 section 3).
bool ParseAbsolute(std::string_view target, HostName* out) {
  const size_t scheme = target.find("://");
  if (scheme == std::string_view::npos || scheme == 0 ||
      !std::all_of(target.begin(), target.begin() + static_cast<ptrdiff_t>(scheme), [](char c) {
        return IsAlpha(c) || IsDigit(c) || c == '+' || c == '-' || c == '.';
      })) {
    return false;
  }
  std::string_view authority = target.substr(scheme + 3);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  if (const size_t at = authority.find('@'); at != std::string_view::npos) {
    if (!IsUserInfo(authority.substr(0, at))) return false;
    authority.remove_prefix(at + 1);
  }
  return ParseHost(authority, out);
}

// True, with the value, where the line is the Host field. RFC 9112 section 5.1: no space before the
// colon; a line that begins with one continues another field.
bool IsHostField(std::string_view line, std::string_view* value) {
  constexpr std::string_view kName = "host:";
  if (line.size() < kName.size() ||
      !std::equal(kName.begin(), kName.end(), line.begin(),
                  [](char wanted, char c) { return wanted == (IsAlpha(c) ? c | 0x20 : c); })) {
    return false;
  }
  line.remove_prefix(kName.size());
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (!line.empty() && is_space(line.front())) line.remove_prefix(1);
  while (!line.empty() && is_space(line.back())) line.remove_suffix(1);
  *value = line;
  return true;
}

}  // namespace

HttpResult ParseHttpHead(Bytes stream, HttpHead* out) {
  *out = {};
  const std::string_view head = AsText(stream.first(std::min(stream.size(), kMaxHttpHead)));
  size_t target_at = 0;
  switch (MethodOf(head, &target_at)) {
    case Method::kNone:
      return HttpResult::kNotHttp;
    case Method::kPart:
      return HttpResult::kNeedMore;
    case Method::kWhole:
      break;
  }
  const auto unfinished =
      head.size() < kMaxHttpHead ? HttpResult::kNeedMore : HttpResult::kMalformed;
  size_t at = target_at;
  std::string_view line;
  if (!NextLine(head, &at, &line)) return unfinished;
  const size_t space = line.find(' ');
  if (space == 0 || space == std::string_view::npos || !IsHttp1Version(line.substr(space + 1)))
    return HttpResult::kMalformed;
  const std::string_view target = line.substr(0, space);
  if (target.front() != '/' && target != "*") {
    out->target = HttpTarget::kAbsolute;
    return ParseAbsolute(target, &out->host) ? HttpResult::kFound : HttpResult::kMalformed;
  }
  while (NextLine(head, &at, &line)) {
    if (line.empty()) return HttpResult::kNoHost;
    std::string_view value;
    if (IsHostField(line, &value))
      return ParseHost(value, &out->host) ? HttpResult::kFound : HttpResult::kNoHost;
  }
  return unfinished;
}

bool BeginsAsHttpHead(Bytes bytes) {
  size_t target_at = 0;
  return MethodOf(AsText(bytes), &target_at) != Method::kNone;
}

}  // namespace gnomon::decode
