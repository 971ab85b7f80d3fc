#include "fleet/fleet.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>
#include <thread>
#include <utility>

#include "agent/stream/backoff.h"
#include "agent/stream/collector_link.h"
#include "agent/stream/enrol.h"
#include "agent/stream/uplink.h"
#include "base/file.h"
#include "fleet/crowd/dice.h"
#include "fleet/parallel.h"
#include "wire/tls.h"

namespace gnomon::fleet {
namespace {

constexpr int kEnrolTimeoutSeconds = 30;
constexpr int kCallTimeoutSeconds = 30;

std::string MemberName(const std::string& department, uint32_t number) {
  std::string digits = std::to_string(number);
  digits.insert(0, digits.size() < 4 ? 4 - digits.size() : 0, '0');
  return department + "-" + digits;
}

}  // namespace

struct Fleet::Member {
  Member(VirtualDeviceOptions device_options, std::shared_ptr<const catalogue::Table> table)
      : device(std::move(device_options), std::move(table)) {}

  VirtualDevice device;
  stream::Enrolment enrolment;
  spool::SpoolCounters counters;  // when it was last shut down
  Status delivery;                // how its last delivery went
};

Fleet::Fleet(FleetOptions options, std::shared_ptr<const catalogue::Table> table,
             Progress& progress)
    : options_(std::move(options)), table_(std::move(table)), progress_(progress) {
  const Day end = options_.from + options_.days;
  for (const DepartmentOptions& department : options_.departments) {
    for (uint32_t number = 1; number <= department.devices; ++number) {
      const uint64_t seed = SeedOf(options_.seed, department.code, number);
      const Habit habit = HabitOfMember(department.habit, seed);
      members_.push_back(std::make_unique<Member>(
          VirtualDeviceOptions{department.code,
                               options_.workdir / MemberName(department.code, number),
                               MakePersona(habit, *table_, options_.from, end, seed)},
          table_));
    }
  }
}

Fleet::~Fleet() = default;

Status Fleet::Enrol() {
  std::error_code error;
  if (std::filesystem::exists(options_.workdir, error) &&
      !std::filesystem::is_empty(options_.workdir, error)) {
    return InvalidArgument("--workdir " + options_.workdir.string() +
                           ": is not empty; a fleet begins in a new folder");
  }
  GNOMON_RETURN_IF_ERROR(MakeFolder(options_.workdir, 0700));
  progress_.Begin("enrolling devices", members_.size());
  Status status = ForEachIndex(members_.size(), options_.threads, [&](size_t index) {
    GNOMON_RETURN_IF_ERROR(EnrolMember(members_[index].get()));
    progress_.Done();
    return Status::Ok();
  });
  progress_.End();
  return status;
}

Status Fleet::EnrolMember(Member* member) {
  const std::string& department = member->device.department();
  GNOMON_RETURN_IF_ERROR(MakeFolder(member->device.folder(), 0700));
  Result<stream::Enrolment> enrolment =
      stream::Enrol(options_.collector, options_.tokens.at(department), kEnrolTimeoutSeconds);
  if (!enrolment.ok()) return enrolment.status().WithContext(department);
  if (enrolment->department != department) {
    return InvalidArgument(department + ": its token is one of " + enrolment->department);
  }
  member->enrolment = std::move(*enrolment);
  return stream::SaveEnrolment(member->device.folder(), member->enrolment);
}

Status Fleet::Run() {
  const Day end = options_.from + options_.days;
  const int weeks = (options_.days + 6) / 7;
  for (int week = 0; week < weeks; ++week) {
    const Day first = options_.from + week * 7;
    const Day last = std::min<Day>(first + 7, end);
    progress_.Begin("week " + std::to_string(week + 1) + " of " + std::to_string(weeks) +
                        ", from " + FormatDay(first),
                    members_.size());
    Status status = ForEachIndex(members_.size(), options_.threads, [&](size_t index) {
      GNOMON_RETURN_IF_ERROR(Week(members_[index].get(), first, last));
      progress_.Done();
      return Status::Ok();
    });
    progress_.End();
    GNOMON_RETURN_IF_ERROR(status);
  }
  return DeliverTheRest(end - 1);
}

Status Fleet::Week(Member* member, Day first, Day end) {
  GNOMON_RETURN_IF_ERROR(member->device.Open());
  GNOMON_RETURN_IF_ERROR(member->device.Live(first, end));
  return Deliver(member, end - 1);
}

Status Fleet::Deliver(Member* member, Day today) {
  const stream::Enrolment& enrolment = member->enrolment;
  stream::CollectorLink link(enrolment);
  member->delivery = stream::Drain(member->device.spool(), link, today, kCallTimeoutSeconds).status;
  GNOMON_ASSIGN_OR_RETURN(member->counters, member->device.spool().Counters());
  member->device.Close();
  return Status::Ok();
}

Status Fleet::DeliverTheRest(Day today) {
  const auto until =
      std::chrono::steady_clock::now() + std::chrono::seconds(options_.patience_seconds);
  stream::Backoff backoff(options_.seed, {1 * kSecondUs, 10 * kSecondUs});
  for (;;) {
    std::vector<Member*> waiting;
    for (const auto& member : members_) {
      if (member->counters.batches_pending != 0 && member->delivery.retryable()) {
        waiting.push_back(member.get());
      }
    }
    const auto wait = std::chrono::microseconds(backoff.Next());
    if (waiting.empty() || std::chrono::steady_clock::now() + wait > until) return Status::Ok();
    std::this_thread::sleep_for(wait);
    progress_.Begin("delivering the rest", waiting.size());
    Status status = ForEachIndex(waiting.size(), options_.threads, [&](size_t index) {
      GNOMON_RETURN_IF_ERROR(waiting[index]->device.Open());
      GNOMON_RETURN_IF_ERROR(Deliver(waiting[index], today));
      progress_.Done();
      return Status::Ok();
    });
    progress_.End();
    GNOMON_RETURN_IF_ERROR(status);
  }
}

FleetCounts Fleet::Counts() const {
  FleetCounts counts;
  for (const auto& member : members_) {
    counts.batches_sent += member->counters.batches_sent;
    counts.batches_refused += member->counters.batches_quarantined;
    counts.batches_waiting += member->counters.batches_pending + member->counters.batches_dropped;
    if (!member->delivery.ok()) counts.last_error = member->delivery;
  }
  return counts;
}

std::map<std::string, TruthRows> Fleet::Truth() const {
  std::map<std::string, TruthRows> truth;
  for (const auto& member : members_) {
    truth[member->device.department()] += member->device.truth().Rows();
  }
  return truth;
}

uint64_t Fleet::ActiveDevices(const std::string& department, const Month& month) const {
  return static_cast<uint64_t>(std::count_if(members_.begin(), members_.end(), [&](const auto& m) {
    return m->device.department() == department && m->device.truth().ActiveIn(month);
  }));
}

std::string TruthToJson(const FleetOptions& options,
                        const std::map<std::string, TruthRows>& truth) {
  nlohmann::ordered_json json;
  json["from"] = FormatDay(options.from);
  json["days"] = options.days;
  json["seed"] = options.seed;
  for (const DepartmentOptions& department : options.departments) {
    json["departments"][department.code]["devices"] = department.devices;
  }
  json["rows"] = nlohmann::ordered_json::array();
  for (const auto& [department, rows] : truth) {
    for (const auto& [key, row] : rows) {
      json["rows"].push_back({{"day", FormatDay(key.first)},
                              {"department", department},
                              {"service", key.second},
                              {"visits", row.visits},
                              {"turns", row.turns},
                              {"automated_turns", row.automated_turns},
                              {"active_minutes", row.active_minutes},
                              {"uploads", row.uploads},
                              {"kib_up", row.kib_up},
                              {"kib_down", row.kib_down},
                              {"first_today", row.first_today},
                              {"first_this_week", row.first_this_week},
                              {"first_this_month", row.first_this_month}});
    }
  }
  return json.dump(1) + "\n";
}

}  // namespace gnomon::fleet
