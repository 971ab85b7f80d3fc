// Why a host matched, or why it did not, in words for the people who keep the catalogue.
#pragma once

#include <string>
#include <string_view>

#include "catalogue/table.h"

namespace gnomon::catalogue {

// The rule that comes nearest to a host that matches none.
struct NearMiss {
  enum class Kind {
    kNone,
    kSpelling,   // at most two edits away: "deepseeks.com"
    kHomograph,  // reads the same: "xn--chatgt-4nf.com" with a Cyrillic letter, "c1aude.ai"
    kRelative,   // the same registered name, another host: "platform.openai.com"
    kInside,  // "openai.com.evil.example" or "notchatgpt.com": not at the end, or not after a dot
    kExact,   // below a rule for one host only
  };
  Kind kind = Kind::kNone;
  std::string_view name;    // what the host is near to: the rule's suffix or its registered name
  std::string_view suffix;  // the rule; both live as long as the table
  ServiceIndex service = kNoService;
};

// `host` in lower case. Looks at every rule: for the command line, not for traffic.
NearMiss FindNearMiss(const Table& table, std::string_view host);

// "rule chatgpt.com, role use", or "no service: ..." with the near miss.
std::string Explain(const Table& table, std::string_view host);

}  // namespace gnomon::catalogue
