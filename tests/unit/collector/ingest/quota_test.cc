#include "collector/ingest/quota.h"

#include <gtest/gtest.h>

#include <random>

#include "agent/anonymise/record_builder.h"

namespace gnomon::ingest {
namespace {

constexpr Day kToday = 20'780;

Account MakeAccount(uint8_t fill) {
  std::array<uint8_t, kAccountKeyBytes> key;
  key.fill(fill);
  return Account(key);
}

store::IncomingBatch BatchOf(Day day, const std::string& service, store::Sums sums,
                             v1::Surface surface = v1::SURFACE_WEB) {
  store::CellAddition addition;
  addition.key.day = day;
  addition.key.department = "finance";
  addition.key.service = service;
  addition.key.surface = surface;
  addition.sums = sums;
  store::IncomingBatch batch;
  batch.additions.push_back(std::move(addition));
  return batch;
}

// What of `sums` is counted; nullopt where the batch must wait.
std::optional<store::Sums> Counted(Quota& quota, const Account& account, Day today, Day day,
                                   store::Sums sums, Quota::Charge* charge = nullptr,
                                   v1::Surface surface = v1::SURFACE_WEB) {
  store::IncomingBatch batch = BatchOf(day, "chatgpt", sums, surface);
  Quota::Charge own;
  if (!quota.Take(account, today, batch, charge != nullptr ? charge : &own)) return std::nullopt;
  return batch.additions.at(0).sums;
}

TEST(Quota, AnHonestLaptopIsCountedWhole) {
  Quota quota;
  const Account account = MakeAccount(1);
  store::Sums sums{
      .visits = 2, .turns = 30, .automated_turns = 3, .active_minutes = 40, .kib_up = 9};
  for (int hour = 0; hour < 24; ++hour) {
    EXPECT_EQ(Counted(quota, account, kToday, kToday, sums), sums);
  }
  EXPECT_EQ(quota.counters().cut, 0u);
}

TEST(Quota, TwoKeysAtTheirBoundsAreCountedWholeAndNoMore) {
  Quota quota;
  const Account account = MakeAccount(1);
  constexpr auto kMax = anonymise::kMaxBounds;
  const store::Sums full{.turns = kMax.turns, .uploads = kMax.uploads, .kib_down = kMax.kib_down};
  EXPECT_EQ(Counted(quota, account, kToday, kToday, full)->turns, kMax.turns);
  EXPECT_EQ(Counted(quota, account, kToday, kToday, full, nullptr, v1::SURFACE_API)->kib_down,
            kMax.kib_down);
  EXPECT_EQ(*Counted(quota, account, kToday, kToday, full, nullptr, v1::SURFACE_EDITOR),
            store::Sums());
  EXPECT_EQ(quota.counters().cut, 1u);
}

TEST(Quota, EachLaptopServiceAndDayHasItsOwn) {
  Quota quota;
  const store::Sums full{.turns = 2 * anonymise::kMaxBounds.turns};
  const Account first = MakeAccount(1), second = MakeAccount(2);
  EXPECT_EQ(Counted(quota, first, kToday, kToday, full)->turns, full.turns);
  EXPECT_EQ(Counted(quota, second, kToday, kToday, full)->turns, full.turns);
  EXPECT_EQ(Counted(quota, first, kToday, kToday - 1, full)->turns, full.turns);
  EXPECT_EQ(Counted(quota, first, kToday, kToday, full)->turns, 0u);
  store::IncomingBatch other = BatchOf(kToday, "claude", full);
  Quota::Charge charge;
  ASSERT_TRUE(quota.Take(first, kToday, other, &charge));
  EXPECT_EQ(other.additions[0].sums.turns, full.turns);
}

TEST(Quota, ADayHasOneFirstUse) {
  Quota quota;
  const Account account = MakeAccount(1);
  EXPECT_EQ(Counted(quota, account, kToday, kToday, {.first_today = 1})->first_today, 1u);
  EXPECT_EQ(Counted(quota, account, kToday, kToday, {.first_today = 1})->first_today, 0u);
  EXPECT_EQ(Counted(quota, account, kToday, kToday - 1, {.first_today = 1})->first_today, 1u);
}

TEST(Quota, AutomatedTurnsNeverExceedTurnsAfterACut) {
  Quota quota;
  const Account account = MakeAccount(1);
  const uint64_t most = 2 * anonymise::kMaxBounds.turns;
  ASSERT_EQ(Counted(quota, account, kToday, kToday, {.turns = most - 5})->turns, most - 5);
  const auto counted =
      Counted(quota, account, kToday, kToday, {.turns = 100, .automated_turns = 100});
  EXPECT_EQ(counted->turns, 5u);
  EXPECT_EQ(counted->automated_turns, 5u);
}

TEST(Quota, WhatWasNotCountedIsGivenBack) {
  Quota quota;
  const Account account = MakeAccount(1);
  const store::Sums full{.turns = 2 * anonymise::kMaxBounds.turns, .first_today = 1};
  for (int resend = 0; resend < 5; ++resend) {
    Quota::Charge charge;
    EXPECT_EQ(Counted(quota, account, kToday, kToday, full, &charge), full);
    quota.GiveBack(charge);
  }
  EXPECT_EQ(Counted(quota, account, kToday, kToday, full), full);
  EXPECT_EQ(Counted(quota, account, kToday, kToday, full)->turns, 0u);
}

TEST(Quota, TooManyBatchesOrRecordsInADayWaitForTheNext) {
  Quota quota({.batches = 3, .records = 100});
  const Account account = MakeAccount(1);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Counted(quota, account, kToday, kToday, {.visits = 1}));
  EXPECT_FALSE(Counted(quota, account, kToday, kToday, {.visits = 1}));
  EXPECT_TRUE(Counted(quota, MakeAccount(2), kToday, kToday, {.visits = 1}));
  EXPECT_TRUE(Counted(quota, account, kToday + 1, kToday, {.visits = 1}));
  store::IncomingBatch large;
  for (int i = 0; i < 100; ++i) {
    large.additions.push_back(BatchOf(kToday, "chatgpt", {}).additions[0]);
  }
  Quota::Charge charge;
  EXPECT_FALSE(quota.Take(account, kToday + 1, large, &charge));
  EXPECT_EQ(quota.counters().put_off, 2u);
}

TEST(Quota, MemoryIsBoundedByLaptopAndInAll) {
  Quota quota({.entries = 10, .all_entries = 15});
  const Account first = MakeAccount(1), second = MakeAccount(2);
  for (Day day = 0; day < 20; ++day) {
    EXPECT_EQ(Counted(quota, first, kToday, kToday - day, {.visits = 1}).has_value(), day < 10);
  }
  for (Day day = 0; day < 20; ++day) {
    EXPECT_EQ(Counted(quota, second, kToday, kToday - day, {.visits = 1}).has_value(), day < 5);
  }
  EXPECT_EQ(quota.counters().entries, 15u);
  EXPECT_TRUE(Counted(quota, first, kToday, kToday, {.visits = 1}))
      << "what is known has its place";
  EXPECT_TRUE(Counted(quota, second, kToday + kLateDays + 1, kToday, {.visits = 1}));
  EXPECT_EQ(quota.counters().entries, 1u) << "old entries are forgotten";
}

// docs/threat-model.md: within the week of a record day a laptop moves it by one quota; afterwards
// by one more in each 35 days. Whatever it sends, and in whatever order.
TEST(Quota, NoOrderOfBatchesMovesADayByMoreThanTheFormula) {
  std::mt19937 random(20261128);
  const auto below = [&](uint32_t n) { return static_cast<uint32_t>(random() % n); };
  constexpr uint64_t kQuota = 2 * anonymise::kMaxBounds.turns;
  for (int round = 0; round < 20; ++round) {
    Quota quota;
    const Account account = MakeAccount(static_cast<uint8_t>(round));
    uint64_t moved = 0, flags = 0;
    Day today = kToday;
    const Day last = kToday + 120;
    while (today < last) {
      const auto counted = Counted(quota, account, today, kToday,
                                   {.turns = below(kQuota + 1), .first_today = below(2)}, nullptr,
                                   static_cast<v1::Surface>(below(6)));
      ASSERT_TRUE(counted);
      moved += counted->turns;
      flags += counted->first_today;
      today += static_cast<Day>(below(3));
    }
    const uint64_t late =
        static_cast<uint64_t>(last - kToday - kRecentDays + kLateDays - 1) / kLateDays;
    EXPECT_LE(moved, kQuota * (1 + late));
    EXPECT_LE(flags, 1 + late);
    EXPECT_GT(moved, kQuota) << "the test sent too little to say anything";
  }
}

}  // namespace
}  // namespace gnomon::ingest
