// A table for people: columns as wide as their widest cell, by what a terminal shows (UTF-8).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gnomon {

class TextTable {
 public:
  enum class Align { kLeft, kRight };
  struct Column {
    std::string title;
    Align align = Align::kLeft;
  };

  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // Missing cells are empty; cells beyond the columns are dropped. Control characters, line feeds
  // too, show as U+FFFD.
  void AddRow(std::vector<std::string> cells);
  // A rule, for totals below it.
  void AddRule();
  // Ends with a line feed; no white space at the end of lines.
  std::string Render(bool colour) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;  // an empty row is a rule
};

// Columns that `text` takes on a terminal: wide East Asian characters count two, combining marks none.
size_t DisplayWidth(std::string_view text);

// `text` in exactly `width` columns: filled with spaces, or cut and ended with `mark`, which is
// one column wide. Control characters show as U+FFFD.
std::string FitToWidth(std::string_view text, size_t width, std::string_view mark = "…");

// 1234567 -> "1,234,567"
std::string GroupedDigits(unsigned long long value);

}  // namespace gnomon
