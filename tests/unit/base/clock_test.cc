#include "base/clock.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace gnomon {
namespace {

// Sets the time zone for one test.
class Zone {
 public:
  explicit Zone(const char* name) {
    setenv("TZ", name, 1);
    tzset();
  }
  ~Zone() {
    unsetenv("TZ");
    tzset();
  }
};

TimeUs Utc(Day day, int hour, int minute = 0) {
  return (TimeUs{day} * 86400 + hour * 3600 + minute * 60) * kSecondUs;
}

TEST(Clock, DaysAreWrittenAndReadBack) {
  for (Day day : {0, 1, 365, 11016, 20780, 100000}) {
    const Result<Day> back = ParseDay(FormatDay(day));
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(*back, day);
  }
  EXPECT_EQ(FormatDay(20780), "2026-11-23");
}

TEST(Clock, DatesThatDoNotExistAreRefused) {
  for (const char* text : {"2026-02-29", "2026-13-01", "2026-00-10", "2026-1-01", "2026-11-2x", "",
                           "20261123", "2026-11-23 "}) {
    EXPECT_FALSE(ParseDay(text).ok()) << text;
  }
  EXPECT_TRUE(ParseDay("2028-02-29").ok());
}

TEST(Clock, MonthIsHalfOpenAndRollsOverTheYear) {
  const Result<Month> december = ParseMonth("2026-12");
  ASSERT_TRUE(december.ok());
  EXPECT_EQ(FormatDay(december->First()), "2026-12-01");
  EXPECT_EQ(FormatDay(december->End()), "2027-01-01");
  EXPECT_EQ(MonthOf(december->End() - 1), *december);
  EXPECT_FALSE(ParseMonth("2026-00").ok());
  EXPECT_FALSE(ParseMonth("2026-1").ok());
  EXPECT_FALSE(ParseMonth("2026-11-01").ok());
}

TEST(Clock, WeeksBeginOnMonday) {
  const Day monday = *ParseDay("2026-11-23");
  for (Day day = monday; day < monday + 7; ++day) EXPECT_EQ(WeekStart(day), monday);
  EXPECT_EQ(WeekStart(monday - 1), monday - 7);
  EXPECT_EQ(IsoWeekday(monday), 1);
  EXPECT_EQ(IsoWeekday(monday + 6), 7);
}

TEST(Clock, TheLocalDayFollowsTheTimeZone) {
  const Day day = *ParseDay("2026-11-23");
  {
    const Zone zone("Asia/Shanghai");
    EXPECT_EQ(ToLocal(Utc(day, 17)).day, day + 1);
    EXPECT_EQ(ToLocal(Utc(day, 17)).hour, 1);
  }
  const Zone zone("America/Los_Angeles");
  EXPECT_EQ(ToLocal(Utc(day, 5)).day, day - 1);
}

TEST(Clock, MidnightComesOnceOnDaysOf23And25Hours) {
  const Zone zone("Europe/Berlin");
  const Day spring = *ParseDay("2026-03-29");
  const TimeUs before = Utc(spring - 1, 23, 30);  // 00:30 on the 29th
  EXPECT_EQ(ToLocal(before).day, spring);
  EXPECT_EQ(NextLocalMidnight(before), Utc(spring, 22));  // 23 hours long
  const Day autumn = *ParseDay("2026-10-25");
  EXPECT_EQ(NextLocalMidnight(Utc(autumn - 1, 22, 30)), Utc(autumn, 23));  // 25 hours long
}

TEST(Clock, ADayWhoseMidnightDoesNotExistBeginsAtOne) {
  for (const auto& [name, date] : {std::pair{"America/Sao_Paulo", "2018-11-04"},
                                   std::pair{"Africa/Cairo", "2024-04-26"},
                                   std::pair{"Asia/Beirut", "2024-03-31"}}) {
    const Zone zone(name);
    const Day day = *ParseDay(date);
    const TimeUs begins = NextLocalMidnight(Utc(day - 1, 12));
    EXPECT_EQ(ToLocal(begins).day, day) << name;
    EXPECT_EQ(ToLocal(begins).hour, 1) << name;
    EXPECT_EQ(ToLocal(begins - 1).day, day - 1) << name;
  }
}

TEST(Clock, OfAMidnightThatComesTwiceTheFirstBeginsTheDay) {
  const Zone zone("America/Havana");  // 1:00 becomes 0:00
  const Day day = *ParseDay("2026-11-01");
  const TimeUs begins = NextLocalMidnight(Utc(day - 1, 20));
  EXPECT_EQ(begins, Utc(day, 4));
  EXPECT_EQ(NextLocalMidnight(begins), Utc(day + 1, 5));
}

TEST(Clock, ADayThatACountryLeftOutIsLeftOut) {
  const Zone zone("Pacific/Apia");  // no 30th of December 2011
  const Day day = *ParseDay("2011-12-29");
  const TimeUs begins = NextLocalMidnight(Utc(day, 20));
  EXPECT_EQ(FormatDay(ToLocal(begins).day), "2011-12-31");
}

TEST(Clock, FollowsAZoneThatChangesWhileTheProgramRuns) {
  const Zone zone("UTC");
  const TimeUs noon = Utc(20780, 12);
  EXPECT_EQ(ToLocal(noon).hour, 12);
  setenv("TZ", "Asia/Tokyo", 1);
  FollowTimeZone();
  EXPECT_EQ(ToLocal(noon).hour, 21);
}

TEST(Clock, TimesBeforeTheEpochHaveTheDayBefore) {
  const Zone zone("UTC");
  EXPECT_EQ(ToLocal(-1).day, -1);
  EXPECT_EQ(ToLocal(0).day, 0);
}

}  // namespace
}  // namespace gnomon
