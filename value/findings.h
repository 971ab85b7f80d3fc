// START HERE: facts -> findings. Pure: no clock, no I/O; the same facts give the same findings,
// byte for byte.
//
//   facts.h     what is known: released numbers, catalogue, policy, finance
//   rulebook.h  thresholds and sentences, as data
//   rules/      one file a finding
#pragma once

#include <vector>

#include "gnomon/v1/findings.pb.h"
#include "value/facts.h"
#include "value/rulebook.h"

namespace gnomon::value {

// In the order of AllRules() (rules/rule.h), within a rule those with the most behind them first. A
// finding rests on numbers that the release gate shows; where one that it needs is hidden, there is
// no finding.
std::vector<v1::Finding> FindAll(const Facts& facts, const Rulebook& book, Language language);

}  // namespace gnomon::value
