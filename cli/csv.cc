#include "cli/csv.h"

namespace gnomon::cli {
namespace {

// A leading = + - or @ would run as a formula in a spreadsheet.
std::string CsvField(std::string text) {
  if (!text.empty() && std::string("=+-@\t\r").find(text[0]) != std::string::npos)
    text = "'" + text;
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace

std::string CsvLine(const std::vector<std::string>& fields) {
  std::string line;
  for (const std::string& field : fields) line += CsvField(field) + ",";
  line.back() = '\r';
  return line + "\n";
}

}  // namespace gnomon::cli
