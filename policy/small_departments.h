// Departments that the floor would always hide, and which of the same function could be counted
// together.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gnomon/v1/policy.pb.h"

namespace gnomon::policy {

struct Merge {
  std::vector<std::string>
      departments;             // codes, in order; one alone: there is nothing to merge it with
  uint32_t heads = 0;          // together
  bool function_known = true;  // false: one alone, because nobody said what function it has

  bool possible() const { return departments.size() > 1; }
};

// A department with fewer people than the floor can never have enough devices. Those of one
// function are put together, the smallest first, until they have twice the floor: the gate counts
// the laptops on which AI was used in the month, and not everybody uses it. What is left over joins
// another merge of its function, else, where it does not reach the floor by itself, the smallest
// department that does. Departments whose heads are not known are not in it. Every department under
// the floor is in exactly one merge, and no merge mixes functions.
std::vector<Merge> ProposeMerges(const v1::Policy& policy);

// One sentence a merge, for people.
std::string Describe(const Merge& merge, uint32_t floor);

}  // namespace gnomon::policy
