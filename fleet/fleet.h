// The crowd on the wire: enrols every device, lets the weeks pass, delivers, and tells the truth.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "catalogue/table.h"
#include "fleet/crowd/truth.h"
#include "fleet/crowd/virtual_device.h"
#include "fleet/crowd/options.h"
#include "fleet/progress.h"

namespace gnomon::fleet {

struct FleetCounts {
  uint64_t batches_sent = 0;
  uint64_t batches_refused = 0;
  uint64_t batches_waiting = 0;  // without a receipt at the end
  Status last_error;             // of a delivery
};

class Fleet {
 public:
  Fleet(FleetOptions options, std::shared_ptr<const catalogue::Table> table, Progress& progress);
  ~Fleet();

  // Enrols all devices. An error is the first one: the fleet is not complete and cannot go on.
  Status Enrol();
  // Plays the days, a week at a time, each followed by a delivery. A delivery that fails may go
  // well the next week, and in the end is tried again while the patience lasts.
  Status Run();

  FleetCounts Counts() const;
  // By department.
  std::map<std::string, TruthRows> Truth() const;
  // Devices of `department` that used any service in `month`.
  uint64_t ActiveDevices(const std::string& department, const Month& month) const;

 private:
  struct Member;

  Status EnrolMember(Member* member);
  Status Week(Member* member, Day first, Day end);
  // Delivers what is pending; a failure is kept in the member.
  Status Deliver(Member* member, Day today);
  // A few more tries for those that still have something to deliver.
  Status DeliverTheRest(Day today);

  const FleetOptions options_;
  const std::shared_ptr<const catalogue::Table> table_;
  Progress& progress_;
  std::vector<std::unique_ptr<Member>> members_;
};

// One JSON document: what was played, and a row for each day, department and service.
std::string TruthToJson(const FleetOptions& options, const std::map<std::string, TruthRows>& truth);

}  // namespace gnomon::fleet
