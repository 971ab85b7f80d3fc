#include "collector/ingest/account.h"

#include <gtest/gtest.h>

#include <set>

#include "gnomon/v1/ingest.pb.h"

namespace gnomon::ingest {
namespace {

using Period = store::FirstUse::Period;

Account MakeAccount(uint8_t fill) {
  std::array<uint8_t, kAccountKeyBytes> key;
  key.fill(fill);
  return Account(key);
}

TEST(Account, TagsNameThePeriodTheServiceAndTheKeyAndNothingElse) {
  const Account account = MakeAccount(1);
  const Day monday = ParseDay("2026-11-23").value();
  const auto month = account.FirstUse(Period::kMonth, "chatgpt", monday);
  EXPECT_EQ(month, account.FirstUse(Period::kMonth, "chatgpt", monday - 22));
  EXPECT_NE(month, account.FirstUse(Period::kMonth, "chatgpt", monday - 23));
  EXPECT_NE(month, account.FirstUse(Period::kMonth, "claude", monday));
  EXPECT_NE(month, MakeAccount(2).FirstUse(Period::kMonth, "chatgpt", monday));
  const auto week = account.FirstUse(Period::kWeek, "chatgpt", monday);
  EXPECT_NE(week, month);
  EXPECT_EQ(week, account.FirstUse(Period::kWeek, "chatgpt", monday + 6));
  EXPECT_NE(week, account.FirstUse(Period::kWeek, "chatgpt", monday - 1));
}

TEST(Account, NoTwoPurposesShareADigest) {
  const Account account = MakeAccount(7);
  const auto digest = account.Digest();
  uint64_t head = 0;
  for (size_t i = 0; i < 8; ++i) head = head << 8 | digest[i];
  std::set<uint64_t> seen{head, account.Id(), account.DayTag("", 0), account.DayTag("any", 0),
                          account.DayTag("", 1)};
  EXPECT_EQ(seen.size(), 5u);
}

TEST(Account, OnlyAWholeKeyIsOne) {
  v1::Account message;
  message.set_key(std::string(32, 'k'));
  EXPECT_TRUE(Account::Parse(message.SerializeAsString()).ok());
  for (const size_t size : {0, 31, 33, 64}) {
    message.set_key(std::string(size, 'k'));
    EXPECT_EQ(Account::Parse(message.SerializeAsString()).status().code(),
              StatusCode::kPermissionDenied);
  }
  EXPECT_FALSE(Account::Parse("").ok());
  EXPECT_FALSE(Account::Parse(std::string(40, '\xff')).ok());
}

TEST(Account, EveryFlagOfAWeekOrMonthIsNamedInTheOrderOfTheAdditions) {
  const Account account = MakeAccount(1);
  store::IncomingBatch batch;
  for (uint64_t flags : {0, 1, 2, 3}) {
    store::CellAddition addition;
    addition.key.service = "chatgpt";
    addition.key.day = 20'000;
    addition.sums = {
        .first_today = 1, .first_this_week = flags & 1, .first_this_month = flags >> 1};
    batch.additions.push_back(addition);
  }
  NameFirstUses(account, batch);
  ASSERT_EQ(batch.first_uses.size(), 4u);
  EXPECT_EQ(batch.first_uses[0].addition, 1u);
  EXPECT_EQ(batch.first_uses[0].period, Period::kWeek);
  EXPECT_EQ(batch.first_uses[1].addition, 2u);
  EXPECT_EQ(batch.first_uses[1].period, Period::kMonth);
  EXPECT_EQ(batch.first_uses[2].addition, 3u);
  EXPECT_EQ(batch.first_uses[3].addition, 3u);
}

}  // namespace
}  // namespace gnomon::ingest
