#include "collector/query/answers.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace gnomon::query {
namespace {

using cube::ReleasedCell;
using cube::ReleasedCounts;
using cube::Why;

v1::Released Shown(uint64_t value) {
  v1::Released released;
  released.set_value(value);
  return released;
}

v1::Released Hidden(Why why) {
  v1::Released released;
  released.mutable_hidden()->set_why(why == Why::kFloor ? v1::Hidden::WHY_FLOOR
                                                        : v1::Hidden::WHY_COMPLEMENT);
  return released;
}

// Steps of five: a share says how a group works, not what one of its laptops did.
v1::Share ShareOf(uint64_t part, uint64_t whole) {
  v1::Share share;
  const double percent =
      whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  if (percent > 90) {
    share.set_over_90(true);
  } else {
    share.set_percent(static_cast<uint32_t>(percent / 5 + 0.5) * 5);
  }
  return share;
}

v1::Share HiddenShare(Why why) {
  v1::Share share;
  *share.mutable_hidden() = Hidden(why).hidden();
  return share;
}

// Sets the two halves of Measures, each from counts or as hidden.
void SetDevices(v1::Measures& measures, const ReleasedCounts* counts, Why why) {
  *measures.mutable_devices() = counts ? Shown(counts->devices) : Hidden(why);
  *measures.mutable_device_days() = counts ? Shown(counts->device_days) : Hidden(why);
}

void SetVolume(v1::Measures& measures, const ReleasedCounts* counts, Why why) {
  *measures.mutable_visits() = counts ? Shown(counts->visits) : Hidden(why);
  *measures.mutable_turns() = counts ? Shown(counts->turns) : Hidden(why);
  *measures.mutable_active_minutes() = counts ? Shown(counts->active_minutes) : Hidden(why);
  *measures.mutable_uploads() = counts ? Shown(counts->uploads) : Hidden(why);
  *measures.mutable_kib_up() = counts ? Shown(counts->kib_up) : Hidden(why);
  *measures.mutable_kib_down() = counts ? Shown(counts->kib_down) : Hidden(why);
  *measures.mutable_automated() =
      counts ? ShareOf(counts->automated_turns, counts->turns) : HiddenShare(why);
}

// Adds up shown cells, and only those.
class Adder {
 public:
  void Add(const ReleasedCell& cell, bool volume_hidden = false) {
    if (!cell.counts) {
      if (cell.why == Why::kComplement) why_ = Why::kComplement;
      return;
    }
    AddDevices(*cell.counts);
    if (volume_hidden) {
      why_ = Why::kComplement;
    } else {
      AddVolume(*cell.counts);
    }
  }
  void AddDevices(const ReleasedCounts& counts) {
    devices_shown_ = true;
    sum_.devices += counts.devices;
    sum_.device_days += counts.device_days;
  }
  void AddVolume(const ReleasedCounts& counts) {
    volume_shown_ = true;
    sum_.visits += counts.visits;
    sum_.turns += counts.turns;
    sum_.automated_turns += counts.automated_turns;
    sum_.active_minutes += counts.active_minutes;
    sum_.uploads += counts.uploads;
    sum_.kib_up += counts.kib_up;
    sum_.kib_down += counts.kib_down;
  }
  v1::Measures ToMeasures() const {
    v1::Measures measures;
    SetDevices(measures, devices_shown_ ? &sum_ : nullptr, why_);
    SetVolume(measures, volume_shown_ ? &sum_ : nullptr, why_);
    return measures;
  }
  bool volume_shown() const { return volume_shown_; }
  uint64_t turns() const { return sum_.turns; }

 private:
  ReleasedCounts sum_;
  bool devices_shown_ = false, volume_shown_ = false;
  Why why_ = Why::kFloor;
};

// Most turns first; hidden ones last; then by name.
void SortServices(std::vector<std::pair<std::string, Adder>>& services) {
  std::sort(services.begin(), services.end(), [](const auto& a, const auto& b) {
    const auto rank = [](const auto& row) {
      return row.second.volume_shown() ? 1 + row.second.turns() : 0;
    };
    return rank(a) != rank(b) ? rank(a) > rank(b) : a.first < b.first;
  });
}

// What the policy says of a service, over the departments in whose tables it stands.
struct Choice {
  bool sanctioned = false, unsanctioned = false;
  uint32_t seats = 0;  // bought for these departments alone

