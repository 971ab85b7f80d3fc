#include "agent/day_watch.h"

#include <gtest/gtest.h>

#include "tests/unit/agent/zone.h"

namespace gnomon::agent {
namespace {

TEST(DayWatch, SaysNothingWithinADayAndMidnightOnce) {
  const test::Zone zone("Europe/Berlin");
  DayWatch watch;
  const Day day = *ParseDay("2026-11-23");
  const TimeUs midnight = test::Utc(day, 23);
  EXPECT_FALSE(watch.Pass(midnight - 600 * kSecondUs));
  EXPECT_EQ(watch.day_ends(), midnight);
  EXPECT_FALSE(watch.Pass(midnight - 1));
  EXPECT_EQ(watch.Pass(midnight + 1), midnight - 1);
  EXPECT_FALSE(watch.Pass(midnight + kSecondUs));
  EXPECT_EQ(watch.day_ends(), midnight + 24 * 3600 * kSecondUs);
}

TEST(DayWatch, AfterDaysOfSleepTheOldDayStillEndsAtItsOwnMidnight) {
  const test::Zone zone("Europe/Berlin");
  DayWatch watch;
  const Day day = *ParseDay("2026-11-23");
  EXPECT_FALSE(watch.Pass(test::Utc(day, 20)));
  EXPECT_EQ(watch.Pass(test::Utc(day + 3, 7)), test::Utc(day, 23) - 1);
}

TEST(DayWatch, AClockThatIsSetBackOverMidnightEndsTheDayNow) {
  const test::Zone zone("UTC");
  DayWatch watch;
  const Day day = *ParseDay("2026-11-23");
  EXPECT_FALSE(watch.Pass(test::Utc(day, 12)));
  EXPECT_EQ(watch.Pass(test::Utc(day - 365, 12)), test::Utc(day - 365, 12));
  EXPECT_EQ(watch.day_ends(), test::Utc(day - 364, 0));
  EXPECT_FALSE(watch.Pass(test::Utc(day - 365, 12) + 1));
}

TEST(DayWatch, AJourneyThatChangesTheDateEndsTheDayAtTheLastMoment) {
  const Day day = *ParseDay("2026-11-23");
  DayWatch watch;
  test::Zone tokyo("Asia/Tokyo");
  EXPECT_FALSE(watch.Pass(test::Utc(day, 16)));  // the 24th, 1:00
  test::Zone los_angeles("America/Los_Angeles");
  EXPECT_EQ(watch.Pass(test::Utc(day, 16, 1)), test::Utc(day, 16));  // the 23rd, 8:01
  EXPECT_EQ(watch.day_ends(), test::Utc(day + 1, 8));
}

TEST(DayWatch, AJourneyWithinTheDateMovesItsEnd) {
  const Day day = *ParseDay("2026-11-23");
  DayWatch watch;
  test::Zone berlin("Europe/Berlin");
  EXPECT_FALSE(watch.Pass(test::Utc(day, 12)));
  test::Zone new_york("America/New_York");
  EXPECT_FALSE(watch.Pass(test::Utc(day, 23)));  // Berlin's midnight is 18:00 here
  EXPECT_EQ(watch.day_ends(), test::Utc(day + 1, 5));
  EXPECT_EQ(watch.Pass(test::Utc(day + 1, 5)), test::Utc(day + 1, 5) - 1);
}

}  // namespace
}  // namespace gnomon::agent
