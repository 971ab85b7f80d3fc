#include "collector/query/fact_reader.h"

#include <array>
#include <map>
#include <string>
#include <vector>

namespace gnomon::query {
namespace {

using cube::ReleasedCell;
using cube::ReleasedCube;

value::Use UseOf(const ReleasedCell& cell, bool volume_hidden = false) {
  value::Use use;
  if (!cell.counts) return use;
  use.devices = cell.counts->devices;
  use.device_days = cell.counts->device_days;
  if (volume_hidden) return use;
  use.turns = cell.counts->turns;
  use.active_minutes = cell.counts->active_minutes;
  if (cell.counts->habit_devices > 0) use.habit_devices = cell.counts->habit_devices;
  return use;
}

const ReleasedCell* Find(const ReleasedCube& cube, const std::string& department,
                         const std::string& service) {
  const auto found = cube.departments.find(department);
  if (found == cube.departments.end()) return nullptr;
  const auto cell = found->second.services.find(service);
  return cell == found->second.services.end() ? nullptr : &cell->second;
}

void Describe(const organisation::ServiceFacts& catalogue, value::ServiceFacts& service) {
  const auto found = catalogue.find(service.id);
  service.name = service.id;
  if (found == catalogue.end()) return;  // a laptop's catalogue may be newer
  const v1::Service& known = found->second;
  service.name = known.name();
  service.vendor = known.vendor();
  service.category = known.category();
  service.surface = known.surface();
  if (known.has_list_price()) {
    service.price = value::ListPrice{known.list_price().hundredths(), known.list_price().currency(),
                                     known.list_price().plan()};
  }
}

// Adds `use` to `sum`; what is hidden in one makes the sum of them unknown.
void AddTo(value::Use& sum, const value::Use& use) {
  const auto add = [](value::Number& to, const value::Number& from) {
    if (to && from) {
      *to += *from;
    } else {
      to.reset();
    }
  };
  add(sum.devices, use.devices);
  add(sum.device_days, use.device_days);
  add(sum.turns, use.turns);
  add(sum.active_minutes, use.active_minutes);
}

// Over all departments. A service that is hidden anywhere has no sum: it would be less than was
// used.
value::DepartmentFacts Together(const std::vector<value::DepartmentFacts>& departments,
                                const ReleasedCube& cube, const policy::Organisation& policy,
                                const organisation::ServiceFacts& catalogue) {
  value::DepartmentFacts all;
  const value::Use nothing{.devices = 0, .device_days = 0, .turns = 0, .active_minutes = 0};
  bool one_is_hidden = false;
  std::map<std::string, value::Use> sums;
  std::map<std::string, double> long_days;
  for (const auto& [name, department] : cube.departments) {
    one_is_hidden |= !department.total.counts;
    for (const auto& [id, cell] : department.services) {
      AddTo(sums.try_emplace(id, nothing).first->second, UseOf(cell));
      if (cell.counts) {
        long_days[id] +=
            static_cast<double>(cell.counts->device_days) * cell.counts->long_tenure_percent / 100;
      }
    }
  }
  for (const value::DepartmentFacts& department : departments) all.enrolled += department.enrolled;
  for (const auto& [id, use] : sums) {
    value::ServiceFacts service;
    service.id = id;
    Describe(catalogue, service);
    service.sanctioned = policy.SanctionedForAll(id);
    service.seats = policy.SeatsForAll(id);
    if (!one_is_hidden) service.now = use;
    if (service.now.device_days.value_or(0) > 0) {
      service.long_tenure_percent =
          static_cast<uint32_t>(100 * long_days[id] / static_cast<double>(*use.device_days));
    }
    all.services.push_back(std::move(service));
  }
  return all;
}

}  // namespace

Result<FactReader::Read> FactReader::Month(const gnomon::Month& month, Day today) const {
  if (month.End() > today) {
    return FailedPrecondition(
        month.ToString() +
        " is not over: findings are of whole months, so that they stay the same");
  }
  const auto policy = policy_.Now();
  const auto catalogue = services_.Now();
  const auto finance = finance_.Now();
  GNOMON_ASSIGN_OR_RETURN(const auto enrolled, registry_.DevicesByDepartment());
  std::vector<std::string> names;
  for (const auto& [department, devices] : enrolled) names.push_back(department);

  std::array<ReleasedCube, kMonthsBefore + 1> cubes;  // the month, then those before
  gnomon::Month at = month;
  for (ReleasedCube& cube : cubes) {
    GNOMON_ASSIGN_OR_RETURN(cube, cubes_.Read(at.First(), at.End(), names, policy->floor()));
    at = MonthOf(at.First() - 1);
  }

  Read read;
  read.policy_known = policy->decided();
  read.finance_known = !finance->departments.empty();
  value::Facts& facts = read.facts;
  facts.month = month;
  facts.floor = cubes[0].floor;
  for (const auto& [name, released] : cubes[0].departments) {
    value::DepartmentFacts department;
    department.code = name;
    department.name = name;
    if (const auto found = enrolled.find(name); found != enrolled.end())
      department.enrolled = found->second;
    if (const auto* decided = policy->Find(name)) {
      if (!decided->name.empty()) department.name = decided->name;
      department.function = decided->function;
      if (decided->heads > 0) department.heads = decided->heads;
    }
    department.all = UseOf(released.total, released.volume_hidden);
    for (const auto& [id, cell] : released.services) {
      value::ServiceFacts service;
      service.id = id;
      Describe(*catalogue, service);
      service.sanctioned = policy->Sanctioned(name, id);
      service.seats = policy->Seats(name, id);
      service.now = UseOf(cell);
      if (cell.counts) service.long_tenure_percent = cell.counts->long_tenure_percent;
      for (size_t back = 1; back < cubes.size(); ++back) {
        const ReleasedCell* before = Find(cubes[back], name, id);
        service.before.push_back(before == nullptr ? value::Use() : UseOf(*before));
      }
      department.services.push_back(std::move(service));
    }
    facts.departments.push_back(std::move(department));
  }
  facts.organisation = Together(facts.departments, cubes[0], *policy, *catalogue);
  if (read.finance_known) value::AddFinance(*finance, &facts);

  GNOMON_ASSIGN_OR_RETURN(const v1::HealthSummary health, registry_.Health(today));
  facts.coverage = {.reporting = health.devices_with_coverage(),
                    .vpn = health.devices_with_vpn(),
                    .encrypted_dns = health.devices_with_encrypted_dns()};
  return read;
}

}  // namespace gnomon::query