  void Add(const policy::Organisation& organisation, const std::string& department,
           const std::string& service) {
    (organisation.Sanctioned(department, service) ? sanctioned : unsanctioned) = true;
    seats += organisation.Seats(department, service);
  }
  v1::Standing standing() const {
    if (sanctioned && unsanctioned) return v1::STANDING_MIXED;
    return sanctioned ? v1::STANDING_SANCTIONED : v1::STANDING_UNSANCTIONED;
  }
};

void AddDecided(const policy::Organisation::Department& decided, const ReleasedCell& total,
                v1::DepartmentsAnswer::Row& row) {
  row.set_name(decided.name);
  row.set_function(decided.function);
  row.set_heads(decided.heads);
  if (decided.heads == 0) return;
  *row.mutable_reach() =
      total.counts ? ShareOf(total.counts->devices, decided.heads) : HiddenShare(total.why);
}

std::vector<std::pair<std::string, Adder>> ServicesOf(const cube::ReleasedDepartment& department) {
  std::vector<std::pair<std::string, Adder>> services;
  for (const auto& [service, cell] : department.services) {
    services.emplace_back(service, Adder()).second.Add(cell);
  }
  SortServices(services);
  return services;
}

}  // namespace

v1::Measures ToMeasures(const ReleasedCell& cell, bool volume_hidden) {
  Adder one;
  one.Add(cell, volume_hidden);
  return one.ToMeasures();
}

void FillDepartments(const cube::ReleasedCube& cube,
                     const std::map<std::string, uint32_t>& enrolled,
                     const policy::Organisation& organisation, v1::DepartmentsAnswer& answer) {
  constexpr int kTopServices = 3;
  Adder total;
  for (const auto& [name, department] : cube.departments) {
    auto* row = answer.add_rows();
    row->set_department(name);
    if (const auto found = enrolled.find(name); found != enrolled.end()) {
      row->set_enrolled(found->second);
    }
    *row->mutable_measures() = ToMeasures(department.total, department.volume_hidden);
    if (const auto* decided = organisation.Find(name)) AddDecided(*decided, department.total, *row);
    for (const auto& [service, sum] : ServicesOf(department)) {
      if (!sum.volume_shown() || row->top_services_size() == kTopServices) break;
      row->add_top_services(service);
    }
    total.Add(department.total, department.volume_hidden);
  }
  *answer.mutable_total() = total.ToMeasures();
}

Status FillServices(const cube::ReleasedCube& cube, const std::string& department,
                    const policy::Organisation& organisation, v1::ServicesAnswer& answer) {
  if (!department.empty() && !cube.departments.contains(department)) {
    return NotFound("there is no department \"" + department +
                    "\"; `gnomon departments` lists those that there are");
  }
  std::map<std::string, Adder> by_service;
  std::map<std::string, Choice> choices;
  Adder total;
  for (const auto& [name, released] : cube.departments) {
    if (!department.empty() && name != department) continue;
    for (const auto& [service, cell] : released.services) {
      by_service[service].Add(cell);
      choices[service].Add(organisation, name, service);
    }
    // The same figure that the departments' table shows, so that two tables never seem to disagree.
    total.Add(released.total, released.volume_hidden);
  }
  std::vector<std::pair<std::string, Adder>> services(by_service.begin(), by_service.end());
  SortServices(services);
  for (const auto& [service, sum] : services) {
    auto* row = answer.add_rows();
    row->set_service(service);
    *row->mutable_measures() = sum.ToMeasures();
    if (!organisation.decided()) continue;
    const Choice& choice = choices[service];
    row->set_standing(choice.standing());
    row->set_seats(choice.seats + (department.empty() ? organisation.SeatsForAll(service) : 0));
  }
  answer.set_department(department);
  *answer.mutable_total() = total.ToMeasures();
  return Status::Ok();
}

}  // namespace gnomon::query
