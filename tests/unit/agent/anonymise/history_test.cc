#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>

#include "agent/anonymise/record_builder.h"

namespace gnomon::anonymise {
namespace {

constexpr Day kMonday = 20738;  // 2026-10-12

TEST(History, RemembersEachMarkedDayInWhateverOrder) {
  std::mt19937 random(1);
  for (int round = 0; round < 50; ++round) {
    History history;
    std::set<Day> marked;
    for (int i = 0; i < 100; ++i) {
      const Day day = kMonday + static_cast<Day>(random() % 600);
      EXPECT_TRUE(history.Mark(day));
      marked.insert(day);
    }
    for (Day day = kMonday - 100; day <= kMonday + 700; ++day) {
      EXPECT_EQ(history.Used(day), marked.contains(day)) << day;
    }
    EXPECT_EQ(history.CountBetween(-2'000'000'000, 2'000'000'000),
              static_cast<int>(marked.size()));
    const Day from = kMonday + static_cast<Day>(random() % 600);
    const auto next = marked.lower_bound(from);
    EXPECT_EQ(history.Earliest(from, kMonday + 300),
              next == marked.end() ? kMonday + 300 : std::min(*next, kMonday + 300));
  }
}

TEST(History, ForgetsWhatIsBeforeADay) {
  std::mt19937 random(6);
  for (int round = 0; round < 200; ++round) {
    History history;
    std::set<Day> marked;
    for (unsigned i = random() % 30; i > 0; --i) {
      const Day day = kMonday + static_cast<Day>(random() % 300);
      history.Mark(day);
      marked.insert(day);
    }
    const Day first = kMonday + static_cast<Day>(random() % 320);
    const bool any = !marked.empty() && *marked.begin() < first;
    EXPECT_EQ(history.Forget(first), any);
    marked.erase(marked.begin(), marked.lower_bound(first));
    EXPECT_EQ(history.empty(), marked.empty());
    EXPECT_EQ(history.CountBetween(0, kMonday + 1000), static_cast<int>(marked.size()));
  }
}

TEST(History, ADayDecadesAheadPushesNoOtherOut) {
  History history;
  for (int i = 0; i < History::kDays; ++i) history.Mark(kMonday + i);
  history.Mark(25'000);  // 2038
  EXPECT_EQ(history.CountBetween(kMonday, kMonday + History::kDays), History::kDays);
  EXPECT_TRUE(history.Used(25'000));
  EXPECT_EQ(TenureOn(history, kMonday + History::kDays), v1::TENURE_LONGER);
}

TEST(History, ThatIsFullTakesOnlyDaysOfItsBlocksAndSetsNoFlags) {
  History history;
  for (size_t i = 0; i < History::kMaxBlocks; ++i) {
    EXPECT_TRUE(history.Mark(kMonday + static_cast<Day>(i * 64)));
  }
  const Day beyond = kMonday + static_cast<Day>(History::kMaxBlocks * 64);
  EXPECT_FALSE(history.Mark(beyond));
  EXPECT_FALSE(FirstUse(history, beyond, 0).any());
  EXPECT_TRUE(FirstUse(history, kMonday + 1, 0).today);
  EXPECT_TRUE(history.Mark(kMonday + 1));
  EXPECT_TRUE(history.Forget(kMonday + 64));
  EXPECT_TRUE(history.Mark(beyond));
}

TEST(History, CountsAHalfOpenRange) {
  History history;
  history.Mark(kMonday);
  history.Mark(kMonday + 3);
  EXPECT_EQ(history.CountBetween(kMonday, kMonday + 3), 1);
  EXPECT_EQ(history.CountBetween(kMonday, kMonday + 4), 2);
  EXPECT_EQ(history.CountBetween(kMonday + 1, kMonday + 3), 0);
  EXPECT_EQ(history.CountBetween(kMonday + 4, kMonday), 0);
}

TEST(History, IsEmptyWhereNothingWasMarked) {
  History history;
  EXPECT_EQ(history.Earliest(0, 42), 42);
  EXPECT_EQ(history.CountBetween(0, 40'000), 0);
  EXPECT_FALSE(history.Used(0));
}

TEST(History, IgnoresDaysThatAreNoDays) {
  History history;
  for (const Day day : {0, -1, -2'147'483'647 - 1, 2'147'483'647}) history.Mark(day);
  EXPECT_EQ(history, History{});
  EXPECT_FALSE(FirstUse(history, 0, 0).any());
  EXPECT_FALSE(FirstUse(history, 2'147'483'647, 0).any());
}

TEST(History, SurvivesSerialising) {
  std::mt19937 random(2);
  for (int round = 0; round < 200; ++round) {
    History history;
    for (unsigned i = random() % 40; i > 0; --i) {
      history.Mark(kMonday + static_cast<Day>(random() % 500));
    }
    Result<History> parsed = History::Parse(history.Serialise());
    ASSERT_TRUE(parsed.ok()) << parsed.status().ToString();
    EXPECT_EQ(*parsed, history);
  }
}

TEST(History, OfBytesThatNoHistoryHasIsDamaged) {
  History history;
  history.Mark(kMonday);
  history.Mark(kMonday + 64);
  const std::string good = history.Serialise();
  ASSERT_EQ(good.size(), 24u);
  const std::string swapped = good.substr(12) + good.substr(0, 12);
  const std::string empty_block = good.substr(0, 4) + std::string(8, '\0');
  const std::string epoch = std::string(11, '\0') + '\1';
  const std::string after_calendar = std::string(4, '\x7f') + good.substr(4, 8);
  std::string too_long;
  for (char i = 0; i <= 64; ++i) too_long += std::string{0, 0, 1, i, 0, 0, 0, 0, 0, 0, 0, 1};
  for (const std::string& wrong : {good.substr(1), good + "x", swapped, good + good, empty_block,
                                   epoch, after_calendar, too_long}) {
    EXPECT_EQ(History::Parse(wrong).status().code(), StatusCode::kDataLoss);
  }
  EXPECT_TRUE(History::Parse(too_long.substr(12)).ok());
}

TEST(History, OfHostileBytesIsAnErrorOrAHistoryThatSerialisesToThem) {
  std::mt19937 random(3);
  int errors = 0;
  for (int round = 0; round < 20'000; ++round) {
    History history;
    history.Mark(kMonday);
    std::string bytes = history.Serialise();
    for (unsigned i = 1 + random() % 4; i > 0; --i) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    Result<History> parsed = History::Parse(bytes);
    if (!parsed.ok()) {
      ++errors;
      continue;
    }
    EXPECT_EQ(parsed->Serialise(), bytes);
    (void)FirstUse(*parsed, kMonday, 0);
    (void)TenureOn(*parsed, kMonday);
    (void)RegularityOn(*parsed, kMonday);
  }
  EXPECT_GT(errors, 0);
}

TEST(FirstUse, SetsEveryFlagTheFirstTime) {
  const FirstFlags flags = FirstUse(History{}, kMonday, 0);
  EXPECT_TRUE(flags.today && flags.this_week && flags.this_month);
}

TEST(FirstUse, KnowsTheSecondDayOfAWeek) {
  History history;
  history.Mark(kMonday);
  const FirstFlags tuesday = FirstUse(history, kMonday + 1, 0);
  EXPECT_TRUE(tuesday.today);
  EXPECT_FALSE(tuesday.this_week);
  EXPECT_FALSE(tuesday.this_month);
  EXPECT_TRUE(FirstUse(history, kMonday + 7, 0).this_week);
  EXPECT_FALSE(FirstUse(history, kMonday - 1, 0).this_month);  // the Sunday before: same month
  EXPECT_TRUE(FirstUse(history, kMonday - 1, 0).this_week);
}

TEST(FirstUse, SetsNoFlagForAPeriodOfWhichDaysMayBeForgotten) {
  History history;
  history.Mark(kMonday);
  EXPECT_FALSE(FirstUse(history, kMonday - 500, kMonday - 400).any());
  // A day that is known, of a week and a month that are not.
  const FirstFlags edge = FirstUse(history, kMonday - 400, kMonday - 400);
  EXPECT_TRUE(edge.today);
  EXPECT_EQ(edge.this_week, IsoWeekday(kMonday - 400) == 1);
  EXPECT_FALSE(edge.this_month);
}

// The promise that people counts rest on: over any sequence of days, a clock that steps back
// included, each flag is set at most once for its day, week and month.
TEST(FirstUse, SetsEachFlagAtMostOnceOverAnySequence) {
  std::mt19937 random(4);
  for (int round = 0; round < 300; ++round) {
    History history;
    std::set<Day> days, weeks;
    std::set<std::string> months;
    std::set<Day> used;
    Day now = kMonday;
    for (int i = 0; i < 200; ++i) {
      const unsigned step = random() % 20;
      if (step < 12) {
        now += static_cast<Day>(random() % 3);
      } else if (step < 17) {
        now -= static_cast<Day>(random() % 40);
      } else {
        now += static_cast<Day>(random() % 900) - 450;
      }
      const FirstFlags flags = FirstUse(history, now, 0);
      if (flags.today) {
        EXPECT_TRUE(days.insert(now).second) << now;
      }
      if (flags.this_week) {
        EXPECT_TRUE(weeks.insert(WeekStart(now)).second) << now;
      }
      if (flags.this_month) {
        EXPECT_TRUE(months.insert(MonthOf(now).ToString()).second) << now;
      }
      history.Mark(now);
      used.insert(now);
    }
  }
}

// And as long as all of it lies within the window, exactly once.
TEST(FirstUse, MissesNoDayWeekOrMonthWithinTheWindow) {
  std::mt19937 random(5);
  for (int round = 0; round < 300; ++round) {
    History history;
    std::set<Day> days, weeks;
    std::set<std::string> months;
    int day_flags = 0, week_flags = 0, month_flags = 0;
    for (int i = 0; i < 120; ++i) {
      const Day day = kMonday + static_cast<Day>(random() % 300);
      const FirstFlags flags = FirstUse(history, day, 0);
      day_flags += flags.today;
      week_flags += flags.this_week;
      month_flags += flags.this_month;
      history.Mark(day);
      days.insert(day);
      weeks.insert(WeekStart(day));
      months.insert(MonthOf(day).ToString());
    }
    EXPECT_EQ(day_flags, static_cast<int>(days.size()));
    EXPECT_EQ(week_flags, static_cast<int>(weeks.size()));
    EXPECT_EQ(month_flags, static_cast<int>(months.size()));
  }
}

TEST(Tenure, GrowsFromTheFirstDayOfUse) {
  History history;
  history.Mark(kMonday);
  EXPECT_EQ(TenureOn(history, kMonday), v1::TENURE_FIRST_WEEK);
  EXPECT_EQ(TenureOn(history, kMonday + 6), v1::TENURE_FIRST_WEEK);
  EXPECT_EQ(TenureOn(history, kMonday + 7), v1::TENURE_FIRST_MONTH);
  EXPECT_EQ(TenureOn(history, kMonday + 29), v1::TENURE_FIRST_MONTH);
  EXPECT_EQ(TenureOn(history, kMonday + 30), v1::TENURE_FIRST_QUARTER);
  EXPECT_EQ(TenureOn(history, kMonday + 90), v1::TENURE_FIRST_QUARTER);
  EXPECT_EQ(TenureOn(history, kMonday + 91), v1::TENURE_LONGER);
  EXPECT_EQ(TenureOn(history, kMonday - 50), v1::TENURE_FIRST_WEEK);  // the clock went back
}

TEST(Regularity, CountsDaysOfTheLast28) {
  History history;
  const Day today = kMonday + 27;
  history.Mark(kMonday - 1);  // one day too old
  history.Mark(today);
  EXPECT_EQ(RegularityOn(history, today), v1::REGULARITY_ONCE);
  history.Mark(kMonday);
  EXPECT_EQ(RegularityOn(history, today), v1::REGULARITY_OCCASIONAL);
  history.Mark(kMonday + 1);
  EXPECT_EQ(RegularityOn(history, today), v1::REGULARITY_OCCASIONAL);
  history.Mark(kMonday + 2);
  EXPECT_EQ(RegularityOn(history, today), v1::REGULARITY_WEEKLY);
  for (int i = 3; i < 10; ++i) history.Mark(kMonday + i);
  EXPECT_EQ(RegularityOn(history, today), v1::REGULARITY_WEEKLY);
  history.Mark(kMonday + 10);
  EXPECT_EQ(RegularityOn(history, today), v1::REGULARITY_HABIT);
}

}  // namespace
}  // namespace gnomon::anonymise
