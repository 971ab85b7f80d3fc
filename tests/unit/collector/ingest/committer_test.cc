#include "collector/ingest/committer.h"

#include <gtest/gtest.h>
#include <optional>

#include <array>

#include <atomic>
#include <set>

#include "tests/unit/collector/ingest/fake_store.h"

namespace gnomon::ingest {
namespace {

store::IncomingBatch BatchOf(uint8_t nonce, uint32_t digest = 1) {
  store::IncomingBatch batch;
  batch.nonce[0] = nonce;
  batch.digest = digest;
  return batch;
}

class CommitterTest : public testing::Test {
 protected:
  FakeStore store_;
  ManualClock clock_{1'795'000'000 * kSecondUs};
};

TEST_F(CommitterTest, EachBatchGetsItsOwnOutcome) {
  const auto before = BatchOf(1);
  ASSERT_TRUE(store_.Commit({&before, 1}, 0).ok());
  std::array<std::optional<store::CommitOutcome>, 3> outcomes;
  Committer committer(store_, clock_);
  const auto keep = [&](size_t which) {
    return [&outcomes, which](const Result<store::CommitOutcome>& outcome) {
      outcomes[which] = *outcome;
    };
  };
  EXPECT_TRUE(committer.Submit(BatchOf(2), keep(0)));
  EXPECT_TRUE(committer.Submit(BatchOf(1), keep(1)));
  EXPECT_TRUE(committer.Submit(BatchOf(1, 2), keep(2)));
  committer.Stop();  // in whatever order the group was written
  EXPECT_EQ(outcomes[0], store::CommitOutcome::kAccepted);
  EXPECT_EQ(outcomes[1], store::CommitOutcome::kDuplicate);
  EXPECT_EQ(outcomes[2], store::CommitOutcome::kConflict);
}

TEST_F(CommitterTest, WhatQueuesUpDuringACommitIsWrittenTogether) {
  store_.Close();
  std::atomic<int> done = 0;
  Committer committer(store_, clock_, {.max_queued = 100, .max_together = 4});
  const auto count = [&](const auto&) { ++done; };
  ASSERT_TRUE(committer.Submit(BatchOf(0), count));
  store_.AwaitCommits(1);  // the first is on its way, alone
  for (uint8_t i = 1; i <= 9; ++i) ASSERT_TRUE(committer.Submit(BatchOf(i), count));
  store_.Open();
  committer.Stop();
  EXPECT_EQ(done, 10);
  EXPECT_EQ(store_.spans(), (std::vector<size_t>{1, 4, 4, 1}));
  EXPECT_EQ(committer.counters().commits, 4u);
  EXPECT_EQ(committer.counters().batches, 10u);
}

TEST_F(CommitterTest, AFullQueueRefusesAndCounts) {
  store_.Close();
  std::atomic<int> done = 0;
  Committer committer(store_, clock_, {.max_queued = 3, .max_together = 1});
  const auto count = [&](const auto&) { ++done; };
  ASSERT_TRUE(committer.Submit(BatchOf(0), count));
  store_.AwaitCommits(1);
  for (uint8_t i = 1; i <= 3; ++i) ASSERT_TRUE(committer.Submit(BatchOf(i), count));
  EXPECT_FALSE(committer.Submit(BatchOf(4), [](const auto&) { FAIL() << "it was refused"; }));
  EXPECT_EQ(committer.counters().refused, 1u);
  store_.Open();
  committer.Stop();
  EXPECT_EQ(done, 4);
}

TEST_F(CommitterTest, AFailedCommitIsToldToEveryBatchOfIt) {
  store_.Close();
  store_.FailWith(ResourceExhausted("disk full"));
  int failed = 0;
  Committer committer(store_, clock_);
  const auto check = [&](const Result<store::CommitOutcome>& outcome) {
    EXPECT_EQ(outcome.status().code(), StatusCode::kResourceExhausted);
    ++failed;
  };
  for (uint8_t i = 0; i < 3; ++i) ASSERT_TRUE(committer.Submit(BatchOf(i), check));
  store_.Open();
  committer.Stop();
  EXPECT_EQ(failed, 3);
  EXPECT_EQ(committer.counters().failed, 3u);
}

TEST_F(CommitterTest, StopCommitsWhatIsQueuedAndThenRefuses) {
  store_.Close();
  std::atomic<int> done = 0;
  Committer committer(store_, clock_, {.max_queued = 100, .max_together = 2});
  for (uint8_t i = 0; i < 50; ++i) {
    ASSERT_TRUE(committer.Submit(BatchOf(i), [&](const auto&) { ++done; }));
  }
  std::thread stopper([&] { committer.Stop(); });
  store_.Open();
  stopper.join();
  EXPECT_EQ(done, 50);
  EXPECT_FALSE(committer.Submit(BatchOf(99), [](const auto&) {}));
  committer.Stop();  // again does nothing
}

TEST_F(CommitterTest, ManyThreadsLoseNothing) {
  std::atomic<int> accepted = 0;
  Committer committer(store_, clock_, {.max_queued = 100'000, .max_together = 64});
  {
    std::vector<std::jthread> threads;
    for (uint8_t t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 250; ++i) {
          store::IncomingBatch batch = BatchOf(t);
          batch.nonce[1] = static_cast<uint8_t>(i);
          EXPECT_TRUE(committer.Submit(batch, [&](const Result<store::CommitOutcome>& outcome) {
            accepted += outcome.ok() && *outcome == store::CommitOutcome::kAccepted;
          }));
        }
      });
    }
  }
  committer.Stop();
  EXPECT_EQ(accepted, 1000);
}

}  // namespace
}  // namespace gnomon::ingest
