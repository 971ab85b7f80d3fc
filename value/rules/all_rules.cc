#include <vector>

#include "value/rules/rule.h"

namespace gnomon::value {

std::span<const RuleCode> AllRules() {
  // Built at the first call: the rules are globals of other files.
  static const std::vector<RuleCode> kAll = {
      kDependsOnUnofficial, kBuy,     kOfficialLoses, kBudgetDoesNotFollow, kBackOfficeOpportunity,
      kTriedAndLeft,        kGrowing, kLockIn,        kBlindSpots};
  return kAll;
}

}  // namespace gnomon::value
