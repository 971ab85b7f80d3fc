// What waits stays within its limits: merged by day before anything is dropped, and never what may
// have been sent.
#include "agent/spool/bound.h"

#include <algorithm>
#include <array>
#include <random>
#include <set>

#include "tests/unit/agent/spool/spool_fixture.h"

namespace gnomon::spool {
namespace {

using CellSums =
    std::map<std::tuple<Day, std::string, int, int, int, int>, std::array<uint64_t, 10>>;

// What the collector's cells would be.
void AddToCells(const std::vector<v1::UsageRecord>& records, CellSums* cells) {
  for (const v1::UsageRecord& r : records) {
    auto& cell =
        (*cells)[{r.day(), r.service(), r.client(), r.tenure(), r.regularity(), r.off_hours()}];
    const std::array<uint64_t, 10> values = {
        r.visits(), r.turns(),    r.automated_turns(), r.active_minutes(),  r.uploads(),
        r.kib_up(), r.kib_down(), r.first_today(),     r.first_this_week(), r.first_this_month()};
    for (size_t i = 0; i < values.size(); ++i) cell[i] += values[i];
  }
}

class BoundTest : public SpoolTest {
 protected:
  static SpoolOptions Limited(uint64_t batches, uint64_t bytes = 32u << 20) {
    SpoolOptions options;
    options.max_pending_batches = batches;
    options.max_pending_bytes = bytes;
    return options;
  }
  static void Offer(Spool& spool, size_t limit, std::vector<v1::Batch>* out) {
    Result<std::vector<v1::Batch>> offered = spool.Offer(limit);
    ASSERT_TRUE(offered.ok()) << offered.status().ToString();
    *out = *offered;
  }
};

TEST_F(BoundTest, BatchesOfADayAreMergedBeforeAnyIsDropped) {
  auto whole = Open();
  for (int hour = 0; hour < 6; ++hour) {
    whole->Consume(Use(kMonday, "chatgpt", 1 + hour));
    ASSERT_TRUE(Freeze(*whole, kMonday));
  }
  CellSums before;
  AddToCells(PendingRecords(*whole), &before);
  whole.reset();
  auto spool = Open("finance", Limited(3));
  spool->Consume(Use(kMonday + 1, "claude"));
  ASSERT_TRUE(Freeze(*spool, kMonday + 1));
  EXPECT_EQ(Pending(*spool).size(), 2u);
  EXPECT_EQ(Counters(*spool).batches_merged, 5u);
  EXPECT_EQ(Counters(*spool).batches_dropped, 0u);
  CellSums after;
  for (const v1::Batch& batch : Pending(*spool)) {
    std::vector<v1::UsageRecord> records = RecordsOf(batch);
    std::erase_if(records, [](const auto& r) { return r.day() != kMonday; });
    AddToCells(records, &after);
  }
  EXPECT_EQ(after, before);
}

TEST_F(BoundTest, WhatMayHaveBeenSentIsNeverMergedAndNeverChanges) {
  auto spool = Open("finance", Limited(4));
  std::map<std::string, std::string> sent;
  for (int hour = 0; hour < 3; ++hour) {
    spool->Consume(Use(kMonday, "chatgpt"));
    ASSERT_TRUE(Freeze(*spool, kMonday));
  }
  std::vector<v1::Batch> offered;
  Offer(*spool, 2, &offered);
  ASSERT_EQ(offered.size(), 2u);
  for (const v1::Batch& batch : offered) sent[batch.nonce()] = batch.payload();
  for (int hour = 0; hour < 5; ++hour) {
    spool.reset();
    spool = Open("finance", Limited(4));  // what was handed out is known after a crash too
    spool->Consume(Use(kMonday, "chatgpt"));
    ASSERT_TRUE(Freeze(*spool, kMonday));
  }
  size_t found = 0;
  for (const v1::Batch& batch : Pending(*spool)) {
    const auto known = sent.find(batch.nonce());
    if (known == sent.end()) continue;
    EXPECT_EQ(known->second, batch.payload());
    ++found;
  }
  EXPECT_EQ(found, 2u);
  EXPECT_EQ(Counters(*spool).batches_dropped, 0u);
  uint64_t visits = 0;
  for (const auto& record : PendingRecords(*spool)) visits += record.visits();
  EXPECT_EQ(visits, 8u);
}

TEST_F(BoundTest, OverTheBytesTheOldestIsDroppedAndCountedWhereMergingDoesNotHelp) {
  auto spool = Open("finance", Limited(2000, 3 * kPayloadSizes[0]));
  for (Day day = kMonday; day < kMonday + 5; ++day) {
    spool->Consume(Use(day, "chatgpt"));
    ASSERT_TRUE(Freeze(*spool, day));
  }
  EXPECT_EQ(Counters(*spool).batches_pending, 3u);
  EXPECT_LE(Counters(*spool).bytes_pending, 3 * kPayloadSizes[0]);
  EXPECT_EQ(Counters(*spool).batches_dropped, 2u);
  EXPECT_EQ(PendingRecords(*spool).front().day(), kMonday + 2);
}

TEST_F(BoundTest, WhatIsTooOldToBeTakenIsDroppedAndCounted) {
  auto spool = Open();
  spool->Consume(Use(kMonday, "chatgpt"));
  ASSERT_TRUE(Freeze(*spool, kMonday));
  for (Day day = kMonday + 30; day <= kMonday + 390; day += 30) (void)spool->Freeze(NoonOf(day));
  EXPECT_EQ(Pending(*spool).size(), 1u);
  (void)spool->Freeze(NoonOf(kMonday + 401));
  EXPECT_TRUE(Pending(*spool).empty());
  EXPECT_EQ(Counters(*spool).batches_dropped, 1u);
}

// Random use, deliveries that lose their receipts, restarts and a limit that is always exceeded:
// the cells are always those of a spool without a limit.
class BoundOfSeed : public BoundTest, public testing::WithParamInterface<unsigned> {};

TEST_P(BoundOfSeed, CellsAreTheSameWithAndWithoutMerging) {
  std::mt19937 random(GetParam());
  const std::filesystem::path free_file = folder_ / "free.db";
  auto spool = Open("finance", Limited(20));
  auto free = *Spool::Open(free_file, "finance", {});
  CellSums counted;
  std::set<std::string> ledger;
  Day today = kMonday;
  const auto deliver = [&](size_t limit, bool receipts) {
    std::vector<v1::Batch> batches;
    Offer(*spool, limit, &batches);
    for (const v1::Batch& batch : batches) {
      if (ledger.insert(batch.nonce()).second) AddToCells(RecordsOf(batch), &counted);
      if (receipts) ASSERT_TRUE(spool->MarkSent(batch.nonce(), today).ok());
    }
  };
  for (int step = 0; step < 120; ++step) {
    const Day day = today - static_cast<Day>(random() % 2);
    const auto delta = Use(day, random() % 2 == 0 ? "chatgpt" : "claude", 1 + random() % 3,
                           static_cast<v1::Client>(random() % 3));
    spool->Consume(delta);
    free->Consume(delta);
    if (random() % 2 == 0) {
      ASSERT_TRUE(spool->Freeze(NoonOf(today)).ok());
      ASSERT_TRUE(free->Freeze(NoonOf(today)).ok());
    }
    if (random() % 8 == 0) deliver(1 + random() % 3, random() % 3 != 0);
    if (random() % 10 == 0) {
      ASSERT_TRUE(spool->Commit().ok());
      spool.reset();
      spool = Open("finance", Limited(20));
    }
    if (random() % 12 == 0) ++today;
  }
  ASSERT_TRUE(spool->Freeze(NoonOf(today)).ok());
  ASSERT_TRUE(free->Freeze(NoonOf(today)).ok());
  ASSERT_EQ(Counters(*spool).batches_dropped, 0u) << "the test's limit is too small";
  EXPECT_GT(Counters(*spool).batches_merged, 0u);
  deliver(100'000, true);
  CellSums expected;
  AddToCells(PendingRecords(*free), &expected);
  EXPECT_EQ(counted, expected);
}
INSTANTIATE_TEST_SUITE_P(Seeds, BoundOfSeed, testing::Range(1u, 13u));

}  // namespace
}  // namespace gnomon::spool
