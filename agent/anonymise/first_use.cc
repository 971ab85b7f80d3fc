// Flags and buckets that a history gives (agent/anonymise/record_builder.h).
#include "agent/anonymise/record_builder.h"

namespace gnomon::anonymise {

FirstFlags FirstUse(const History& before, Day day, Day known_from) {
  if (!before.HasRoomFor(day)) return {};
  const auto unused = [&](Day first, Day end) {
    return first >= known_from && before.CountBetween(first, end) == 0;
  };
  const Month month = MonthOf(day);
  const Day week = WeekStart(day);
  return {unused(day, day + 1), unused(week, week + 7), unused(month.First(), month.End())};
}

v1::Tenure TenureOn(const History& history, Day day) {
  const Day age = day - history.Earliest(day - History::kDays + 1, day);
  if (age < 7) return v1::TENURE_FIRST_WEEK;
  if (age < 30) return v1::TENURE_FIRST_MONTH;
  if (age < 91) return v1::TENURE_FIRST_QUARTER;
  return v1::TENURE_LONGER;
}

v1::Regularity RegularityOn(const History& history, Day day) {
  const int days = history.CountBetween(day - 27, day + 1);
  if (days <= 1) return v1::REGULARITY_ONCE;
  if (days <= 3) return v1::REGULARITY_OCCASIONAL;
  if (days <= 11) return v1::REGULARITY_WEEKLY;
  return v1::REGULARITY_HABIT;
}

}  // namespace gnomon::anonymise
