// What was really done, counted from the visits themselves: people as people, with none of the
// record's flags, sums or freezing. The collector's totals are held against it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "agent/sessionise/events.h"
#include "base/clock.h"

namespace gnomon::fleet {

struct TruthRow {
  uint64_t visits = 0;
  uint64_t turns = 0;
  uint64_t automated_turns = 0;
  uint64_t active_minutes = 0;
  uint64_t uploads = 0;
  uint64_t kib_up = 0;
  uint64_t kib_down = 0;
  // Devices whose first use of the day, ISO week or month was on this day.
  uint64_t first_today = 0;
  uint64_t first_this_week = 0;
  uint64_t first_this_month = 0;

  TruthRow& operator+=(const TruthRow& other);
  bool operator==(const TruthRow&) const = default;
};

// By day and service id; "any" for any service, with devices only.
using TruthRows = std::map<std::pair<Day, std::string>, TruthRow>;
TruthRows& operator+=(TruthRows& rows, const TruthRows& other);

// One device's truth. Days are those of UTC.
class DeviceTruth {
 public:
  void Add(const sessionise::Visit& slice, const std::string& service);
  TruthRows Rows() const;
  bool ActiveIn(const Month& month) const;

 private:
  struct Use {
    uint64_t visits = 0, turns = 0, automated = 0, active_seconds = 0, uploads = 0, up = 0, down = 0;
  };
  // Minutes and KiB are rounded up for each kind of client and evidence, as docs/formats/record.md
  // defines them.
  std::map<std::tuple<Day, std::string, int, int>, Use> uses_;
};

}  // namespace gnomon::fleet
