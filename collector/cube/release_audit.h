// An attacker's arithmetic over a released cube: what could a reader work out exactly?
// Knows nothing of how the gate decides; tests run it over everything the gate lets out.
#pragma once

#include <string>
#include <vector>

#include "collector/cube/release_gate.h"

namespace gnomon::cube {

struct Finding {
  std::string department;
  std::string service;  // empty: the department's total
  std::string measure;  // "turns", "devices", ...
  bool operator==(const Finding&) const = default;
};

// Hidden numbers that follow from the shown ones:
//  - volumes, by linear algebra: a department's total is the sum of its services;
//  - devices, by bounds: a service under the floor has at most floor - 1, services together have at
//    least as many as their department, and each at most as many as its department.
// A volume of zero that follows from a zero difference is not a finding
// (docs/privacy-release-gate.md).
std::vector<Finding> FindExact(const ReleasedCube& cube);

// Cells that break the cube's own promise: shown with fewer devices than the floor, hidden with
// counts, listed inside a department under the floor.
std::vector<Finding> FindBroken(const ReleasedCube& cube);

}  // namespace gnomon::cube
