// A rule's code: what it needs of the rulebook, and how it finds.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "value/facts.h"
#include "value/figure.h"
#include "value/rulebook.h"

namespace gnomon::value {

// What a rule found; its sentences come from the rulebook.
struct Found {
  std::string department;  // code; empty: the organisation
  std::string service;     // catalogue id; empty: none in particular
  double weight =
      0;  // turns, laptops or points behind it: larger ones are shown first within a rule
  Figures figures;
  std::vector<std::string> sources;
};

struct RuleCode {
  std::string_view id;
  std::vector<std::string_view> thresholds;
  std::vector<std::string_view> figures;  // that its sentences may use
  std::vector<Found> (*find)(const Facts& facts, const Rulebook& book, Language language);
};

// In the order in which findings are shown.
std::span<const RuleCode> AllRules();

// One file each, beside this one.
extern const RuleCode kDependsOnUnofficial, kBuy, kOfficialLoses, kBudgetDoesNotFollow,
    kBackOfficeOpportunity, kTriedAndLeft, kGrowing, kLockIn, kBlindSpots;

}  // namespace gnomon::value
