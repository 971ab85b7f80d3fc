// What is doubtful in the rules, beyond what the compiler refuses.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "catalogue/rules.h"

namespace gnomon::catalogue {

struct Finding {
  // "invalid", "duplicate", "overlap", "unreachable", "shared", "public-suffix", "look-alike",
  // "sources", "country", "turns", "stale", "future"
  std::string kind;
  std::string where;  // "rules/chat.yaml:12"; empty for "invalid", whose message holds it
  std::string field;  // "hosts", "checked"; empty for "invalid"
  std::string message;
};

// A review is stale after a year: hosts of this field move within months. So is a price.
inline constexpr int32_t kStaleDays = 365;

// `today` in days since 1970-01-01. In the order of the files.
std::vector<Finding> Lint(const RuleSet& rules, int32_t today);

// "rules/chat.yaml:12: hosts: shared: chatgpt: ...".
std::string FindingText(const Finding& finding);

}  // namespace gnomon::catalogue
