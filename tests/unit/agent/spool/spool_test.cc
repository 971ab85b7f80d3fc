#include "agent/spool/spool.h"

#include "agent/spool/settle.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>

#include "agent/spool/schema.h"
#include "base/file.h"
#include "base/sqlite.h"
#include "tests/unit/agent/spool/spool_fixture.h"

namespace gnomon::spool {
namespace {

TEST_F(SpoolTest, AUseBecomesItsRecordAndTheRecordOfAny) {
  auto spool = Open();
  spool->Consume(Use(kMonday, "chatgpt", 2));
  EXPECT_TRUE(Freeze(*spool, kMonday));
  const std::vector<v1::Batch> batches = Pending(*spool);
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].nonce().size(), 16u);
  EXPECT_EQ(batches[0].payload().size(), 4096u);
  const std::vector<v1::UsageRecord> records = RecordsOf(batches[0]);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].service(), "chatgpt");
  EXPECT_EQ(records[0].department(), "finance");
  EXPECT_EQ(records[0].visits(), 2u);
  EXPECT_EQ(records[0].turns(), 6u);
  EXPECT_EQ(records[0].active_minutes(), 1u);
  EXPECT_TRUE(records[0].first_today());
  EXPECT_EQ(records[1].service(), anonymise::kAnyService);
  EXPECT_EQ(records[1].visits(), 0u);
  EXPECT_TRUE(records[1].first_today() && records[1].first_this_week() &&
              records[1].first_this_month());
}

TEST_F(SpoolTest, WithoutNewsNothingIsFrozen) {
  auto spool = Open();
  EXPECT_FALSE(Freeze(*spool, kMonday));
  spool->Consume(Use(kMonday, "chatgpt"));
  EXPECT_TRUE(Freeze(*spool, kMonday));
  EXPECT_FALSE(Freeze(*spool, kMonday));
  EXPECT_FALSE(Freeze(*spool, kMonday + 1));
  EXPECT_EQ(Pending(*spool).size(), 1u);
}

TEST_F(SpoolTest, ALaterUseOfTheDayIsReportedAsADeltaWithoutFlags) {
  auto spool = Open();
  spool->Consume(Use(kMonday, "chatgpt", 1));
  Freeze(*spool, kMonday);
  spool->Consume(Use(kMonday, "chatgpt", 4));
  EXPECT_TRUE(Freeze(*spool, kMonday));
  const std::vector<v1::UsageRecord> records = RecordsOf(Pending(*spool).at(1));
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].visits(), 4u);
  EXPECT_FALSE(records[0].first_today() || records[0].first_this_week() ||
               records[0].first_this_month());
}

TEST_F(SpoolTest, AutomatedTurnsAreReportedOnceAndSurviveReopening) {
  anonymise::UsageDelta delta = Use(kMonday, "chatgpt");
  delta.counts.automated_turns = 2;  // of 3
  auto spool = Open();
  spool->Consume(delta);
  Freeze(*spool, kMonday);
  spool.reset();
  spool = Open();
  delta.counts.automated_turns = 1;
  spool->Consume(delta);
  Freeze(*spool, kMonday);
  std::vector<uint32_t> automated;
  for (const v1::UsageRecord& record : PendingRecords(*spool)) {
    if (record.service() == "chatgpt") automated.push_back(record.automated_turns());
  }
  EXPECT_THAT(automated, testing::ElementsAre(2u, 1u));
}

TEST_F(SpoolTest, OneFlagForAServiceEvenWithSeveralKindsOfClient) {
  auto spool = Open();
  spool->Consume(Use(kMonday, "chatgpt", 1, v1::CLIENT_BROWSER));
  spool->Consume(Use(kMonday, "chatgpt", 1, v1::CLIENT_TERMINAL));
  spool->Consume(Use(kMonday, "claude", 1, v1::CLIENT_TERMINAL));
  Freeze(*spool, kMonday);
  std::map<std::string, int> first_today;
  for (const v1::UsageRecord& record : PendingRecords(*spool)) {
    first_today[record.service()] += record.first_today();
  }
  EXPECT_EQ(first_today, (std::map<std::string, int>{{"any", 1}, {"chatgpt", 1}, {"claude", 1}}));
}

