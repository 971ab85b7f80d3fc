#include "collector/store/retention.h"

namespace gnomon::store {

Day NonceExpiry(Day today) {
  // The newest record may be dated today + kNewestRecordDays and is taken through the day
  // kOldestRecordDays later.
  const Day first = today + kNewestRecordDays + kOldestRecordDays + 1;
  return (first + kNonceExpiryStep - 1) / kNonceExpiryStep * kNonceExpiryStep;
}

Day CoverExpiry(Day today) {
  constexpr Day kStep = 8;  // so that it does not tell the day of a delivery
  return (today + 1 + kStep) / kStep * kStep;
}

Day FirstKeptDay(Day today) {
  const Month month = MonthOf(today);
  const int months = month.year * 12 + (month.month - 1) - kCellMonths;
  return Month{months / 12, months % 12 + 1}.First();
}

}  // namespace gnomon::store
