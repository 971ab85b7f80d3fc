#include "fleet/crowd/truth.h"

#include <set>

namespace gnomon::fleet {
namespace {

constexpr TimeUs kDayUs = 86'400 * kSecondUs;

}  // namespace

TruthRow& TruthRow::operator+=(const TruthRow& other) {
  visits += other.visits;
  turns += other.turns;
  automated_turns += other.automated_turns;
  active_minutes += other.active_minutes;
  uploads += other.uploads;
  kib_up += other.kib_up;
  kib_down += other.kib_down;
  first_today += other.first_today;
  first_this_week += other.first_this_week;
  first_this_month += other.first_this_month;
  return *this;
}

TruthRows& operator+=(TruthRows& rows, const TruthRows& other) {
  for (const auto& [key, row] : other) rows[key] += row;
  return rows;
}

void DeviceTruth::Add(const sessionise::Visit& slice, const std::string& service) {
  const Day day = static_cast<Day>(slice.start / kDayUs);
  Use& use = uses_[{day, service, slice.client, slice.evidence}];
  use.visits += slice.continues ? 0 : 1;
  use.turns += slice.turns;
  use.automated += slice.automated_turns;
  use.active_seconds += slice.active_seconds;
  use.uploads += slice.uploads;
  use.up += slice.bytes_up;
  use.down += slice.bytes_down;
}

TruthRows DeviceTruth::Rows() const {
  TruthRows rows;
  std::map<std::string, std::set<Day>> days;
  for (const auto& [key, use] : uses_) {
    const auto& [day, service, client, evidence] = key;
    TruthRow& row = rows[{day, service}];
    row.visits += use.visits;
    row.turns += use.turns;
    row.automated_turns += use.automated;
    row.active_minutes += (use.active_seconds + 59) / 60;
    row.uploads += use.uploads;
    row.kib_up += (use.up + 1023) / 1024;
    row.kib_down += (use.down + 1023) / 1024;
    days[service].insert(day);
    days["any"].insert(day);
  }
  for (const auto& [service, used] : days) {
    std::set<std::pair<int, int>> months;
    std::set<Day> weeks;
    for (const Day day : used) {  // in the order of time
      TruthRow& row = rows[{day, service}];
      const Month month = MonthOf(day);
      row.first_today = 1;
      row.first_this_week = weeks.insert(WeekStart(day)).second ? 1 : 0;
      row.first_this_month = months.insert({month.year, month.month}).second ? 1 : 0;
    }
  }
  return rows;
}

bool DeviceTruth::ActiveIn(const Month& month) const {
  for (const auto& [key, use] : uses_) {
    if (MonthOf(std::get<0>(key)) == month) return true;
  }
  return false;
}

}  // namespace gnomon::fleet