TEST_F(SpoolTest, AnyIsReportedOnceADayWhateverTheServices) {
  auto spool = Open();
  spool->Consume(Use(kMonday, "chatgpt"));
  Freeze(*spool, kMonday);
  spool->Consume(Use(kMonday, "claude"));
  Freeze(*spool, kMonday);
  spool->Consume(Use(kMonday + 1, "claude"));
  Freeze(*spool, kMonday + 1);
  std::vector<Day> days;
  for (const v1::UsageRecord& record : PendingRecords(*spool)) {
    if (record.service() == anonymise::kAnyService) days.push_back(record.day());
  }
  EXPECT_EQ(days, (std::vector<Day>{kMonday, kMonday + 1}));
}

TEST_F(SpoolTest, BoundsHoldForTheDayOverManyFreezes) {
  auto spool = Open();
  uint64_t visits = 0;
  for (int i = 0; i < 30; ++i) {
    spool->Consume(Use(kMonday, "chatgpt", 11));
    Freeze(*spool, kMonday);
  }
  for (const v1::UsageRecord& record : PendingRecords(*spool)) visits += record.visits();
  EXPECT_EQ(visits, anonymise::kMaxBounds.visits);
}

TEST_F(SpoolTest, WhatWasCommittedSurvivesReopening) {
  {
    auto spool = Open();
    spool->Consume(Use(kMonday, "chatgpt", 5));
    ASSERT_TRUE(spool->Commit().ok());
    spool->Consume(Use(kMonday, "chatgpt", 70));  // never committed
  }
  auto spool = Open();
  EXPECT_TRUE(Freeze(*spool, kMonday));
  EXPECT_EQ(PendingRecords(*spool).at(0).visits(), 5u);
}

TEST_F(SpoolTest, AResentBatchHasTheSameBytes) {
  auto spool = Open();
  spool->Consume(Use(kMonday, "chatgpt"));
  Freeze(*spool, kMonday);
  const std::string before = Pending(*spool).at(0).SerializeAsString();
  spool.reset();
  spool = Open();
  EXPECT_EQ(Pending(*spool).at(0).SerializeAsString(), before);
}

TEST_F(SpoolTest, PendingIsOldestFirstAndKeepsToItsLimit) {
  auto spool = Open();
  for (Day day = kMonday; day < kMonday + 5; ++day) {
    spool->Consume(Use(day, "chatgpt"));
    Freeze(*spool, day);
  }
  const std::vector<v1::Batch> two = *spool->Pending(2);
  ASSERT_EQ(two.size(), 2u);
  EXPECT_EQ(RecordsOf(two[0])[0].day(), kMonday);
  EXPECT_EQ(RecordsOf(two[1])[0].day(), kMonday + 1);
}

TEST_F(SpoolTest, ASentBatchLeavesTheQueueAndStaysInTheHistoryAndItsNonceGoesAfterFourteenDays) {
  auto spool = Open();
  spool->Consume(Use(kMonday, "chatgpt"));
  Freeze(*spool, kMonday);
  const std::string nonce = Pending(*spool).at(0).nonce();
  ASSERT_TRUE(spool->MarkSent(nonce, kMonday + 2).ok());
  EXPECT_TRUE(Pending(*spool).empty());
  EXPECT_EQ(Counters(*spool).batches_sent, 1u);
  const std::vector<StoredBatch> history = History(*spool);
  ASSERT_EQ(history.size(), 1u);
  EXPECT_EQ(history[0].state, BatchState::kSent);
  EXPECT_EQ(history[0].day, kMonday);
  EXPECT_EQ(history[0].sent_day, kMonday + 2);
  EXPECT_EQ(history[0].records.size(), 2u);
  // A second receipt changes nothing.
  EXPECT_TRUE(spool->MarkSent(nonce, kMonday + 2).ok());
  EXPECT_TRUE(spool->Quarantine(nonce, v1::Receipt::REASON_MALFORMED, kMonday + 2).ok());
  EXPECT_EQ(Counters(*spool).batches_sent, 1u);
  EXPECT_EQ(Counters(*spool).batches_quarantined, 0u);

  (void)spool->Freeze(NoonOf(kMonday + 2 + kSendAgainDays + 1));
  spool.reset();
  // secure_delete: neither the main file nor the log holds the nonce any more.
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    EXPECT_EQ(ReadFile(entry.path())->find(nonce), std::string::npos) << entry.path();
  }
}

