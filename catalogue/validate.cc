#include "catalogue/validate.h"

#include <algorithm>
#include <cstdint>

namespace gnomon::catalogue {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsLowerOrDigit(char c) {
  return (c >= 'a' && c <= 'z') || IsDigit(c);
}

// The code point that begins at `text[*at]`, moving *at behind it; -1 where it is not well-formed
// (RFC 3629: shortest form, no surrogates, at most U+10FFFF).
int32_t NextCodePoint(std::string_view text, size_t* at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(*at);
  if (lead < 0x80) {
    ++*at;
    return lead;
  }
  const size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() - *at < length) return -1;
  int32_t point = lead & (0x7f >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(*at + i) & 0xc0) != 0x80) return -1;
    point = point << 6 | (byte(*at + i) & 0x3f);
  }
  constexpr int32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (point < kSmallest[length] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) {
    return -1;
  }
  *at += length;
  return point;
}

std::string LabelProblem(std::string_view label) {
  if (label.empty()) return "has an empty label";
  if (label.size() > kMaxLabelLength) return "has a label of more than 63 bytes";
  if (label.front() == '-' || label.back() == '-') return "has a label that begins or ends with -";
  for (char c : label) {
    if (c >= 'A' && c <= 'Z') return "must be in lower case";
    if (!IsLowerOrDigit(c) && c != '-') {
      return "may hold only letters, digits, hyphens and dots (write other scripts as xn--)";
    }
  }
  return {};
}

}  // namespace

std::string IdProblem(std::string_view id) {
  if (id.empty()) return "is empty";
  if (id.size() > kMaxIdLength) return "is longer than 64 bytes";
  if (id == "any") return "\"any\" is reserved";
  if (id.front() == '-' || id.back() == '-' || id.find("--") != std::string_view::npos) {
    return "may hold hyphens only singly between letters and digits";
  }
  for (char c : id) {
    if (!IsLowerOrDigit(c) && c != '-') {
      return "may hold only lower-case letters, digits and hyphens";
    }
  }
  return {};
}

std::string SuffixProblem(std::string_view suffix) {
  if (suffix.empty()) return "is empty";
  if (suffix.size() > kMaxHostLength) return "is longer than 253 bytes";
  size_t labels = 0;
  std::string_view label;
  for (size_t at = 0; at <= suffix.size(); at += label.size() + 1) {
    label = suffix.substr(at, suffix.find('.', at) - at);
    if (std::string problem = LabelProblem(label); !problem.empty()) return problem;
    ++labels;
  }
  if (labels < 2) return "needs at least two labels";
  if (std::all_of(label.begin(), label.end(), IsDigit)) return "is an address, not a name";
  return {};
}

std::string TextProblem(std::string_view text) {
  if (text.empty()) return "is empty";
  if (text.size() > kMaxNameLength) return "is longer than 120 bytes";
  for (size_t at = 0; at < text.size();) {
    const int32_t point = NextCodePoint(text, &at);
    if (point < 0) return "is not UTF-8";
    if (point < 0x20 || (point >= 0x7f && point < 0xa0)) return "holds a control character";
  }
  return {};
}

namespace {

std::string LocalProblem(std::string_view text, bool (*allowed)(char), const char* rule) {
  if (text.empty()) return "is empty";
  if (text.size() > kMaxLocalText) return "is longer than 64 bytes";
  return std::all_of(text.begin(), text.end(), allowed) ? std::string() : rule;
}

bool IsLetterOrDigit(char c) {
  return IsLowerOrDigit(c) || (c >= 'A' && c <= 'Z');
}

}  // namespace

std::string LocalPathProblem(std::string_view path) {
  if (!path.starts_with('/')) return "must begin with /";
  return LocalProblem(
      path,
      [](char c) {
        return IsLetterOrDigit(c) || std::string_view("/-._~").find(c) != std::string_view::npos;
      },
      "may hold only letters, digits and /-._~");
}

std::string LocalKeyProblem(std::string_view key) {
  return LocalProblem(
      key, [](char c) { return IsLetterOrDigit(c) || c == '_'; },
      "may hold only letters, digits and underscores");
}

std::string LocalFieldProblem(std::string_view field) {
  return LocalProblem(
      field, [](char c) { return IsLowerOrDigit(c) || c == '-'; },
      "may hold only lower-case letters, digits and hyphens");
}

std::string LocalValueProblem(std::string_view value, bool of_field) {
  const auto printable = [](char c) { return c > 0x20 && c < 0x7f && c != '"' && c != '\\'; };
  const auto lower = [](char c) {
    return c > 0x20 && c < 0x7f && c != '"' && c != '\\' && (c < 'A' || c > 'Z');
  };
  return LocalProblem(value, of_field ? +lower : +printable,
                      of_field ? "may hold only printable ASCII in lower case"
                               : "may hold only printable ASCII");
}

}  // namespace gnomon::catalogue
