// A policy's bytes, signed or not: what is accepted is within every limit that is compiled in.
#include <cstdlib>

#include "policy/policy.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gnomon;
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const Result<v1::Policy>& policy :
       {policy::Parse(text), policy::FromYaml(text, "policy.yaml")}) {
    if (!policy.ok()) continue;
    if (policy->floor() < policy::kLeastFloor || policy->work_ends() > 24 ||
        policy->bounds().turns() > policy::MaxBounds::kTurns ||
        policy->bounds().mib_down() > policy::MaxBounds::kMibDown) {
      std::abort();
    }
    if (!policy::Parse(policy->SerializeAsString()).ok()) std::abort();
    for (int weekday = 1; weekday <= 7; ++weekday) {
      (void)policy::PausedAt(*policy, LocalTime{0, 23, weekday, 59});
    }
  }
  return 0;
}