TEST_F(SpoolTest, ARefusedBatchIsQuarantinedWithItsReason) {
  auto spool = Open();
  spool->Consume(Use(kMonday, "chatgpt"));
  Freeze(*spool, kMonday);
  ASSERT_TRUE(
      spool->Quarantine(Pending(*spool).at(0).nonce(), v1::Receipt::REASON_OUT_OF_BOUNDS, kMonday)
          .ok());
  EXPECT_TRUE(Pending(*spool).empty());
  EXPECT_EQ(Counters(*spool).batches_quarantined, 1u);
  EXPECT_EQ(History(*spool).at(0).state, BatchState::kQuarantined);
  EXPECT_EQ(History(*spool).at(0).reason, v1::Receipt::REASON_OUT_OF_BOUNDS);
}

TEST_F(SpoolTest, OverTheLimitTheOldestBatchIsDroppedAndCounted) {
  SpoolOptions options;
  options.max_pending_batches = 3;
  auto spool = Open("finance", options);
  for (Day day = kMonday; day < kMonday + 5; ++day) {
    spool->Consume(Use(day, "chatgpt"));
    Freeze(*spool, day);
  }
  const std::vector<v1::Batch> batches = Pending(*spool);
  ASSERT_EQ(batches.size(), 3u);
  EXPECT_EQ(RecordsOf(batches[0])[0].day(), kMonday + 2);
  EXPECT_EQ(Counters(*spool).batches_pending, 3u);
  EXPECT_EQ(Counters(*spool).batches_dropped, 2u);
}

TEST_F(SpoolTest, MoreThanOnePayloadHoldsBecomesSeveralBatches) {
  auto spool = Open();
  for (int i = 0; i < 5000; ++i) spool->Consume(Use(kMonday, "service-" + std::to_string(i)));
  Freeze(*spool, kMonday);
  const std::vector<v1::Batch> batches = Pending(*spool);
  EXPECT_GT(batches.size(), 1u);
  for (const v1::Batch& batch : batches) EXPECT_LE(batch.payload().size(), kMaxPayloadBytes);
  EXPECT_EQ(PendingRecords(*spool).size(), 5001u);
}

TEST_F(SpoolTest, AfterANewEnrolmentBatchesOfTheOldDepartmentAreQuarantined) {
  {
    auto spool = Open("finance");
    spool->Consume(Use(kMonday, "chatgpt"));
    Freeze(*spool, kMonday);
  }
  auto spool = Open("sales");
  EXPECT_TRUE(Pending(*spool).empty());
  EXPECT_EQ(History(*spool).at(0).reason, v1::Receipt::REASON_WRONG_DEPARTMENT);
  spool->Consume(Use(kMonday, "claude"));
  Freeze(*spool, kMonday);
  ASSERT_EQ(Pending(*spool).size(), 1u);
  EXPECT_EQ(PendingRecords(*spool).at(0).department(), "sales");
}

TEST_F(SpoolTest, SumsAreForgottenThreeDaysLaterAndSentRecordsAfterNinety) {
  auto spool = Open();
  spool->Consume(Use(kMonday, "chatgpt"));
  Freeze(*spool, kMonday);
  ASSERT_TRUE(spool->MarkSent(Pending(*spool).at(0).nonce(), kMonday).ok());
  const auto sums = [&] {
    Result<Database> database = Database::OpenReadOnly(File());
    Result<Statement> count = database->Prepare("SELECT count(*) FROM day_sums");
    EXPECT_TRUE(*count->Step());
    return count->Int(0);
  };
  Freeze(*spool, kMonday + 3);
  EXPECT_EQ(sums(), 1);
  Freeze(*spool, kMonday + 4);
  EXPECT_EQ(sums(), 0);
  for (Day day = kMonday + 30; day <= kMonday + 90; day += 30) Freeze(*spool, day);
  EXPECT_EQ(History(*spool).size(), 1u);
  Freeze(*spool, kMonday + 91);
  EXPECT_TRUE(History(*spool).empty());
}

