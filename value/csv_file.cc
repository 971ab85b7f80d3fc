#include "value/csv_file.h"

#include <csv.h>

#include <memory>

namespace gnomon::value {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

struct Reader {
  std::vector<CsvRow> rows;
  CsvRow row;
  size_t line = 1;        // of the byte that is being read
  size_t field_line = 1;  // in which the field began
};

void OnField(void* text, size_t size, void* data) {
  auto& reader = *static_cast<Reader*>(data);
  reader.row.push_back({std::string(static_cast<const char*>(text), size), reader.field_line,
                        reader.row.size() + 1});
  reader.field_line = reader.line;
}

void OnRow(int, void* data) {
  auto& reader = *static_cast<Reader*>(data);
  if (!reader.row.empty()) reader.rows.push_back(std::move(reader.row));
  reader.row.clear();
}

struct Free {
  void operator()(csv_parser* parser) const { csv_free(parser); }
};

}  // namespace

std::string CsvPosition(const std::string& origin, const CsvField& field) {
  return origin + ":" + std::to_string(field.line) + ":" + std::to_string(field.column);
}

Result<std::vector<CsvRow>> ParseCsv(const std::string& text, const std::string& origin,
                                     size_t max_bytes, size_t max_rows) {
  if (text.size() > max_bytes)
    return InvalidArgument(origin + ": longer than " + std::to_string(max_bytes) + " bytes");
  csv_parser parser;
  if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0)
    return Internal("libcsv does not start");
  const std::unique_ptr<csv_parser, Free> release(&parser);
  const size_t begin = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  const std::string_view head =
      std::string_view(text).substr(begin, text.find_first_of("\r\n", begin) - begin);
  if (head.find(',') == std::string_view::npos && head.find(';') != std::string_view::npos)
    csv_set_delim(&parser, ';');

  Reader reader;
  const auto wrong = [&] {
    return InvalidArgument(origin + ":" + std::to_string(reader.line) +
                           ": not CSV: " + csv_strerror(csv_error(&parser)));
  };
  // A byte at a time: so the reader knows the line at each field's end.
  for (size_t i = begin; i < text.size(); ++i) {
    if (reader.row.empty() && parser.entry_pos == 0 && !parser.quoted)
      reader.field_line = reader.line;
    if (csv_parse(&parser, &text[i], 1, OnField, OnRow, &reader) != 1) return wrong();
    if (text[i] == '\n') ++reader.line;
    if (reader.rows.size() > max_rows)
      return InvalidArgument(origin + ": more than " + std::to_string(max_rows) + " rows");
  }
  if (csv_fini(&parser, OnField, OnRow, &reader) != 0) return wrong();
  return std::move(reader.rows);
}

}  // namespace gnomon::value
