#include "collector/store/retention.h"

#include <gtest/gtest.h>

namespace gnomon::store {
namespace {

TEST(RetentionTest, ANonceOutlivesEveryDayOnWhichItsRecordsAreTaken) {
  for (Day today = 20'000; today < 20'800; ++today) {
    const Day newest_record = today + kNewestRecordDays;
    const Day last_day_taken = newest_record + kOldestRecordDays;
    EXPECT_GT(NonceExpiry(today), last_day_taken);
    EXPECT_LE(NonceExpiry(today), last_day_taken + kNonceExpiryStep);
    EXPECT_EQ(NonceExpiry(today) % kNonceExpiryStep, 0);
  }
}

TEST(RetentionTest, TwentyFiveWholeMonthsOfCellsAreKept) {
  EXPECT_EQ(FormatDay(FirstKeptDay(ParseDay("2026-11-23").value())), "2024-10-01");
  EXPECT_EQ(FormatDay(FirstKeptDay(ParseDay("2026-01-01").value())), "2023-12-01");
  EXPECT_EQ(FormatDay(FirstKeptDay(ParseDay("2026-12-31").value())), "2024-11-01");
}

}  // namespace
}  // namespace gnomon::store
