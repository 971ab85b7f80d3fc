#include "agent/anonymise/record_builder.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace gnomon::anonymise {
namespace {

constexpr Day kMonday = 20738;  // 2026-10-12

UsageKey Key() {
  return {kMonday, "chatgpt", v1::SURFACE_WEB, v1::CLIENT_BROWSER, v1::EVIDENCE_NAMED};
}

History OfMonday() {
  History history;
  history.Mark(kMonday);
  return history;
}

v1::UsageRecord Build(const UsageCounts& sums, const Reported& reported = {},
                      const Bounds& bounds = {}) {
  return BuildRecord("finance", Key(), sums, reported, {}, OfMonday(), bounds);
}

TEST(BuildRecord, CarriesTheKeyTheFlagsAndTheBuckets) {
  UsageCounts sums;
  sums.visits = 2;
  sums.off_hours_seconds = 10;
  sums.total_seconds = 100;
  const v1::UsageRecord record =
      BuildRecord("finance", Key(), sums, {}, {true, false, true}, OfMonday(), Bounds{});
  EXPECT_EQ(record.day(), kMonday);
  EXPECT_EQ(record.department(), "finance");
  EXPECT_EQ(record.service(), "chatgpt");
  EXPECT_EQ(record.surface(), v1::SURFACE_WEB);
  EXPECT_EQ(record.client(), v1::CLIENT_BROWSER);
  EXPECT_EQ(record.evidence(), v1::EVIDENCE_NAMED);
  EXPECT_EQ(record.visits(), 2u);
  EXPECT_TRUE(record.first_today());
  EXPECT_FALSE(record.first_this_week());
  EXPECT_TRUE(record.first_this_month());
  EXPECT_EQ(record.tenure(), v1::TENURE_FIRST_WEEK);
  EXPECT_EQ(record.regularity(), v1::REGULARITY_ONCE);
  EXPECT_EQ(record.off_hours(), v1::OFF_HOURS_SOME);
}

TEST(BuildRecord, RoundsMinutesAndKibibytesUpOnceOverTheDay) {
  UsageCounts sums;
  sums.active_seconds = 61;
  sums.bytes_up = 1;
  sums.bytes_down = 1024;
  v1::UsageRecord record = Build(sums);
  EXPECT_EQ(record.active_minutes(), 2u);
  EXPECT_EQ(record.kib_up(), 1u);
  EXPECT_EQ(record.kib_down(), 1u);
  // Another 59 seconds make 2 minutes in all: both were reported.
  sums.active_seconds = 120;
  Reported reported;
  reported.active_minutes = 2;
  EXPECT_EQ(Build(sums, reported).active_minutes(), 0u);
}

TEST(BuildRecord, IsNeverNegativeWhereTheBoundsWereLowered) {
  UsageCounts sums;
  sums.visits = 50;
  Reported reported;
  reported.visits = 40;
  Bounds lowered;
  lowered.visits = 10;
  EXPECT_EQ(Build(sums, reported, lowered).visits(), 0u);
  EXPECT_TRUE(StillToReport(sums, reported, lowered).IsZero());
}

TEST(BuildRecord, CannotBeRaisedOverTheCompiledInBounds) {
  UsageCounts sums;
  sums.visits = sums.turns = sums.active_seconds = sums.uploads = sums.bytes_up = sums.bytes_down =
      std::numeric_limits<uint64_t>::max();
  Bounds raised;
  raised.visits = raised.turns = raised.active_minutes = raised.uploads =
      std::numeric_limits<uint32_t>::max();
  raised.kib_up = raised.kib_down = std::numeric_limits<uint64_t>::max();
  const v1::UsageRecord record = Build(sums, {}, raised);
  EXPECT_EQ(record.visits(), kMaxBounds.visits);
  EXPECT_EQ(record.turns(), kMaxBounds.turns);
  EXPECT_EQ(record.active_minutes(), kMaxBounds.active_minutes);
  EXPECT_EQ(record.uploads(), kMaxBounds.uploads);
  EXPECT_EQ(record.kib_up(), kMaxBounds.kib_up);
  EXPECT_EQ(record.kib_down(), kMaxBounds.kib_down);
}

// Deltas over a day add up to the clamped day value, whatever the freeze points.
TEST(BuildRecord, DeltasOfADayAddUpToTheClampedDayWhateverTheFreezePoints) {
  std::mt19937_64 random(6);
  for (int round = 0; round < 500; ++round) {
    UsageCounts sums;
    Reported reported;
    Reported total;
    const uint64_t scale = round % 5 == 0 ? 400 : 12;  // some days go over the bounds
    for (unsigned i = random() % 40; i > 0; --i) {
      UsageCounts addition;
      addition.visits = random() % scale;
      addition.turns = random() % (20 * scale);
      addition.active_seconds = random() % (200 * scale);
      addition.uploads = random() % scale;
      addition.bytes_up = random() % (scale * 100'000'000);
      addition.bytes_down = random() % (scale * 900'000'000);
      sums += addition;
      if (random() % 3 != 0) continue;
      const v1::UsageRecord record = Build(sums, reported);
      total.visits += record.visits();
      total.turns += record.turns();
      total.active_minutes += record.active_minutes();
      total.uploads += record.uploads();
      total.kib_up += record.kib_up();
      total.kib_down += record.kib_down();
      reported += StillToReport(sums, reported, Bounds{});
      EXPECT_EQ(reported, total);
    }
    total += StillToReport(sums, reported, Bounds{});
    EXPECT_EQ(total, StillToReport(sums, Reported{}, Bounds{}));
    EXPECT_LE(total.visits, kMaxBounds.visits);
    EXPECT_LE(total.kib_down, kMaxBounds.kib_down);
  }
}

TEST(BuildRecord, SaysNoMoreAutomatedTurnsThanTurnsWhateverTheFreezePoints) {
  std::mt19937 random(8);
  for (int round = 0; round < 500; ++round) {
    UsageCounts sums;
    Reported reported;
    Bounds bounds;
    bounds.turns = 1 + random() % 40;
    uint64_t automated = 0, turns = 0;
    for (int freeze = 0; freeze < 12; ++freeze) {
      const uint64_t more = random() % 12;
      sums.turns += more;
      sums.automated_turns += more == 0 ? 0 : random() % (more + 1);
      const Reported left = StillToReport(sums, reported, bounds);
      EXPECT_LE(left.automated_turns, left.turns);
      reported += left;
      automated += left.automated_turns;
      turns += left.turns;
    }
    EXPECT_LE(automated, sums.automated_turns);
    EXPECT_LE(automated, turns);
    if (turns == sums.turns) EXPECT_EQ(automated, sums.automated_turns);
  }
}

TEST(BuildAnyRecord, HasFlagsAndNoCounts) {
  const v1::UsageRecord record =
      BuildAnyRecord("finance", kMonday, {true, true, false}, OfMonday());
  EXPECT_EQ(record.service(), kAnyService);
  EXPECT_TRUE(record.first_today());
  EXPECT_TRUE(record.first_this_week());
  EXPECT_FALSE(record.first_this_month());
  EXPECT_EQ(record.visits() + record.turns() + record.active_minutes() + record.uploads(), 0u);
  EXPECT_EQ(record.kib_up() + record.kib_down(), 0u);
  EXPECT_EQ(record.surface(), v1::SURFACE_UNSPECIFIED);
  EXPECT_EQ(record.evidence(), v1::EVIDENCE_UNSPECIFIED);
  EXPECT_EQ(record.off_hours(), v1::OFF_HOURS_UNSPECIFIED);
}

TEST(OffHoursShare, IsMostFromAHalfOn) {
  EXPECT_EQ(OffHoursShare(0, 0), v1::OFF_HOURS_NONE);
  EXPECT_EQ(OffHoursShare(0, 100), v1::OFF_HOURS_NONE);
  EXPECT_EQ(OffHoursShare(1, 100), v1::OFF_HOURS_SOME);
  EXPECT_EQ(OffHoursShare(49, 100), v1::OFF_HOURS_SOME);
  EXPECT_EQ(OffHoursShare(50, 100), v1::OFF_HOURS_MOST);
  EXPECT_EQ(OffHoursShare(50, 101), v1::OFF_HOURS_SOME);
  EXPECT_EQ(
      OffHoursShare(std::numeric_limits<uint64_t>::max(), std::numeric_limits<uint64_t>::max()),
      v1::OFF_HOURS_MOST);
}

}  // namespace
}  // namespace gnomon::anonymise
