// Comma-separated values (RFC 4180), safe to open in a spreadsheet.
#pragma once

#include <string>
#include <vector>

namespace gnomon::cli {

// Ends with CR LF; fields are quoted where needed. At least one field.
std::string CsvLine(const std::vector<std::string>& fields);

}  // namespace gnomon::cli
