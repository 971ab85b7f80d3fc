// Released cubes, the policy, the catalogue and finance's file -> what findings stand on
// (value/facts.h).
#pragma once

#include "collector/cube/cube_source.h"
#include "collector/enrol/registry.h"
#include "collector/organisation/finance_in_force.h"
#include "collector/organisation/policy_in_force.h"
#include "collector/organisation/services_in_force.h"
#include "value/facts.h"

namespace gnomon::query {

// Months before the one that is asked for, for growth and for what was left.
inline constexpr int kMonthsBefore = 3;

// Threads: safe.
class FactReader {
 public:
  // All must outlive the reader.
  FactReader(const cube::CubeSource& cubes, enrol::Registry& registry,
             const organisation::PolicyInForce& policy,
             const organisation::ServicesInForce& services,
             const organisation::FinanceInForce& finance)
      : cubes_(cubes),
        registry_(registry),
        policy_(policy),
        services_(services),
        finance_(finance) {}

  struct Read {
    value::Facts facts;
    bool policy_known = false;
    bool finance_known = false;
  };
  // Of a month that is over by `today`; kFailedPrecondition of another.
  Result<Read> Month(const gnomon::Month& month, Day today) const;

 private:
  const cube::CubeSource& cubes_;
  enrol::Registry& registry_;
  const organisation::PolicyInForce& policy_;
  const organisation::ServicesInForce& services_;
  const organisation::FinanceInForce& finance_;
};

}  // namespace gnomon::query
