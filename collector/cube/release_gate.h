// Store sums -> released cube: the only way a number leaves the collector.
//
// The rule (docs/privacy-release-gate.md has the argument and its limits):
//  1. A department whose active devices are under the floor is hidden whole, its list of services
//  too.
//  2. A service in a department whose devices are under the floor is hidden.
//  3. Where a department's total is shown and it has hidden services, further services (the fewest
//     devices first) are hidden until what remains unaccounted for holds a service of at least k
//     devices; where there is none, the department's counts are the sum of its shown services.
//     The total is hidden as well where its devices alone would give the hidden services away.
//  4. Company-wide figures are sums of shown cells and of nothing else.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "collector/store/store.h"

namespace gnomon::cube {

inline constexpr uint32_t kFloorDefault = 10;
inline constexpr uint32_t kFloorMinimum = 5;  // compiled in; no configuration passes it

// kInvalidArgument under kFloorMinimum.
Status CheckFloor(uint32_t floor);

enum class Why { kShown, kFloor, kComplement };

struct ReleasedCounts {
  uint64_t devices = 0;
  uint64_t device_days = 0;
  uint64_t visits = 0;
  uint64_t turns = 0;
  uint64_t automated_turns = 0;  // leaves as a share only (query/answers.cc)
  uint64_t active_minutes = 0;
  uint64_t uploads = 0;
  uint64_t kib_up = 0;
  uint64_t kib_down = 0;
  // For findings (query/fact_reader.h); both blurred, so that no small rest follows from them.
  uint32_t long_tenure_percent = 0;  // of device_days; in steps of 5, over 90 it is 100
  uint64_t habit_devices = 0;        // at the least; a multiple of 5, and 0 under the floor
};

// A cell that is hidden has no counts: there is nothing to leak.
struct ReleasedCell {
  Why why = Why::kFloor;
  std::optional<ReleasedCounts> counts;  // set exactly where why is kShown
};

struct ReleasedDepartment {
  ReleasedCell total;
  // Rule 3 found no service of k devices: total.counts has devices and device_days, and its other
  // counts, being the sum of no shown service, are 0 and say nothing. Readers show them as hidden.
  bool volume_hidden = false;
  // Every service that has any use. Empty where the department is hidden by rule 1: already the
  // list of its services would be about fewer devices than the floor.
  std::map<std::string, ReleasedCell> services;
};

struct ReleasedCube {
  uint32_t floor = kFloorDefault;
  std::map<std::string, ReleasedDepartment> departments;
};

// `departments` names those that exist (enrolled devices), so that one without use is shown as
// hidden and not left out.
Result<ReleasedCube> Release(std::span<const store::ServiceUsage> usage,
                             std::span<const std::string> departments, uint32_t floor);

}  // namespace gnomon::cube
