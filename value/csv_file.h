// Comma-separated values (RFC 4180) with the place of each field, for errors that name it. libcsv,
// strict.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/status.h"

namespace gnomon::value {

struct CsvField {
  std::string text;
  size_t line = 0;    // from 1; of the field's first character
  size_t column = 0;  // from 1; the field's number in its row
};
using CsvRow = std::vector<CsvField>;

// Rows in their order, empty lines left out. A byte order mark is stepped over; the separator is a
// semicolon where the first line has one and no comma (spreadsheets of many countries write it so).
// kInvalidArgument "origin:line: ..." where quotes are wrong, and over `max_bytes` or `max_rows`.
Result<std::vector<CsvRow>> ParseCsv(const std::string& text, const std::string& origin,
                                     size_t max_bytes, size_t max_rows);

// "origin:line:column"
std::string CsvPosition(const std::string& origin, const CsvField& field);

}  // namespace gnomon::value
