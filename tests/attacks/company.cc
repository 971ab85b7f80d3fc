#include "tests/attacks/company.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <random>
#include <tuple>
#include <utility>

#include "agent/anonymise/usage_delta.h"
#include "collector/cube/release_gate.h"

namespace gnomon::attacks {
namespace {

using Cell = std::pair<std::string, std::string>;  // department, service

std::vector<store::ServiceUsage> UsageOf(const Company& company, Day end, Day asked) {
  std::map<Cell, std::set<uint32_t>> devices;
  std::map<Cell, std::set<std::pair<uint32_t, Day>>> days;
  std::map<Cell, uint64_t> turns;
  for (const Use& use : company.uses) {
    if (use.day >= end || use.arrived >= asked) continue;
    for (const std::string& service : {use.service, std::string(anonymise::kAnyService)}) {
      devices[{use.department, service}].insert(use.device);
      days[{use.department, service}].insert({use.device, use.day});
    }
    turns[{use.department, use.service}] += use.turns;
  }
  std::vector<store::ServiceUsage> usage;
  for (const auto& [cell, of] : devices) {
    store::Sums sums;
    sums.first_this_month = of.size();
    sums.first_today = days[cell].size();
    if (const auto found = turns.find(cell); found != turns.end()) sums.turns = found->second;
    usage.push_back({cell.first, cell.second, sums});
  }
  return usage;
}

// The sums as they are, or without the cells under the floor.
Answer Plain(const std::vector<store::ServiceUsage>& usage, uint64_t least) {
  std::map<std::string, uint64_t> devices, totals;
  for (const auto& row : usage) {
    if (row.service == anonymise::kAnyService) {
      devices[row.department] = row.sums.first_this_month;
    } else {
      totals[row.department] += row.sums.turns;
    }
  }
  Answer answer;
  for (const auto& row : usage) {
    auto& department = answer.departments[row.department];
    const bool shown = row.sums.first_this_month >= least;
    if (row.service == anonymise::kAnyService) {
      if (shown) department.total = totals[row.department];
      continue;
    }
    department.services[row.service] = shown ? std::optional(row.sums.turns) : std::nullopt;
    answer.services[row.service] += row.sums.turns;
  }
  return answer;
}

Answer Gated(const std::vector<store::ServiceUsage>& usage, uint32_t floor) {
  const Result<cube::ReleasedCube> cube = cube::Release(usage, {}, floor);
  if (!cube.ok()) {
    std::cerr << cube.status().message() << '\n';
    std::exit(2);
  }
  Answer answer;
  for (const auto& [name, released] : cube->departments) {
    auto& department = answer.departments[name];
    if (released.total.counts && !released.volume_hidden) {
      department.total = released.total.counts->turns;
    }
    for (const auto& [service, cell] : released.services) {
      department.services[service] = cell.counts ? std::optional(cell.counts->turns) : std::nullopt;
      if (cell.counts) answer.services[service] += cell.counts->turns;
    }
  }
  return answer;
}

}  // namespace

Company MakeCompany(uint32_t devices, uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto below = [&](uint64_t n) { return random() % n; };
  constexpr Day kDays = 30;
  constexpr int kServices = 14;
  Company company;
  company.devices = devices;
  company.first = Month{2026, 6}.First();
  company.end = company.first + kDays;
  uint32_t device = 0;
  for (int department = 0; device < devices; ++department) {
    // From three laptops to about a fifth of the company.
    const uint64_t most = std::max<uint64_t>(devices / 5, 12);
    const auto size = static_cast<uint64_t>(
        3 * std::pow(static_cast<double>(most) / 3, static_cast<double>(below(1000)) / 1000));
    for (uint64_t i = 0; i < size && device < devices; ++i, ++device) {
      for (int service = 0; service < kServices; ++service) {
        if (below(10 * (static_cast<uint64_t>(service) + 1)) >= 5) continue;
        const uint64_t habit = 1 + below(20);  // days of the month
        const bool script = below(40) == 0;
        for (Day day = 0; day < kDays; ++day) {
          if (below(kDays) >= habit) continue;
          const Day on = company.first + day;
          const double tail = std::pow(static_cast<double>(1 + below(999)) / 1000, -0.8);
          company.uses.push_back(
              {device, "dept-" + std::to_string(department), "service-" + std::to_string(service),
               on, below(100) < 3 ? company.end + static_cast<Day>(1 + below(9)) : on,
               script ? 1500 + below(500)
                      : std::min<uint64_t>(static_cast<uint64_t>(3 * tail), 2000)});
        }
      }
    }
  }
  return company;
}

Answer Ask(const Company& company, Gate gate, Day end, Day asked, uint32_t floor) {
  const auto usage = UsageOf(company, end, asked);
  if (gate == Gate::kOn) return Gated(usage, floor);
  return Plain(usage, gate == Gate::kOff ? 0 : floor);
}

bool Hits(const Company& company, const Claim& claim, uint32_t floor) {
  uint64_t turns = 0;
  std::map<uint32_t, uint64_t> devices;
  for (const Use& use : company.uses) {
    if (use.day < claim.first || use.day >= claim.end || use.arrived < claim.arrived_first ||
        use.arrived >= claim.arrived_end || !claim.departments.contains(use.department) ||
        !claim.services.contains(use.service)) {
      continue;
    }
    turns += use.turns;
    devices[use.device] += use.turns;
  }
  if (claim.one_laptop) {
    const auto dominates = [&](const auto& of) { return of.second * 10 >= claim.turns * 9; };
    return turns == claim.turns && std::any_of(devices.begin(), devices.end(), dominates);
  }
  return !devices.empty() && devices.size() < floor && turns == claim.turns;
}

}  // namespace gnomon::attacks
