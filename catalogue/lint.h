// What is doubtful in the rules, beyond what the compiler refuses.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "catalogue/rules.h"

namespace gnomon::catalogue {

struct Finding {
  std::string
      kind;  // "invalid", "duplicate", "unreachable", "shared", "sources", "turns", "stale", "future"
  std::string where;  // "rules/chat.yaml:12"; empty for "invalid", whose message holds it
  std::string message;
};

// A review is stale after a year: hosts of this field move within months.
inline constexpr int32_t kStaleDays = 365;

// `today` in days since 1970-01-01. In the order of the files.
std::vector<Finding> Lint(const RuleSet& rules, int32_t today);

// True where strangers share the names under `suffix` (a registry or a host of many tenants), or
// where such a suffix lies below it: a rule must not cover it.
bool IsSharedSuffix(std::string_view suffix);

}  // namespace gnomon::catalogue
