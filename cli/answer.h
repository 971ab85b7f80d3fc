// Answers as people and programs read them. A hidden number is never a number: in a table and in CSV it
// is text, in JSON it is null beside the reason.
#pragma once

#include <string>

#include "gnomon/v1/query.pb.h"

namespace gnomon::cli {

enum class Format { kTable, kJson, kCsv };
Format ParseFormat(const std::string& text);  // "json", "csv", anything else: table

std::string Render(const v1::DepartmentsAnswer& answer, Format format, bool colour);
std::string Render(const v1::ServicesAnswer& answer, Format format, bool colour);

}  // namespace gnomon::cli
