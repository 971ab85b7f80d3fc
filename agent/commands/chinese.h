// The words of proto/gnomon/v1/record.proto in Chinese. Each stands beside the English that it translates: where a descriptor says
// something else by now, the English is shown rather than an old translation, and a test fails.
#pragma once

#include <string_view>

namespace gnomon::agent {

struct ChineseField {
  std::string_view name, label, english_purpose, purpose, unit;
};

// Of a field of UsageRecord; null where `purpose` is not what was translated.
const ChineseField* ChineseOf(std::string_view field, std::string_view purpose);
// The English itself where there is no translation of it.
std::string_view ChineseRetention(std::string_view english);
std::string_view ChineseValue(std::string_view enumerator);  // "SURFACE_WEB"

}  // namespace gnomon::agent
