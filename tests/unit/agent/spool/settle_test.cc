// Batches that were confirmed wait again where the collector's store came back from a backup.
#include "agent/spool/settle.h"

#include "tests/unit/agent/spool/spool_fixture.h"

namespace gnomon::spool {
namespace {

class SettleTest : public SpoolTest {
 protected:
  // Freezes one batch and confirms it under an epoch.
  v1::Batch Deliver(Spool& spool, Day day, uint64_t epoch) {
    spool.Consume(Use(day, "chatgpt"));
    EXPECT_TRUE(Freeze(spool, day));
    const v1::Batch batch = Pending(spool).back();
    EXPECT_TRUE(spool.MarkSent(batch.nonce(), day, epoch).ok());
    return batch;
  }
};

TEST_F(SettleTest, ALargerEpochBringsBackWhatWasConfirmedBeforeByteForByte) {
  auto spool = Open();
  const v1::Batch first = Deliver(*spool, kMonday, 0);
  const v1::Batch second = Deliver(*spool, kMonday + 1, 0);
  EXPECT_TRUE(Pending(*spool).empty());
  const v1::Batch third = Deliver(*spool, kMonday + 2, 1'800'000'000);
  const std::vector<v1::Batch> again = Pending(*spool);
  ASSERT_EQ(again.size(), 2u);
  EXPECT_EQ(again[0].SerializeAsString(), first.SerializeAsString());
  EXPECT_EQ(again[1].SerializeAsString(), second.SerializeAsString());
  EXPECT_EQ(Counters(*spool).batches_sent, 1u);
  EXPECT_EQ(Counters(*spool).batches_sent_again, 2u);
  for (const v1::Batch& batch : again) {
    EXPECT_TRUE(spool->MarkSent(batch.nonce(), kMonday + 2, 1'800'000'000).ok());
  }
  EXPECT_TRUE(Pending(*spool).empty());
  EXPECT_EQ(Counters(*spool).batches_sent, 3u);
}

TEST_F(SettleTest, ACollectorThatRaisesItsEpochEachTimeIsFollowedOnceADay) {
  auto spool = Open();
  (void)Deliver(*spool, kMonday, 1);
  (void)Deliver(*spool, kMonday, 2);
  ASSERT_EQ(Pending(*spool).size(), 1u);
  for (uint64_t epoch = 3; epoch < 20; ++epoch) {
    for (const v1::Batch& batch : Pending(*spool)) {
      EXPECT_TRUE(spool->MarkSent(batch.nonce(), kMonday, epoch).ok());
    }
  }
  EXPECT_TRUE(Pending(*spool).empty());
  EXPECT_EQ(Counters(*spool).batches_sent_again, 1u);
  (void)Deliver(*spool, kMonday + 1, 20);
  EXPECT_EQ(Pending(*spool).size(), 2u);
}

TEST_F(SettleTest, AReceiptOfTheSameEpochBringsNothingBack) {
  auto spool = Open();
  for (Day day = kMonday; day < kMonday + 3; ++day) (void)Deliver(*spool, day, 7);
  EXPECT_TRUE(Pending(*spool).empty());
  EXPECT_EQ(Counters(*spool).batches_sent_again, 0u);
}

TEST_F(SettleTest, ARefusedBatchStaysRefusedUnderAnyEpoch) {
  auto spool = Open();
  spool->Consume(Use(kMonday, "chatgpt"));
  ASSERT_TRUE(Freeze(*spool, kMonday));
  ASSERT_TRUE(
      spool->Quarantine(Pending(*spool)[0].nonce(), v1::Receipt::REASON_OUT_OF_BOUNDS, kMonday)
          .ok());
  (void)Deliver(*spool, kMonday + 1, 9);
  EXPECT_TRUE(Pending(*spool).empty());
  EXPECT_EQ(Counters(*spool).batches_quarantined, 1u);
}

TEST_F(SettleTest, AfterFourteenDaysTheNonceIsForgottenAndNothingComesBack) {
  auto spool = Open();
  (void)Deliver(*spool, kMonday, 0);
  (void)spool->Freeze(NoonOf(kMonday + kSendAgainDays + 1));
  (void)Deliver(*spool, kMonday + kSendAgainDays + 1, 5);
  EXPECT_TRUE(Pending(*spool).empty());
  ASSERT_EQ(History(*spool).size(), 2u);  // the records are shown on
  EXPECT_FALSE(History(*spool)[1].records.empty());
  spool.reset();
  Result<Database> file = Database::Open(File());
  ASSERT_TRUE(file.ok());
  Result<Statement> nonces = file->Prepare("SELECT count(nonce) FROM batches");
  ASSERT_TRUE(nonces.ok() && *nonces->Step());
  EXPECT_EQ(nonces->Int(0), 1);
}

TEST_F(SettleTest, APayloadThatTheDiskDamagedIsQuarantinedAndTakesNothingWithIt) {
  auto spool = Open();
  for (Day day = kMonday; day < kMonday + 2; ++day) {
    spool->Consume(Use(day, "chatgpt"));
    ASSERT_TRUE(Freeze(*spool, day));
  }
  {
    Result<Database> file = Database::Open(File());
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE(file->Execute("UPDATE batches SET payload = x'ffffff' WHERE id = 1").ok());
  }
  for (const v1::Batch& batch : Pending(*spool)) {
    ASSERT_TRUE(spool->Quarantine(batch.nonce(), v1::Receipt::REASON_MALFORMED, kMonday + 1).ok());
  }
  EXPECT_TRUE(Pending(*spool).empty());
  EXPECT_EQ(History(*spool).size(), 2u);
  EXPECT_EQ(Counters(*spool).batches_quarantined, 2u);
}

}  // namespace
}  // namespace gnomon::spool
