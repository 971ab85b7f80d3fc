// Histories and flags over years of days, right and wrong.
#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <set>

#include "agent/spool/schema.h"
#include "base/sqlite.h"
#include "tests/unit/agent/spool/spool_fixture.h"

namespace gnomon::spool {
namespace {

// The collector's clock is right, and it takes no record of a day far from its own.
struct Collector {
  Day today = kMonday;
  bool Takes(const std::vector<v1::UsageRecord>& records) const {
    return std::all_of(records.begin(), records.end(), [&](const v1::UsageRecord& record) {
      return record.day() >= today - 400 && record.day() <= today + 1;
    });
  }
};

v1::Tenure ModelTenure(const std::set<Day>& used, Day day, int window) {
  const auto first = used.lower_bound(day - window + 1);
  const int age = first == used.end() || *first > day ? 0 : day - *first;
  return age < 7    ? v1::TENURE_FIRST_WEEK
         : age < 30 ? v1::TENURE_FIRST_MONTH
         : age < 91 ? v1::TENURE_FIRST_QUARTER
                    : v1::TENURE_LONGER;
}

v1::Regularity ModelRegularity(const std::set<Day>& used, Day day) {
  const auto days = std::distance(used.lower_bound(day - 27), used.upper_bound(day));
  return days <= 1    ? v1::REGULARITY_ONCE
         : days <= 3  ? v1::REGULARITY_OCCASIONAL
         : days <= 11 ? v1::REGULARITY_WEEKLY
                      : v1::REGULARITY_HABIT;
}

struct Emitted {
  std::map<std::pair<std::string, Day>, int> days, weeks;
  std::map<std::pair<std::string, int>, int> months;
  void Add(const v1::UsageRecord& record) {
    const Month month = MonthOf(record.day());
    days[{record.service(), record.day()}] += record.first_today();
    weeks[{record.service(), WeekStart(record.day())}] += record.first_this_week();
    months[{record.service(), month.year * 12 + month.month}] += record.first_this_month();
  }
  template <typename Map>
  static int Most(const Map& map) {
    int most = 0;
    for (const auto& [key, count] : map) most = std::max(most, count);
    return most;
  }
};

class CalendarOfSeed : public SpoolTest, public testing::WithParamInterface<unsigned> {};

TEST_P(CalendarOfSeed, EachDayWeekAndMonthIsFlaggedOnceAndBucketsAreThoseOfAPlainModel) {
  std::mt19937 random(GetParam());
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  auto spool = Open();
  Collector collector;
  Emitted emitted;
  std::map<std::string, std::set<Day>> used;
  std::set<std::pair<std::string, Day>> promised;  // used on a day that was not long gone by then
  int wrong_by = 0;
  int compared = 0;
  for (int step = 0; step < 250; ++step) {
    collector.today += below(10) == 0 ? below(60) : below(4);
    const int dice = below(20);
    if (dice == 0) wrong_by = 40 + below(5000);
    if (dice == 1) wrong_by = -(40 + below(5000));
    if (dice == 2) wrong_by = below(3) - 1;  // a journey
    if (dice >= 3 && dice < 8) wrong_by = 0;
    const Day clock = collector.today + wrong_by;
    for (int i = below(3); i > 0; --i) {
      const std::string service = below(2) == 0 ? "chatgpt" : "claude";
      const Day day = clock - (below(8) == 0 ? 1 : 0);
      spool->Consume(Use(day, service));
      used[service].insert(day);
      used["any"].insert(day);
      if (wrong_by >= -1) promised.insert({service, day}), promised.insert({"any", day});
    }
    const size_t before = Counters(*spool).batches_pending;
    Freeze(*spool, clock);
    std::vector<StoredBatch> frozen = *spool->History(8);
    frozen.resize(std::min(frozen.size(), Counters(*spool).batches_pending - before));
    if (below(4) == 0) {  // a restart
      spool.reset();
      spool = Open();
    }
    const bool online = below(4) != 0;
    for (const v1::Batch& batch : Pending(*spool)) {
      if (!online) break;
      const std::vector<v1::UsageRecord> records = RecordsOf(batch);
      for (const v1::UsageRecord& record : records) emitted.Add(record);
      const Status status =
          collector.Takes(records)
              ? spool->MarkSent(batch.nonce(), clock)
              : spool->Quarantine(batch.nonce(), v1::Receipt::REASON_OUT_OF_BOUNDS, clock);
      ASSERT_TRUE(status.ok()) << status.ToString();
    }
    for (const StoredBatch& batch : frozen) {
      if (wrong_by < -1 || wrong_by > 1) continue;
      for (const v1::UsageRecord& record : batch.records) {
        if (record.day() != clock) continue;
        const std::set<Day>& days = used[record.service()];
        // At the window's very edge a day more or less may be kept.
        if (ModelTenure(days, clock, 384) == ModelTenure(days, clock, 370)) {
          EXPECT_EQ(record.tenure(), ModelTenure(days, clock, 384)) << FormatDay(clock);
          ++compared;
        }
        EXPECT_EQ(record.regularity(), ModelRegularity(days, clock)) << FormatDay(clock);
      }
    }
  }
  for (const v1::Batch& batch : Pending(*spool)) {
    for (const v1::UsageRecord& record : RecordsOf(batch)) emitted.Add(record);
  }
  EXPECT_LE(Emitted::Most(emitted.days), 1);
  EXPECT_LE(Emitted::Most(emitted.weeks), 1);
  EXPECT_LE(Emitted::Most(emitted.months), 1);
  EXPECT_GT(compared, 50);
  // And none is missed, but for days of which the laptop may have forgotten something.
  for (const auto& [service, day] : promised) {
    const int flags = emitted.days[{service, day}];
    EXPECT_EQ(flags, 1) << service << " " << FormatDay(day);
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, CalendarOfSeed, testing::Range(1u, 9u));

class CalendarTest : public SpoolTest {
 protected:
  int64_t Count(const std::string& sql) const {
    Result<Database> database = Database::OpenReadOnly(File());
    Result<Statement> count = database->Prepare(sql);
    EXPECT_TRUE(*count->Step());
    return count->Int(0);
  }
  static void Deliver(Spool& spool, Day today) {
    for (const v1::Batch& batch : Pending(spool)) {
      ASSERT_TRUE(spool.MarkSent(batch.nonce(), today).ok());
    }
  }
};

TEST_F(CalendarTest, TheHistoryRollsOverAfterItsWindow) {
  auto spool = Open();
  spool->Consume(Use(kMonday, "chatgpt"));
  for (Day day = kMonday; day < kMonday + anonymise::History::kDays; ++day) {
    spool->Consume(Use(day, "claude"));
    Freeze(*spool, day);
    Deliver(*spool, day);
  }
  EXPECT_EQ(Count("SELECT count(*) FROM history"), 3);
  const Day after = kMonday + anonymise::History::kDays;
  Freeze(*spool, after);
  EXPECT_EQ(Count("SELECT count(*) FROM history"), 2) << "chatgpt was used on one day, 384 ago";
  // A use of a year ago that comes now sets no flag: whether it is the first is not known.
  spool->Consume(Use(kMonday, "chatgpt"));
  spool->Consume(Use(after, "chatgpt"));
  Freeze(*spool, after);
  for (const v1::UsageRecord& record : PendingRecords(*spool)) {
    if (record.service() != "chatgpt") continue;
    EXPECT_EQ(record.first_today(), record.day() == after);
    EXPECT_EQ(record.tenure(), v1::TENURE_FIRST_WEEK);
  }
}

TEST_F(CalendarTest, AfterMonthsInADrawerNothingIsForgottenUntilTheCollectorAgreesOnTheDay) {
  auto spool = Open();
  spool->Consume(Use(kMonday, "chatgpt"));
  Freeze(*spool, kMonday);
  Deliver(*spool, kMonday);
  const Day later = kMonday + 500;
  spool->Consume(Use(later, "claude"));
  Freeze(*spool, later);
  EXPECT_EQ(Count("SELECT count(*) FROM history WHERE service = 'chatgpt'"), 1);
  Deliver(*spool, later);
  Freeze(*spool, later);
  EXPECT_EQ(Count("SELECT count(*) FROM history WHERE service = 'chatgpt'"), 0);
  EXPECT_EQ(Count("SELECT count(*) FROM history WHERE service = 'claude'"), 1);
}

TEST_F(CalendarTest, ADayThatAWrongClockMadeUpTakesNoRightOneWithIt) {
  auto spool = Open();
  spool->Consume(Use(kMonday, "chatgpt"));
  Freeze(*spool, kMonday);
  Deliver(*spool, kMonday);
  spool->Consume(Use(kMonday + 1, "chatgpt"));
  spool->Consume(Use(kMonday + 4000, "chatgpt"));
  Freeze(*spool, kMonday + 4000);
  const std::vector<v1::Batch> batches = Pending(*spool);
  ASSERT_EQ(batches.size(), 2u);
  for (const v1::UsageRecord& record : RecordsOf(batches[0])) EXPECT_EQ(record.day(), kMonday + 1);
  for (const v1::UsageRecord& record : RecordsOf(batches[1])) {
    EXPECT_EQ(record.day(), kMonday + 4000);
  }
  // The sums of the right day are still there: its bounds and roundings go on.
  spool->Consume(Use(kMonday + 1, "chatgpt"));
  Freeze(*spool, kMonday + 1);
  uint32_t minutes = 0;
  for (const v1::UsageRecord& record : PendingRecords(*spool)) {
    if (record.day() == kMonday + 1) minutes += record.active_minutes();
  }
  EXPECT_EQ(minutes, 1u) << "40 seconds of the day are one minute, not two";
}

TEST_F(CalendarTest, AFileOfTheFirstVersionKeepsItsDays) {
  Open().reset();
  {
    Result<Database> database = Database::Open(File());
    ASSERT_TRUE(database
                    ->Execute("DELETE FROM state; PRAGMA user_version = 1;"
                              "ALTER TABLE day_sums DROP COLUMN automated_turns;"
                              "ALTER TABLE day_sums DROP COLUMN reported_automated;"
                              "ALTER TABLE batches DROP COLUMN offered;"
                              "ALTER TABLE batches DROP COLUMN epoch")
                    .ok());
    Result<Statement> insert = database->Prepare("INSERT INTO history VALUES ('chatgpt', ?)");
    // kMonday + 9, bits 0, 2 and 64: that day, two days and 64 days before.
    std::string window(52, '\0');
    window[2] = '\x51';
    window[3] = '\x0b';  // 20747
    window[11] = 5;
    window[19] = 1;
    ASSERT_TRUE(insert->BindBlob(1, window).Run().ok());
    ASSERT_TRUE(database->Execute("INSERT INTO state VALUES ('latest_day', 20747)").ok());
  }
  EXPECT_TRUE(Spool::OpenReadOnly(File()).ok()) << "before the agent has brought it up";
  auto spool = Open();
  const Day last = kMonday + 9;
  for (const Day day : {last - 64, last - 2, last - 1, last}) {
    spool->Consume(Use(day, "chatgpt"));
  }
  Freeze(*spool, last);
  int flags = 0;
  for (const v1::UsageRecord& record : PendingRecords(*spool)) {
    if (record.service() != "chatgpt") continue;
    EXPECT_EQ(record.first_today(), record.day() == last - 1) << FormatDay(record.day());
    flags += record.first_today() + record.first_this_month();
  }
  EXPECT_EQ(flags, 1);
  EXPECT_EQ(Count("SELECT count(*) FROM state WHERE name IN ('latest_day', 'flags_from')"), 0);
}

}  // namespace
}  // namespace gnomon::spool
