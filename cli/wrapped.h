// Sentences below or beside a table, broken so that they can be read.
#pragma once

#include <string>

namespace gnomon::cli {

// At most 100 columns, broken at blanks; lines after the first one column further in. Ends with a
// line feed.
std::string Wrapped(const std::string& sentence, const std::string& indent = "");

}  // namespace gnomon::cli
