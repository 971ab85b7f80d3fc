#include "tests/unit/collector/store/store_conformance.h"

#include <map>
#include <set>

#include "collector/store/retention.h"

namespace gnomon::store {

// Instantiated by each engine's test in this program.

TEST_P(StoreConformance, CommittedCellsAreAddedUp) {
  const Sums use{.visits = 2,
                 .turns = 9,
                 .automated_turns = 3,
                 .active_minutes = 4,
                 .uploads = 1,
                 .kib_up = 50,
                 .kib_down = 700,
                 .first_today = 1,
                 .first_this_week = 1,
                 .first_this_month = 1};
  EXPECT_EQ(CommitOne(MakeBatch(1, {Addition(kToday, "finance", "chatgpt", use)})),
            CommitOutcome::kAccepted);
  EXPECT_EQ(CommitOne(MakeBatch(2, {Addition(kToday, "finance", "chatgpt", use)})),
            CommitOutcome::kAccepted);
  Sums twice = use;
  twice += use;
  auto usage = store_->UsageByService(kToday, kToday + 1);
  ASSERT_TRUE(usage.ok());
  ASSERT_EQ(usage->size(), 1u);
  EXPECT_EQ(usage->at(0).department, "finance");
  EXPECT_EQ(usage->at(0).service, "chatgpt");
  EXPECT_EQ(usage->at(0).sums, twice);
}

TEST_P(StoreConformance, UsageIsInOrderOfDepartmentThenServiceAndOfTheHalfOpenRangeOnly) {
  const Sums one{.turns = 1};
  CommitOne(
      MakeBatch(1, {Addition(100, "sales", "claude", one), Addition(99, "sales", "claude", one),
                    Addition(101, "finance", "gemini", one), Addition(100, "finance", "any", one),
                    Addition(102, "hr", "claude", one)}));
  auto usage = store_->UsageByService(100, 102);
  ASSERT_TRUE(usage.ok());
  std::vector<std::string> order;
  for (const auto& row : *usage) {
    order.push_back(row.department + "/" + row.service);
    EXPECT_EQ(row.sums, one);
  }
  EXPECT_EQ(order, (std::vector<std::string>{"finance/any", "finance/gemini", "sales/claude"}));
}

TEST_P(StoreConformance, LongTenureAndTheDayWithMostHabitsAreTold) {
  const auto day = [](Day on, uint64_t devices, v1::Tenure tenure, v1::Regularity regularity) {
    CellAddition addition = Addition(on, "finance", "chatgpt", {.first_today = devices});
    addition.key.tenure = tenure;
    addition.key.regularity = regularity;
    return addition;
  };
  CommitOne(MakeBatch(1, {day(100, 3, v1::TENURE_LONGER, v1::REGULARITY_HABIT),
                          day(100, 4, v1::TENURE_FIRST_WEEK, v1::REGULARITY_HABIT),
                          day(101, 5, v1::TENURE_LONGER, v1::REGULARITY_HABIT),
                          day(101, 9, v1::TENURE_FIRST_WEEK, v1::REGULARITY_ONCE),
                          Addition(101, "finance", "claude", {.first_today = 2})}));
  auto usage = store_->UsageByService(100, 102);
  ASSERT_TRUE(usage.ok());
  ASSERT_EQ(usage->size(), 2u);
  EXPECT_EQ(usage->at(0).long_tenure_days, 8u);
  EXPECT_EQ(usage->at(0).habit_devices, 7u);
  EXPECT_EQ(usage->at(1).long_tenure_days, 0u);
  EXPECT_EQ(usage->at(1).habit_devices, 0u);
}

TEST_P(StoreConformance, EveryPartOfTheKeyMakesACellOfItsOwn) {
  const CellAddition base = Addition(kToday, "finance", "chatgpt", {.turns = 1});
  std::vector<CellAddition> additions(10, base);
  additions[1].key.day -= 1;
  additions[2].key.department = "hr";
  additions[3].key.service = "claude";
  additions[4].key.surface = v1::SURFACE_API;
  additions[5].key.client = v1::CLIENT_EDITOR;
  additions[6].key.evidence = v1::EVIDENCE_RESOLVED;
  additions[7].key.tenure = v1::TENURE_LONGER;
  additions[8].key.regularity = v1::REGULARITY_HABIT;
  additions[9].key.off_hours = v1::OFF_HOURS_MOST;
  CommitOne(MakeBatch(1, additions));
  CommitOne(MakeBatch(2, {base}));
  size_t cells = 0, doubled = 0;
  ASSERT_TRUE(store_
                  ->ForEachCell(0, kToday + 1,
                                [&](const CellAddition& cell) {
                                  ++cells;
                                  doubled += cell.sums.turns == 2;
                                })
                  .ok());
  EXPECT_EQ(cells, 10u);
  EXPECT_EQ(doubled, 1u);
}

TEST_P(StoreConformance, ACellComesBackWithEveryPartOfItsKeyAndSums) {
  CellAddition in;
  in.key = {.day = kToday,
            .department = "back-office",
            .service = "ollama",
            .surface = v1::SURFACE_LOCAL_MODEL,
            .client = v1::CLIENT_SCRIPT_RUNTIME,
            .evidence = v1::EVIDENCE_LOCAL,
            .tenure = v1::TENURE_FIRST_QUARTER,
            .regularity = v1::REGULARITY_WEEKLY,
            .off_hours = v1::OFF_HOURS_SOME};
  in.sums = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  CommitOne(MakeBatch(1, {in}));
  size_t seen = 0;
  ASSERT_TRUE(store_
                  ->ForEachCell(kToday, kToday + 1,
                                [&](const CellAddition& out) {
                                  ++seen;
                                  EXPECT_EQ(out.sums, in.sums);
                                  EXPECT_EQ(out.key.day, in.key.day);
                                  EXPECT_EQ(out.key.department, in.key.department);
                                  EXPECT_EQ(out.key.service, in.key.service);
                                  EXPECT_EQ(out.key.surface, in.key.surface);
                                  EXPECT_EQ(out.key.client, in.key.client);
                                  EXPECT_EQ(out.key.evidence, in.key.evidence);
                                  EXPECT_EQ(out.key.tenure, in.key.tenure);
                                  EXPECT_EQ(out.key.regularity, in.key.regularity);
                                  EXPECT_EQ(out.key.off_hours, in.key.off_hours);
                                })
                  .ok());
  EXPECT_EQ(seen, 1u);
}

TEST_P(StoreConformance, AResendIsADuplicateAndIsNotAddedAgain) {
  const auto batch = MakeBatch(1, {Addition(kToday, "finance", "chatgpt", {.turns = 5})});
  EXPECT_EQ(CommitOne(batch), CommitOutcome::kAccepted);
  EXPECT_EQ(CommitOne(batch), CommitOutcome::kDuplicate);
  Reopen();
  EXPECT_EQ(CommitOne(batch), CommitOutcome::kDuplicate);
  EXPECT_EQ(TotalOf(*store_).turns, 5u);
}

TEST_P(StoreConformance, AKnownNonceWithOtherBytesIsAConflictAndAddsNothing) {
  CommitOne(MakeBatch(1, {Addition(kToday, "finance", "chatgpt", {.turns = 5})}, 7));
  EXPECT_EQ(CommitOne(MakeBatch(1, {Addition(kToday, "finance", "chatgpt", {.turns = 6})}, 8)),
            CommitOutcome::kConflict);
  EXPECT_EQ(TotalOf(*store_).turns, 5u);
}

TEST_P(StoreConformance, DigestsKeepAllTheirBits) {
  CommitOne(MakeBatch(1, {}, 0xffffffffu));
  EXPECT_EQ(CommitOne(MakeBatch(1, {}, 0xffffffffu)), CommitOutcome::kDuplicate);
  EXPECT_EQ(CommitOne(MakeBatch(1, {}, 0x7fffffffu)), CommitOutcome::kConflict);
}

TEST_P(StoreConformance, ResendsAndConflictsInsideOneSpanAreSeen) {
  const auto first = MakeBatch(1, {Addition(kToday, "hr", "claude", {.turns = 5})}, 7);
  const auto other = MakeBatch(1, {Addition(kToday, "hr", "claude", {.turns = 6})}, 8);
  const auto second = MakeBatch(2, {Addition(kToday, "hr", "claude", {.turns = 1})}, 7);
  const std::vector<IncomingBatch> span{first, first, other, second, first};
  auto outcomes = store_->Commit(span, kToday);
  ASSERT_TRUE(outcomes.ok());
  EXPECT_EQ(*outcomes, (std::vector{CommitOutcome::kAccepted, CommitOutcome::kDuplicate,
                                    CommitOutcome::kConflict, CommitOutcome::kAccepted,
                                    CommitOutcome::kDuplicate}));
  EXPECT_EQ(TotalOf(*store_).turns, 6u);
}

TEST_P(StoreConformance, AnEmptySpanHasNoOutcomes) {
  auto outcomes = store_->Commit({}, kToday);
  ASSERT_TRUE(outcomes.ok());
  EXPECT_TRUE(outcomes->empty());
}

TEST_P(StoreConformance, AFailedSpanCountsNothingAndCanBeSentAgain) {
  const auto good = MakeBatch(1, {Addition(kToday, "hr", "claude", {.turns = 5})});
  const auto bad = MakeBatch(2, {Addition(kToday, "hr", "claude", {.turns = UINT64_MAX})});
  const std::vector<IncomingBatch> span{good, bad};
  EXPECT_FALSE(store_->Commit(span, kToday).ok());
  EXPECT_EQ(TotalOf(*store_), Sums{});
  EXPECT_EQ(CommitOne(good), CommitOutcome::kAccepted);
  EXPECT_EQ(TotalOf(*store_).turns, 5u);
}

TEST_P(StoreConformance, NoncesAreKeptWhileTheirRecordsCouldStillBeTakenAndForgottenLater) {
  const auto batch =
      MakeBatch(1, {Addition(kToday + kNewestRecordDays, "hr", "claude", {.turns = 1})});
  CommitOne(batch);
  // The last day on which the decoder would take a record dated tomorrow.
  ASSERT_TRUE(store_->Expire(kToday + kNewestRecordDays + kOldestRecordDays).ok());
  EXPECT_EQ(CommitOne(batch), CommitOutcome::kDuplicate);
  ASSERT_TRUE(store_->Expire(NonceExpiry(kToday)).ok());
  EXPECT_EQ(CommitOne(batch), CommitOutcome::kAccepted);
}

TEST_P(StoreConformance, CellsOlderThanTheRetentionAreForgottenAndOthersStay) {
  const Day first_kept = FirstKeptDay(kToday);
  CommitOne(MakeBatch(1, {Addition(first_kept - 1, "hr", "claude", {.turns = 1}),
                          Addition(first_kept, "hr", "claude", {.turns = 10})}));
  ASSERT_TRUE(store_->Expire(kToday).ok());
  EXPECT_EQ(TotalOf(*store_).turns, 10u);
}

// The invariant of the product: whatever is sent again, mixed up or interrupted, the sums are those
// of the distinct batches.
TEST_P(StoreConformance, RandomResendsConflictsAndCrashesLeaveTheSumsOfDistinctBatches) {
  std::mt19937 random(20261123);
  const auto below = [&](uint32_t n) { return static_cast<uint32_t>(random() % n); };
  for (int round = 0; round < 12; ++round) {
    SCOPED_TRACE(round);
    std::vector<IncomingBatch> batches;
    for (uint64_t i = 0; i < 60; ++i) {
      IncomingBatch batch = MakeBatch(1000u * static_cast<uint64_t>(round) + i, {}, random());
      for (uint32_t n = 1 + below(4); n > 0; --n) {
        batch.additions.push_back(
            Addition(kToday - static_cast<Day>(below(3)), "d" + std::to_string(below(3)),
                     "s" + std::to_string(below(4)),
                     {.visits = below(5), .turns = below(100), .kib_down = below(1u << 20)}));
      }
      batches.push_back(batch);
    }
    const Sums before = TotalOf(*store_);
    std::set<size_t> confirmed;
    while (confirmed.size() < batches.size()) {
      std::vector<IncomingBatch> span;
      std::vector<size_t> which;
      for (uint32_t n = 1 + below(9); n > 0; --n) {
        const size_t pick = below(static_cast<uint32_t>(batches.size()));
        which.push_back(pick);
        span.push_back(batches[pick]);
        if (below(8) == 0 && confirmed.contains(pick)) span.back().digest ^= 1 + below(1000);
      }
      if (below(10) == 0) {  // a batch that fails the whole span
        auto poisoned = span;
        poisoned.push_back(
            MakeBatch(999'999'999, {Addition(kToday, "x", "y", {.turns = UINT64_MAX})}));
        EXPECT_FALSE(store_->Commit(poisoned, kToday).ok());
      }
      auto outcomes = store_->Commit(span, kToday);
      ASSERT_TRUE(outcomes.ok());
      const bool receipts_lost = below(5) == 0;
      for (size_t i = 0; i < which.size(); ++i) {
        const bool altered = span[i].digest != batches[which[i]].digest;
        EXPECT_EQ(outcomes->at(i) == CommitOutcome::kConflict, altered);
        if (!receipts_lost && !altered) confirmed.insert(which[i]);
      }
      if (below(6) == 0) {
        ASSERT_NO_FATAL_FAILURE(Reopen());
      }
    }
    Sums expected = before;
    for (const auto& batch : batches) {
      for (const auto& addition : batch.additions) expected += addition.sums;
    }
    EXPECT_EQ(TotalOf(*store_), expected);
  }
}

}  // namespace gnomon::store
