#include "collector/store/store.h"

namespace gnomon::store {

Sums& Sums::operator+=(const Sums& other) {
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

}  // namespace gnomon::store
