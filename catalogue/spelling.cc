#include "catalogue/spelling.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "catalogue/validate.h"

namespace gnomon::catalogue {
namespace {

// The Latin letter that a letter of another script, or one with a mark, is taken for. From
// confusables.txt of UTS #39 version 15: what is drawn alike in a browser's address line.
struct Confusable {
  char32_t letter;
  char looks;
};
constexpr Confusable kConfusables[] = {
    // Cyrillic
    {0x0430, 'a'},
    {0x0432, 'b'},
    {0x0435, 'e'},
    {0x043a, 'k'},
    {0x043c, 'm'},
    {0x043d, 'h'},
    {0x043e, 'o'},
    {0x043f, 'n'},
    {0x0440, 'p'},
    {0x0441, 'c'},
    {0x0442, 't'},
    {0x0443, 'y'},
    {0x0445, 'x'},
    {0x0455, 's'},
    {0x0456, 'i'},
    {0x0457, 'i'},
    {0x0458, 'j'},
    {0x04bb, 'h'},
    {0x04cf, 'l'},
    {0x0501, 'd'},
    {0x051b, 'q'},
    {0x051d, 'w'},
    {0x0475, 'v'},
    {0x0448, 'w'},
    {0x0451, 'e'},
    {0x0450, 'e'},
    // Greek
    {0x03b1, 'a'},
    {0x03b3, 'y'},
    {0x03b5, 'e'},
    {0x03b9, 'i'},
    {0x03ba, 'k'},
    {0x03bd, 'v'},
    {0x03bf, 'o'},
    {0x03c1, 'p'},
    {0x03c4, 't'},
    {0x03c5, 'u'},
    {0x03c7, 'x'},
    {0x03c9, 'w'},
    {0x03ac, 'a'},
    {0x03cc, 'o'},
    {0x03af, 'i'},
    // Latin with marks or of other forms
    {0x00e0, 'a'},
    {0x00e1, 'a'},
    {0x00e2, 'a'},
    {0x00e3, 'a'},
    {0x00e4, 'a'},
    {0x00e5, 'a'},
    {0x00e7, 'c'},
    {0x00e8, 'e'},
    {0x00e9, 'e'},
    {0x00ea, 'e'},
    {0x00eb, 'e'},
    {0x00ec, 'i'},
    {0x00ed, 'i'},
    {0x00ee, 'i'},
    {0x00ef, 'i'},
    {0x00f1, 'n'},
    {0x00f2, 'o'},
    {0x00f3, 'o'},
    {0x00f4, 'o'},
    {0x00f5, 'o'},
    {0x00f6, 'o'},
    {0x00f8, 'o'},
    {0x00f9, 'u'},
    {0x00fa, 'u'},
    {0x00fb, 'u'},
    {0x00fc, 'u'},
    {0x00fd, 'y'},
    {0x00ff, 'y'},
    {0x0101, 'a'},
    {0x0103, 'a'},
    {0x0105, 'a'},
    {0x0107, 'c'},
    {0x010d, 'c'},
    {0x010f, 'd'},
    {0x0111, 'd'},
    {0x0113, 'e'},
    {0x0117, 'e'},
    {0x0119, 'e'},
    {0x011b, 'e'},
    {0x011f, 'g'},
    {0x0123, 'g'},
    {0x012b, 'i'},
    {0x012f, 'i'},
    {0x0131, 'i'},
    {0x0137, 'k'},
    {0x013a, 'l'},
    {0x013c, 'l'},
    {0x013e, 'l'},
    {0x0142, 'l'},
    {0x0144, 'n'},
    {0x0146, 'n'},
    {0x0148, 'n'},
    {0x014d, 'o'},
    {0x0151, 'o'},
    {0x0155, 'r'},
    {0x0159, 'r'},
    {0x015b, 's'},
    {0x015f, 's'},
    {0x0161, 's'},
    {0x0163, 't'},
    {0x0165, 't'},
    {0x016b, 'u'},
    {0x016f, 'u'},
    {0x0171, 'u'},
    {0x0173, 'u'},
    {0x0175, 'w'},
    {0x0177, 'y'},
    {0x017a, 'z'},
    {0x017c, 'z'},
    {0x017e, 'z'},
    {0x0251, 'a'},
    {0x0261, 'g'},
    {0x0269, 'i'},
    {0x1e43, 'm'},
    {0x1e6d, 't'},
    {0x1ea1, 'a'},
    {0x1eb9, 'e'},
    {0x1ecb, 'i'},
    {0x1ecd, 'o'},
    {0x1ee5, 'u'},
};

char LooksLikeLetter(char32_t letter) {
  for (const Confusable& one : kConfusables) {
    if (one.letter == letter) return one.looks;
  }
  return 0;
}

void ReplaceAll(std::string* text, std::string_view what, std::string_view with) {
  for (size_t at = 0; (at = text->find(what, at)) != std::string::npos; at += with.size()) {
    text->replace(at, what.size(), with);
  }
}

// RFC 3492 section 6.1.
uint32_t Adapt(uint32_t delta, uint32_t points, bool first) {
  delta = first ? delta / 700 : delta / 2;
  delta += delta / points;
  uint32_t k = 0;
  for (; delta > 455; k += 36) delta /= 35;
  return k + 36 * delta / (delta + 38);
}

}  // namespace

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

std::optional<std::u32string> DecodePunycode(std::string_view encoded) {
  if (encoded.size() > kMaxLabelLength) return std::nullopt;
  std::u32string points;
  const size_t hyphen = encoded.rfind('-');
  if (hyphen != std::string_view::npos) {
    for (const char c : encoded.substr(0, hyphen)) points += static_cast<unsigned char>(c);
    encoded.remove_prefix(hyphen + 1);
  }
  uint32_t n = 128, i = 0, bias = 72;
  while (!encoded.empty()) {
    const uint32_t before = i;
    uint32_t weight = 1;
    for (uint32_t k = 36;; k += 36) {
      if (encoded.empty()) return std::nullopt;
      const char c = encoded.front();
      encoded.remove_prefix(1);
      uint32_t digit = 36;
      if (c >= 'a' && c <= 'z') digit = static_cast<uint32_t>(c - 'a');
      if (c >= '0' && c <= '9') digit = static_cast<uint32_t>(c - '0') + 26;
      if (digit >= 36 || digit > (UINT32_MAX - i) / weight) return std::nullopt;
      i += digit * weight;
      const uint32_t t = k <= bias ? 1 : std::min<uint32_t>(k - bias, 26);
      if (digit < t) break;
      if (weight > UINT32_MAX / (36 - t)) return std::nullopt;
      weight *= 36 - t;
    }
    const uint32_t count = static_cast<uint32_t>(points.size()) + 1;
    bias = Adapt(i - before, count, before == 0);
    if (i / count > 0x10ffff - n) return std::nullopt;
    n += i / count;
    i %= count;
    points.insert(points.begin() + i, static_cast<char32_t>(n));
    ++i;
  }
  return points;
}

std::string Skeleton(std::string_view host) {
  std::string out;
  for (size_t at = 0; at <= host.size();) {
    const std::string_view label = host.substr(at, host.find('.', at) - at);
    at += label.size() + 1;
    std::string plain{label};
    if (label.starts_with("xn--")) {
      if (const auto points = DecodePunycode(label.substr(4))) {
        plain.clear();
        for (const char32_t point : *points) {
          const char looks = point < 0x80 ? static_cast<char>(point) : LooksLikeLetter(point);
          plain += looks != 0 ? std::string(1, looks) : "{" + std::to_string(point) + "}";
        }
      }
    }
    out += (out.empty() ? "" : ".") + plain;
  }
  std::erase(out, '-');
  std::replace(out.begin(), out.end(), '0', 'o');
  std::replace(out.begin(), out.end(), '1', 'l');
  // Pairs after the digits, so that "c1" is a "d" where "cl" is one; "i" last, or "ci" would be
  // too.
  ReplaceAll(&out, "rn", "m");
  ReplaceAll(&out, "vv", "w");
  ReplaceAll(&out, "cl", "d");
  std::replace(out.begin(), out.end(), 'i', 'l');
  return out;
}

}  // namespace gnomon::catalogue
