// Every day, week and month counts a laptop once, whatever clocks and journeys do.
// docs/formats/record.md.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/agent/laptop.h"
#include "tests/unit/agent/zone.h"

namespace gnomon::agent {
namespace {

using test::Laptop;
using test::Utc;
using test::Zone;
using ::testing::ElementsAre;

constexpr TimeUs kMinute = 60 * kSecondUs;
constexpr TimeUs kHour = 60 * kMinute;

Day On(const char* day) {
  return *ParseDay(day);
}

TEST(Calendar, AVisitOverMidnightFallsIntoBothDays) {
  const Zone zone("UTC");
  Laptop laptop(Utc(On("2026-11-23"), 23, 57, 12));  // a Monday
  laptop.Converse();
  laptop.Wait(150);
  laptop.Converse();
  laptop.Converse();
  laptop.Wait(400);
  laptop.Freeze();
  EXPECT_THAT(laptop.Days(), ElementsAre("2026-11-23", "2026-11-24"));
  EXPECT_EQ(laptop.Turns(), 3);
  EXPECT_GE(laptop.Turns("2026-11-23"), 1);
  EXPECT_GE(laptop.Turns("2026-11-24"), 1);
  EXPECT_EQ(laptop.Visits(), 1) << "one visit, on its first day";
  for (const char* service : {"chat", "any"}) {
    EXPECT_EQ(laptop.Flags(service, "2026-11-23"), "1d1w1m");
    EXPECT_EQ(laptop.Flags(service, "2026-11-24"), "1d0w0m");
  }
}

TEST(Calendar, AnOpenVisitWithoutUseAfterMidnightIsNoUseOfTheNewDay) {
  const Zone zone("UTC");
  Laptop laptop(Utc(On("2026-11-23"), 23, 58));
  laptop.Converse();
  laptop.Wait(700);
  laptop.Freeze();
  EXPECT_THAT(laptop.Days(), ElementsAre("2026-11-23"));
}

TEST(Calendar, MonthEndsAndLeapDaysAreDays) {
  const Zone zone("UTC");
  Laptop laptop(Utc(On("2028-02-28"), 12));  // Monday of a leap year
  for (int day = 0; day < 3; ++day) {
    laptop.Converse();
    laptop.Wait(10);
    laptop.Freeze();
    laptop.Jump(24 * kHour);
  }
  EXPECT_THAT(laptop.Days(), ElementsAre("2028-02-28", "2028-02-29", "2028-03-01"));
  EXPECT_EQ(laptop.Flags("chat", "2028-02-28"), "1d1w1m");
  EXPECT_EQ(laptop.Flags("chat", "2028-02-29"), "1d0w0m");
  EXPECT_EQ(laptop.Flags("chat", "2028-03-01"), "1d0w1m");
}

TEST(Calendar, TheIsoWeekGoesOnOverTheYearsEnd) {
  const Zone zone("UTC");
  Laptop laptop(Utc(On("2026-12-31"), 12));  // Thursday of week 53, which ends on January 3rd
  for (int day = 0; day < 5; ++day) {
    laptop.Converse();
    laptop.Wait(10);
    laptop.Freeze();
    laptop.Jump(24 * kHour);
  }
  EXPECT_EQ(laptop.Flags("any"), "5d2w2m");
  EXPECT_EQ(laptop.Flags("any", "2027-01-01"), "1d0w1m");
  EXPECT_EQ(laptop.Flags("any", "2027-01-04"), "1d1w0m");
}

TEST(Calendar, DaysOf23And25HoursAreOneDayEach) {
  const Zone zone("Europe/Berlin");
  for (const char* day : {"2026-03-29", "2026-10-25"}) {
    Laptop laptop(Utc(On(day) - 1, 23, 10));  // 0:10 or 1:10
    for (int i = 0; i < 5; ++i) {
      laptop.Converse();
      laptop.Wait(10);
      laptop.Freeze();
      laptop.Jump(50 * kMinute);
    }
    EXPECT_THAT(laptop.Days(), ElementsAre(day));
    EXPECT_EQ(laptop.Flags("chat"), "1d1w1m");
    EXPECT_EQ(laptop.Turns(), 5);
  }
}

TEST(Calendar, ADayThatIsRepeatedOnAJourneyEastToWestCountsOnce) {
  Laptop laptop(Utc(On("2026-11-22"), 16));
  {
    const Zone tokyo("Asia/Tokyo");  // Monday the 23rd, 1:00
    laptop.Converse();
    laptop.Wait(20);
    laptop.Freeze();
  }
  laptop.Jump(10 * kHour);
  {
    const Zone honolulu("Pacific/Honolulu");  // Sunday the 22nd, 16:00
    laptop.Converse();
    laptop.Wait(20);
    laptop.Freeze();
    laptop.Jump(12 * kHour);  // Monday the 23rd again
    laptop.Converse();
    laptop.Wait(20);
    laptop.Freeze();
  }
  EXPECT_EQ(laptop.Flags("chat", "2026-11-23"), "1d1w1m");
  EXPECT_EQ(laptop.Flags("chat", "2026-11-22"), "1d1w0m") << "Sunday is of another ISO week";
  EXPECT_EQ(laptop.Flags("chat"), "2d2w1m");
  EXPECT_EQ(laptop.Turns(), 3);
}

TEST(Calendar, ADayThatIsSkippedOnAJourneyWestToEastIsNotUsed) {
  Laptop laptop(Utc(On("2026-11-23"), 20));
  {
    const Zone honolulu("Pacific/Honolulu");  // Monday the 23rd, 10:00
    laptop.Converse();
    laptop.Wait(20);
    laptop.Freeze();
  }
  laptop.Jump(16 * kHour);
  {
    const Zone auckland("Pacific/Auckland");  // Wednesday the 25th, 1:00
    laptop.Converse();
    laptop.Wait(20);
    laptop.Freeze();
  }
  EXPECT_THAT(laptop.Days(), ElementsAre("2026-11-23", "2026-11-25"));
  EXPECT_EQ(laptop.Flags("chat"), "2d1w1m");
}

TEST(Calendar, AJourneyInMidVisitPutsWhatFollowsOntoTheNewDate) {
  Laptop laptop(Utc(On("2026-11-23"), 21));
  {
    const Zone london("Europe/London");
    laptop.Converse();
    laptop.Wait(70);
  }
  const Zone tokyo("Asia/Tokyo");  // the 24th, 6:01
  laptop.Wait(1);
  laptop.Converse();
  laptop.Wait(20);
  laptop.Freeze();
  EXPECT_THAT(laptop.Days(), ElementsAre("2026-11-23", "2026-11-24"));
  EXPECT_EQ(laptop.Turns("2026-11-24"), 1);
  EXPECT_EQ(laptop.Visits(), 1);
  EXPECT_EQ(laptop.Flags("chat"), "2d1w1m");
}

TEST(Calendar, SleepOverMidnightEndsTheDayThatWas) {
  const Zone zone("UTC");
  Laptop laptop(Utc(On("2026-11-23"), 23, 50));
  laptop.Converse();
  laptop.Wait(20);
  laptop.Jump(8 * kHour);
  laptop.Converse();
  laptop.Wait(400);
  laptop.Freeze();
  EXPECT_EQ(laptop.Turns("2026-11-23"), 1);
  EXPECT_EQ(laptop.Turns("2026-11-24"), 1);
  EXPECT_EQ(laptop.Visits(), 2);
  EXPECT_EQ(laptop.Flags("chat"), "2d1w1m");
}

TEST(Calendar, AShortSleepOverMidnightKeepsTheVisitAndSplitsIt) {
  const Zone zone("UTC");
  Laptop laptop(Utc(On("2026-11-23"), 23, 58));
  laptop.Converse();
  laptop.Wait(20);
  laptop.Jump(3 * kMinute);
  laptop.Converse();  // its first frame comes before any timer
  laptop.Wait(400);
  laptop.Freeze();
  EXPECT_EQ(laptop.Turns("2026-11-23"), 1);
  EXPECT_EQ(laptop.Turns("2026-11-24"), 1);
  EXPECT_EQ(laptop.Visits(), 1);
}

TEST(Calendar, AClockThatIsSetAMinuteOrADayOrAYearEitherWayLosesNoTurnAndCountsNoDayTwice) {
  const Zone zone("UTC");
  for (const TimeUs step : {kMinute, 24 * kHour, 365 * 24 * kHour, 4300 * 24 * kHour}) {
    for (const int sign : {-1, 1}) {
      SCOPED_TRACE(sign * step / kSecondUs);
      Laptop laptop(Utc(On("2026-11-23"), 12));
      for (const TimeUs jump : {TimeUs{0}, sign * step, -sign * step}) {
        laptop.Jump(jump);
        laptop.Converse();
        laptop.Wait(20);
        laptop.Freeze();
      }
      laptop.Wait(400);
      laptop.Freeze();
      EXPECT_EQ(laptop.Turns(), 3);
      EXPECT_EQ(laptop.Flags("chat", "2026-11-23"), "1d1w1m");
      const bool other_day = step > kMinute;
      EXPECT_EQ(laptop.Turns("2026-11-23"), other_day ? 2 : 3);
      EXPECT_EQ(laptop.Sum("chat", "", [](const auto& r) { return r.first_today() ? 1 : 0; }),
                other_day ? 2 : 1);
    }
  }
}

TEST(Calendar, AClockThatWasOnceIn2038LeavesTheHistoryAsItWas) {
  const Zone zone("UTC");
  Laptop laptop(Utc(On("2026-09-01"), 12));
  for (int day = 0; day < 40; ++day) {
    laptop.Converse();
    laptop.Wait(10);
    laptop.Freeze();
    laptop.Jump(24 * kHour);
  }
  const TimeUs step = Utc(On("2038-01-19"), 3, 14, 7) - laptop.now;
  laptop.Jump(step);
  laptop.Converse();
  laptop.Wait(400);
  laptop.Freeze();
  laptop.Jump(-step);
  laptop.records.clear();
  laptop.Converse();
  laptop.Wait(10);
  laptop.Freeze();
  ASSERT_FALSE(laptop.records.empty());
  EXPECT_EQ(laptop.Flags("chat"), "1d0w0m") << "Sunday the 11th of October";
  EXPECT_EQ(laptop.records[0].tenure(), v1::TENURE_FIRST_QUARTER);
  EXPECT_EQ(laptop.records[0].regularity(), v1::REGULARITY_HABIT);
}

TEST(Calendar, ALaptopThatWasFirstSwitchedOnIn2038FindsItsWayBack) {
  const Zone zone("UTC");
  Laptop laptop(Utc(On("2038-01-19"), 12));
  laptop.Converse();
  laptop.Wait(10);
  laptop.Freeze();
  laptop.now = Utc(On("2026-11-23"), 12);
  for (int day = 0; day < 14; ++day) {
    laptop.Converse();
    laptop.Wait(10);
    laptop.Freeze();
    laptop.Jump(24 * kHour);
  }
  EXPECT_EQ(laptop.Flags("chat", "2038-01-19"), "1d1w1m");
  EXPECT_EQ(laptop.Flags("chat"), "15d3w3m");
}

TEST(Calendar, AReinstalledLaptopIsCountedOnceMoreAtMost) {
  const Zone zone("UTC");
  Laptop laptop(Utc(On("2026-11-23"), 9));
  for (int i = 0; i < 4; ++i) {
    if (i == 2) laptop.Reinstall();
    laptop.Converse();
    laptop.Wait(10);
    laptop.Freeze();
  }
  EXPECT_EQ(laptop.Flags("chat"), "2d2w2m");
}

TEST(Calendar, ARestartInMidVisitCountsNoDayTwice) {
  const Zone zone("UTC");
  for (const bool orderly : {true, false}) {
    Laptop laptop(Utc(On("2026-11-23"), 9));
    laptop.Converse();
    laptop.Wait(70);
    orderly ? laptop.Shutdown() : laptop.Crash();
    laptop.Boot();
    laptop.Converse();
    laptop.Wait(70);
    laptop.Freeze();
    EXPECT_EQ(laptop.Turns(), 2);
    EXPECT_EQ(laptop.Visits(), 2) << "the rest of a visit is a visit to a new process";
    EXPECT_EQ(laptop.Flags("chat"), "1d1w1m");
    EXPECT_EQ(laptop.Flags("any"), "1d1w1m");
  }
}

TEST(Calendar, TwoPeopleAtOneLaptopAreOneDevice) {
  // One agent hears both: their clients differ, the laptop does not.
  const Zone zone("UTC");
  const auto folder = std::filesystem::temp_directory_path() / ("two-" + RandomHex(8));
  std::filesystem::create_directories(folder);
  auto spool = spool::Spool::Open(folder / "spool.db", "finance", {});
  ASSERT_TRUE(spool.ok());
  for (const v1::Client client : {v1::CLIENT_BROWSER, v1::CLIENT_TERMINAL}) {
    anonymise::UsageDelta delta;
    delta.key = {On("2026-11-23"), "chat", v1::SURFACE_WEB, client, v1::EVIDENCE_NAMED};
    delta.counts.visits = 1;
    delta.counts.turns = 4;
    (*spool)->Consume(delta);
  }
  ASSERT_TRUE((*spool)->Freeze(Utc(On("2026-11-23"), 12)).ok());
  std::map<std::string, int> first;
  int turns = 0;
  const std::vector<v1::Batch> batches = *(*spool)->Pending(10);
  for (const v1::Batch& batch : batches) {
    const Result<v1::RecordSet> set = spool::ParsePayload(batch.payload());
    for (const v1::UsageRecord& record : set->records()) {
      first[record.service()] += record.first_today() + record.first_this_month();
      turns += static_cast<int>(record.turns());
    }
  }
  EXPECT_EQ(turns, 8);
  EXPECT_EQ(first["chat"], 2);
  EXPECT_EQ(first["any"], 2);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace gnomon::agent
