// Reads rules/*.yaml as they are written, with the place of everything, for the compiler and for
// lint. The format: docs/formats/catalogue.md.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "gnomon/v1/catalogue.pb.h"

namespace gnomon::catalogue {

struct HostRule {
  v1::Host host;
  std::string where;  // "rules/chat.yaml:12"
};

struct ServiceRule {
  v1::Service service;  // without its hosts
  std::string where;
  std::map<std::string, std::string> places;  // of its keys: "vendor" -> "rules/chat.yaml:14"
  // Registered domains of other vendors that its own are easily taken for: looked at, and right.
  std::vector<std::string> alike;
  std::vector<HostRule> hosts;
};

struct RuleSet {
  uint64_t version = 0;
  std::vector<ServiceRule> services;  // in the order of the files
  // "file:line: service: field: what"; reading goes on after one, up to kMaxErrors.
  std::vector<std::string> errors;
};

inline constexpr size_t kMaxErrors = 50;
inline constexpr size_t kMaxSources = 32;  // of one service

// Every *.yaml of the folder by name, and VERSION.
RuleSet ReadRules(const std::filesystem::path& folder);

// Adds the services of one file's text. `origin` is its path: the stem is the category of services
// that name none.
void ReadRulesText(const std::string& text, const std::string& origin, RuleSet* rules);

}  // namespace gnomon::catalogue
