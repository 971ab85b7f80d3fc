// A released cube -> the rows of an answer. Pure; sees nothing but what the gate let out.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "collector/cube/release_gate.h"
#include "gnomon/v1/query.pb.h"
#include "policy/organisation.h"

namespace gnomon::query {

// A hidden cell becomes Hidden in every measure.
v1::Measures ToMeasures(const cube::ReleasedCell& cell, bool volume_hidden = false);

// Rows, in the order of their names, and the total over those that are shown. `organisation` has
// what the policy says of them.
void FillDepartments(const cube::ReleasedCube& cube,
                     const std::map<std::string, uint32_t>& enrolled,
                     const policy::Organisation& organisation, v1::DepartmentsAnswer& answer);

// Rows of one department, or with an empty `department` sums over the departments where the service
// is shown: shown rows by turns, most first, then hidden ones by name. The total is the
// departments' own, as FillDepartments shows it: it may include hidden services, and a device with
// two services is one device. kNotFound for a department that is not in the cube.
Status FillServices(const cube::ReleasedCube& cube, const std::string& department,
                    const policy::Organisation& organisation, v1::ServicesAnswer& answer);

}  // namespace gnomon::query
