#include "collector/cube/release_gate.h"

#include <algorithm>
#include <limits>

#include "agent/anonymise/usage_delta.h"

namespace gnomon::cube {
namespace {

// Of one service, or of any.
struct Usage {
  store::Sums sums;
  uint64_t long_tenure_days = 0;
  uint64_t habit_devices = 0;

  void Add(const store::ServiceUsage& row) {
    sums += row.sums;
    long_tenure_days += row.long_tenure_days;
    habit_devices = std::max(habit_devices, row.habit_devices);
  }
};

struct DepartmentUsage {
  Usage any;  // the reserved service: devices of any AI service
  std::map<std::string, Usage> services;
};

// As answers show shares (query/answers.cc).
uint32_t StepsOfFive(uint64_t part, uint64_t whole) {
  if (whole == 0) return 0;
  const double percent = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  return percent > 90 ? 100 : static_cast<uint32_t>(percent / 5 + 0.5) * 5;
}

ReleasedCounts Counts(const Usage& usage, uint32_t floor) {
  const store::Sums& sums = usage.sums;
  const uint64_t habit = usage.habit_devices / 5 * 5;
  return {.devices = sums.first_this_month,
          .device_days = sums.first_today,
          .visits = sums.visits,
          .turns = sums.turns,
          .automated_turns = sums.automated_turns,
          .active_minutes = sums.active_minutes,
          .uploads = sums.uploads,
          .kib_up = sums.kib_up,
          .kib_down = sums.kib_down,
          .long_tenure_percent = StepsOfFive(usage.long_tenure_days, sums.first_today),
          .habit_devices = habit < floor ? 0 : habit};
}

ReleasedCell Shown(const Usage& usage, uint32_t floor) {
  return {Why::kShown, Counts(usage, floor)};
}
ReleasedCell HiddenBecause(Why why) {
  return {why, std::nullopt};
}

// Volume is what the services have; devices and device-days are those of "any", because a device
// that uses two services is still one device.
Usage TotalOf(const DepartmentUsage& usage) {
  Usage total = usage.any;
  total.sums = {};
  for (const auto& [service, of_service] : usage.services) total.sums += of_service.sums;
  total.sums.first_today = usage.any.sums.first_today;
  total.sums.first_this_week = usage.any.sums.first_this_week;
  total.sums.first_this_month = usage.any.sums.first_this_month;
  return total;
}

// The shown service with the fewest devices, or end(). Equal ones: the first by id, so that the
// same sums always give the same cube.
auto FewestDevicesShown(std::map<std::string, ReleasedCell>& services) {
  auto fewest = services.end();
  for (auto it = services.begin(); it != services.end(); ++it) {
    if (!it->second.counts) continue;
    if (fewest == services.end() || it->second.counts->devices < fewest->second.counts->devices) {
      fewest = it;
    }
  }
  return fewest;
}

// The most devices that a reader of the services can think the department has: those of shown
// services, floor - 1 for each one under the floor, and for one hidden by rule 3 as many as the
// smallest shown one. A total that reaches this bound fixes every hidden number of devices at its
// highest value.
uint64_t MostDevices(const std::map<std::string, ReleasedCell>& services, uint32_t floor) {
  uint64_t most = 0, smallest_shown = std::numeric_limits<uint32_t>::max();
  bool complement = false;
  for (const auto& [service, cell] : services) {
    if (cell.counts) {
      most += cell.counts->devices;
      smallest_shown = std::min(smallest_shown, cell.counts->devices);
    } else if (cell.why == Why::kFloor) {
      most += floor - 1;
    } else {
      complement = true;
    }
  }
  return complement ? most + smallest_shown : most;
}

ReleasedDepartment ReleaseDepartment(const DepartmentUsage& usage, uint32_t floor) {
  ReleasedDepartment released;
  const Usage whole = TotalOf(usage);
  const store::Sums& total = whole.sums;
  if (total.first_this_month < floor) {  // rule 1
    released.total = HiddenBecause(Why::kFloor);
    return released;
  }

  bool hidden = false;
  for (const auto& [service, of_service] : usage.services) {  // rule 2
    const bool shown = of_service.sums.first_this_month >= floor;
    released.services[service] = shown ? Shown(of_service, floor) : HiddenBecause(Why::kFloor);
    hidden |= !shown;
  }
  released.total = Shown(whole, floor);
  if (!hidden) return released;

  // Rule 3. total - shown services is known to every reader. One service of at least `floor`
  // devices among the hidden ones makes this difference a figure about at least `floor` devices.
  if (auto service = FewestDevicesShown(released.services); service != released.services.end()) {
    service->second = HiddenBecause(Why::kComplement);
  } else {
    released.volume_hidden = true;
    released.total.counts =
        ReleasedCounts{.devices = total.first_this_month, .device_days = total.first_today};
  }
  if (total.first_this_month >= MostDevices(released.services, floor)) {
    released.total = HiddenBecause(Why::kComplement);
    released.volume_hidden = false;
  }
  return released;
}

}  // namespace

Status CheckFloor(uint32_t floor) {
  if (floor >= kFloorMinimum) return Status::Ok();
  return InvalidArgument("a floor of " + std::to_string(floor) + " is refused: groups under " +
                         std::to_string(kFloorMinimum) +
                         " devices could point at a person, so the floor is at least " +
                         std::to_string(kFloorMinimum));
}

Result<ReleasedCube> Release(std::span<const store::ServiceUsage> usage,
                             std::span<const std::string> departments, uint32_t floor) {
  GNOMON_RETURN_IF_ERROR(CheckFloor(floor));
  std::map<std::string, DepartmentUsage> by_department;
  for (const std::string& department : departments) by_department[department];
  for (const store::ServiceUsage& row : usage) {
    DepartmentUsage& department = by_department[row.department];
    if (row.service == anonymise::kAnyService) {
      department.any.Add(row);
    } else if (row.sums != store::Sums{}) {
      department.services[row.service].Add(row);
    }
  }
  ReleasedCube cube;
  cube.floor = floor;
  for (const auto& [name, department] : by_department) {
    cube.departments[name] = ReleaseDepartment(department, floor);
  }
  return cube;
}

}  // namespace gnomon::cube
