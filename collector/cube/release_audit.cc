#include "collector/cube/release_audit.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace gnomon::cube {
namespace {

struct Volume {
  const char* name;
  uint64_t ReleasedCounts::*field;
};
constexpr Volume kVolumes[] = {{"visits", &ReleasedCounts::visits},
                               {"turns", &ReleasedCounts::turns},
                               {"automated_turns", &ReleasedCounts::automated_turns},
                               {"active_minutes", &ReleasedCounts::active_minutes},
                               {"uploads", &ReleasedCounts::uploads},
                               {"kib_up", &ReleasedCounts::kib_up},
                               {"kib_down", &ReleasedCounts::kib_down}};

// One row a linear equation over the unknowns: sum of coefficient * unknown = constant.
struct Equations {
  std::vector<std::vector<double>> rows;  // unknowns, then the constant

  // Gauss-Jordan. An unknown is determined where a row is left with it alone.
  std::vector<std::pair<size_t, double>> Determined(size_t unknowns) {
    size_t top = 0;
    for (size_t column = 0; column < unknowns && top < rows.size(); ++column) {
      const auto pivot = std::max_element(
          rows.begin() + static_cast<std::ptrdiff_t>(top), rows.end(),
          [&](const auto& a, const auto& b) { return std::abs(a[column]) < std::abs(b[column]); });
      if (std::abs((*pivot)[column]) < 1e-9) continue;
      std::swap(*pivot, rows[top]);
      const double scale = rows[top][column];
      for (double& value : rows[top]) value /= scale;
      for (size_t row = 0; row < rows.size(); ++row) {
        if (row == top) continue;
        const double factor = rows[row][column];
        for (size_t i = 0; i <= unknowns; ++i) rows[row][i] -= factor * rows[top][i];
      }
      ++top;
    }
    std::vector<std::pair<size_t, double>> determined;
    for (const auto& row : rows) {
      const auto nonzero = [](double value) { return std::abs(value) > 1e-9; };
      const auto end = row.begin() + static_cast<std::ptrdiff_t>(unknowns);
      if (std::count_if(row.begin(), end, nonzero) != 1) continue;
      const auto at = std::find_if(row.begin(), end, nonzero) - row.begin();
      determined.emplace_back(static_cast<size_t>(at), row[unknowns]);
    }
    return determined;
  }
};

void FindVolumes(const std::string& name, const ReleasedDepartment& department,
                 std::vector<Finding>& findings) {
  // Hidden whole: the reader does not know which services there are, so there is no equation.
  if (department.total.why == Why::kFloor && department.services.empty()) return;
  for (const Volume& volume : kVolumes) {
    std::vector<std::string> unknowns;
    double known = 0;  // total - shown services
    std::vector<double> coefficients;
    for (const auto& [service, cell] : department.services) {
      if (cell.counts) {
        known -= static_cast<double>((*cell.counts).*volume.field);
      } else {
        unknowns.push_back(service);
        coefficients.push_back(1);
      }
    }
    if (department.total.counts && !department.volume_hidden) {
      known += static_cast<double>((*department.total.counts).*volume.field);
    } else {
      unknowns.emplace_back();
      coefficients.push_back(-1);
    }
    coefficients.push_back(known);
    Equations equations{{coefficients}};
    for (const auto& [unknown, value] : equations.Determined(unknowns.size())) {
      findings.push_back({name, unknowns[unknown], volume.name});
    }
  }
}

// Interval arithmetic to a fixed point over: 0 <= service <= department <= sum of services.
void FindDevices(const std::string& name, const ReleasedDepartment& department, uint64_t floor,
                 std::vector<Finding>& findings) {
  struct Interval {
    uint64_t low, high;
  };
  constexpr uint64_t kMany = 1'000'000'000;
  const auto start = [&](const ReleasedCell& cell) -> Interval {
    if (cell.counts) return {cell.counts->devices, cell.counts->devices};
    if (cell.why == Why::kFloor) return {0, floor - 1};
    return {floor, kMany};  // hidden as a complement: it has at least the floor
  };
  Interval total = start(department.total);
  std::vector<std::pair<std::string, Interval>> services;
  for (const auto& [service, cell] : department.services)
    services.emplace_back(service, start(cell));
  for (bool changed = true; changed;) {
    changed = false;
    uint64_t sum_high = 0;
    for (const auto& [service, interval] : services) sum_high += interval.high;
    for (auto& [service, interval] : services) {
      const uint64_t others = sum_high - interval.high;
      const uint64_t low = std::max(interval.low, total.low > others ? total.low - others : 0);
      const uint64_t high = std::min(interval.high, total.high);
      changed |= low > interval.low || high < interval.high;
      sum_high -= interval.high - high;
      interval = {low, high};
    }
  }
  for (const auto& [service, interval] : services) {
    const bool hidden = !department.services.at(service).counts;
    if (hidden && interval.low >= interval.high) findings.push_back({name, service, "devices"});
  }
}

}  // namespace

std::vector<Finding> FindExact(const ReleasedCube& cube) {
  std::vector<Finding> findings;
  for (const auto& [name, department] : cube.departments) {
    FindVolumes(name, department, findings);
    FindDevices(name, department, cube.floor, findings);
  }
  return findings;
}

std::vector<Finding> FindBroken(const ReleasedCube& cube) {
  std::vector<Finding> findings;
  const auto check = [&](const std::string& department, const std::string& service,
                         const ReleasedCell& cell) {
    if (cell.counts.has_value() != (cell.why == Why::kShown)) {
      findings.push_back({department, service, "counts"});
    } else if (cell.counts && cell.counts->devices < cube.floor) {
      findings.push_back({department, service, "devices"});
    }
  };
  for (const auto& [name, department] : cube.departments) {
    check(name, "", department.total);
    const bool whole = department.total.why == Why::kFloor;
    for (const auto& [service, cell] : department.services) {
      check(name, service, cell);
      if (whole) findings.push_back({name, service, "inside a hidden department"});
    }
  }
  return findings;
}

}  // namespace gnomon::cube
