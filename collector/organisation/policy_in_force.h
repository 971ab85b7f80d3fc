// The policy that answers are given under.
#pragma once

#include <filesystem>

#include "collector/organisation/in_force.h"
#include "policy/organisation.h"

namespace gnomon::organisation {

class PolicyInForce : public InForce<policy::Organisation> {
 public:
  // `published` must outlive this. `file` is YAML (docs/formats/policy.md), or empty.
  PolicyInForce(const releases::Published& published, std::filesystem::path file);
};

}  // namespace gnomon::organisation
