#include "base/text_table.h"

#include <algorithm>
#include <cstdint>

namespace gnomon {
namespace {

// Decodes one code point; a byte that is no UTF-8 stands for itself.
char32_t NextCodePoint(std::string_view text, size_t* at) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(*at);
  const int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
  char32_t point = more == 0 ? lead : lead & (0x3f >> more);
  size_t next = *at + 1;
  for (int i = 0; i < more; ++i, ++next) {
    if (next >= text.size() || (byte(next) & 0xc0) != 0x80) {
      ++*at;
      return lead;
    }
    point = point << 6 | (byte(next) & 0x3f);
  }
  *at = next;
  return point;
}

// The blocks of East Asian Width W and F (Unicode 15, UAX #11) that text in a table may hold.
bool IsWide(char32_t p) {
  return (p >= 0x1100 && p <= 0x115f) || (p >= 0x2e80 && p <= 0x303e) ||
         (p >= 0x3041 && p <= 0xa4cf) || (p >= 0xac00 && p <= 0xd7a3) ||
         (p >= 0xf900 && p <= 0xfaff) || (p >= 0xfe30 && p <= 0xfe6f) ||
         (p >= 0xff00 && p <= 0xff60) || (p >= 0xffe0 && p <= 0xffe6) ||
         (p >= 0x1f300 && p <= 0x1faff) || (p >= 0x20000 && p <= 0x3fffd);
}

bool IsCombining(char32_t p) {
  return (p >= 0x300 && p <= 0x36f) || (p >= 0x200b && p <= 0x200f) || (p >= 0xfe00 && p <= 0xfe0f);
}

// Cells may come from another machine: an escape sequence in one must not reach the terminal.
std::string WithoutControls(std::string_view text) {
  std::string clean;
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    const char32_t point = NextCodePoint(text, &at);
    if (point < 0x20 || (point >= 0x7f && point <= 0x9f)) {
      clean += "\xef\xbf\xbd";  // U+FFFD
    } else {
      clean += text.substr(begin, at - begin);
    }
  }
  return clean;
}

}  // namespace

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  for (size_t at = 0; at < text.size();) {
    const char32_t point = NextCodePoint(text, &at);
    width += IsCombining(point) ? 0 : IsWide(point) ? 2 : 1;
  }
  return width;
}

std::string FitToWidth(std::string_view text, size_t width, std::string_view mark) {
  std::string clean = WithoutControls(text);
  size_t used = DisplayWidth(clean);
  if (used > width) {
    std::string cut;
    used = 0;
    for (size_t at = 0; at < clean.size();) {
      const size_t begin = at;
      (void)NextCodePoint(clean, &at);
      const std::string_view one = std::string_view(clean).substr(begin, at - begin);
      if (used + DisplayWidth(one) + 1 > width) break;
      used += DisplayWidth(one);
      cut += one;
    }
    clean = width == 0 ? "" : cut + std::string(mark);
    used += width == 0 ? 0 : 1;
  }
  return clean + std::string(width - used, ' ');
}

std::string GroupedDigits(unsigned long long value) {
  const std::string digits = std::to_string(value);
  std::string text;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

void TextTable::AddRow(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  for (std::string& cell : cells) cell = WithoutControls(cell);
  rows_.push_back(std::move(cells));
}

void TextTable::AddRule() {
  rows_.emplace_back();
}

std::string TextTable::Render(bool colour) const {
  std::vector<size_t> widths;
  for (const Column& column : columns_) widths.push_back(DisplayWidth(column.title));
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], DisplayWidth(row[i]));
  }
  std::string text;
  const auto line = [&](const auto& cell_of, const char* before, const char* after) {
    std::string cells;
    for (size_t i = 0; i < columns_.size(); ++i) {
      const std::string& cell = cell_of(i);
      const std::string padding(widths[i] - DisplayWidth(cell), ' ');
      if (i > 0) cells += "  ";
      cells += columns_[i].align == Align::kRight ? padding + cell : cell + padding;
    }
    cells.erase(cells.find_last_not_of(' ') + 1);
    text += before + cells + after + "\n";
  };
  line([&](size_t i) -> const std::string& { return columns_[i].title; }, colour ? "\033[1m" : "",
       colour ? "\033[0m" : "");
  for (const auto& row : rows_) {
    if (row.empty()) {
      size_t total = 0;
      for (size_t width : widths) total += width + 2;
      for (size_t i = 0; i + 2 < total; ++i) text += "─";
      text += "\n";
    } else {
      line([&](size_t i) -> const std::string& { return row[i]; }, "", "");
    }
  }
  return text;
}

}  // namespace gnomon
