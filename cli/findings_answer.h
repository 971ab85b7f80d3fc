// What `gnomon findings` prints: text for people, JSON and Markdown for what comes after.
#pragma once

#include <string>

#include "gnomon/v1/findings.pb.h"

namespace gnomon::cli {

enum class FindingsFormat { kText, kJson, kMarkdown };

std::string Render(const v1::FindingsAnswer& answer, FindingsFormat format, bool chinese,
                   bool colour);

}  // namespace gnomon::cli
