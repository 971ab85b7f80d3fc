#include "collector/organisation/policy_in_force.h"

#include "base/file.h"
#include "policy/policy.h"

namespace gnomon::organisation {
namespace {

Result<policy::Organisation> FromRelease(const std::string& body) {
  GNOMON_ASSIGN_OR_RETURN(const v1::Policy policy, policy::Parse(body));
  return policy::Organisation(policy);
}

Result<policy::Organisation> FromFile(const std::filesystem::path& file) {
  GNOMON_ASSIGN_OR_RETURN(const std::string text, ReadFile(file, policy::kMaxBytes));
  GNOMON_ASSIGN_OR_RETURN(const v1::Policy policy, policy::FromYaml(text, file.string()));
  return policy::Organisation(policy);
}

}  // namespace

PolicyInForce::PolicyInForce(const releases::Published& published, std::filesystem::path file)
    : InForce(
          {&published, trust::Kind::kPolicy, FromRelease, std::move(file), FromFile, "policy"}) {}

}  // namespace gnomon::organisation