TEST_F(SpoolTest, AnAdditionWithoutAServiceIsRefusedAndSaidOnce) {
  auto spool = Open();
  spool->Consume(Use(kMonday, ""));
  spool->Consume(Use(kMonday, anonymise::kAnyService));
  spool->Consume(Use(kMonday, std::string(65, 'x')));
  spool->Consume(Use(kMonday, "chatgpt"));
  EXPECT_EQ(spool->Commit().code(), StatusCode::kInvalidArgument);
  EXPECT_TRUE(spool->Commit().ok());
  Freeze(*spool, kMonday);
  EXPECT_EQ(PendingRecords(*spool).size(), 2u);
}

TEST_F(SpoolTest, AdditionsBetweenCommitsAreBounded) {
  auto spool = Open();
  for (int i = 0; i < 40'000; ++i) spool->Consume(Use(kMonday, "s" + std::to_string(i)));
  EXPECT_EQ(spool->Commit().code(), StatusCode::kResourceExhausted);
}

TEST_F(SpoolTest, ADamagedFileIsNamed) {
  {
    auto spool = Open();
    for (int i = 0; i < 300; ++i) spool->Consume(Use(kMonday, "service-" + std::to_string(i)));
    Freeze(*spool, kMonday);
  }
  const std::string good = *ReadFile(File());
  const auto check = [&](const std::string& bytes) {
    ASSERT_TRUE(WriteFileAtomically(File(), bytes, 0600).ok());
    for (const Status& status :
         {Spool::Open(File(), "finance", {}).status(), Spool::OpenReadOnly(File()).status()}) {
      EXPECT_EQ(status.code(), StatusCode::kDataLoss) << status.ToString();
      EXPECT_THAT(status.message(), testing::HasSubstr(File().string()));
    }
  };
  check("this is a text and no database, however long one makes it" + std::string(4096, '.'));
  check(good.substr(0, good.size() / 2));
  std::string torn = good;
  std::fill(torn.begin() + static_cast<long>(torn.size() / 4),
            torn.begin() + static_cast<long>(torn.size() / 2), '\x5a');
  check(torn);
}

TEST_F(SpoolTest, AHistoryThatIsDamagedStopsTheFreezeAndIsNamed) {
  auto spool = Open();
  spool->Consume(Use(kMonday, "chatgpt"));
  Freeze(*spool, kMonday);
  {
    Result<Database> database = Database::Open(File());
    ASSERT_TRUE(database->Execute("UPDATE history SET days = x'0102'").ok());
  }
  spool->Consume(Use(kMonday + 1, "chatgpt"));
  const Status status = spool->Freeze(NoonOf(kMonday + 1)).status();
  EXPECT_EQ(status.code(), StatusCode::kDataLoss);
  EXPECT_THAT(status.message(), testing::HasSubstr("history of chatgpt"));
  EXPECT_EQ(Pending(*spool).size(), 1u);
}

TEST_F(SpoolTest, AnotherProgramsDatabaseIsNotTaken) {
  {
    Result<Database> database = Database::Open(File());
    ASSERT_TRUE(database->Execute("CREATE TABLE bookmarks (url TEXT)").ok());
  }
  EXPECT_EQ(Spool::Open(File(), "finance", {}).status().code(), StatusCode::kDataLoss);
}

TEST_F(SpoolTest, AFileOfANewerVersionIsLeftAlone) {
  Open().reset();
  {
    Result<Database> database = Database::Open(File());
    ASSERT_TRUE(database->SetUserVersion(kSchemaVersion + 1).ok());
  }
  const Status status = Spool::Open(File(), "finance", {}).status();
  EXPECT_EQ(status.code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.message(), testing::HasSubstr("newer version"));
}

TEST_F(SpoolTest, TheFileIsForItsOwnerOnly) {
  auto spool = Open();
  EXPECT_EQ(std::filesystem::status(File()).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

}  // namespace
}  // namespace gnomon::spool
