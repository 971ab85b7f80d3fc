// The syntax of codes that come from outside: departments and services.
#pragma once

#include <string_view>

namespace gnomon {

// 1..64 lower-case letters, digits and single hyphens, which stand neither first nor last.
bool IsCode(std::string_view text);

}  // namespace gnomon
