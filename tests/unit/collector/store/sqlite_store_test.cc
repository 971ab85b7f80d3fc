#include "collector/store/sqlite_store.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>
#include <set>

#include "base/file.h"
#include "tests/unit/collector/store/store_conformance.h"

namespace gnomon::store {
namespace {

constexpr Day kToday = 20'780;

Result<std::unique_ptr<Store>> OpenSqlite(const std::filesystem::path& folder) {
  auto store = SqliteStore::Open(folder / "usage.db");
  if (!store.ok()) return store.status();
  return std::unique_ptr<Store>(std::move(store).value());
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance,
                         testing::Values(EngineFactory{"sqlite", OpenSqlite}));

namespace {

TEST(SqliteStoreTest, TheFileIsReadableByItsOwnerOnly) {
  TemporaryFolder folder;
  ASSERT_TRUE(OpenSqlite(folder.path()).ok());
  struct stat info {};
  ASSERT_EQ(::stat((folder.path() / "usage.db").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST(SqliteStoreTest, ADamagedFileIsAnErrorThatSaysSo) {
  TemporaryFolder folder;
  ASSERT_TRUE(WriteFileAtomically(folder.path() / "usage.db", std::string(8192, 'x')).ok());
  auto store = OpenSqlite(folder.path());
  ASSERT_FALSE(store.ok());
  EXPECT_EQ(store.status().code(), StatusCode::kDataLoss);
}

TEST(SqliteStoreTest, AFileOfANewerVersionIsNotTouched) {
  TemporaryFolder folder;
  ASSERT_TRUE(OpenSqlite(folder.path()).ok());
  {
    auto database = Database::Open(folder.path() / "usage.db");
    ASSERT_TRUE(database.ok());
    ASSERT_TRUE(database->SetUserVersion(99).ok());
  }
  auto store = OpenSqlite(folder.path());
  ASSERT_FALSE(store.ok());
  EXPECT_EQ(store.status().code(), StatusCode::kFailedPrecondition);
}

TEST(SqliteStoreTest, AFileOfTheFirstVersionKeepsItsSumsAndTellsAutomatedTurnsFromNowOn) {
  TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "usage.db";
  ASSERT_TRUE(OpenSqlite(folder.path()).ok());
  {
    auto database = Database::Open(file);
    ASSERT_TRUE(database.ok());
    ASSERT_TRUE(
        database
            ->Execute("ALTER TABLE cells DROP COLUMN automated_turns; DROP TABLE first_uses; DROP "
                      "TABLE epochs;"
                      "INSERT INTO cells VALUES (20000, 'finance', 'chatgpt', 1, 1, 1, 1, 1, "
                      "1, 2, 9, 4, 1, 50, 700, 1, 1, 1)")
            .ok());
    ASSERT_TRUE(database->SetUserVersion(1).ok());
  }
  for (int i = 0; i < 2; ++i) {  // brought up once, and opened again
    auto store = OpenSqlite(folder.path());
    ASSERT_TRUE(store.ok()) << store.status().ToString();
    auto usage = (*store)->UsageByService(20000, 20001);
    ASSERT_TRUE(usage.ok());
    ASSERT_EQ(usage->size(), 1u);
    EXPECT_EQ(usage->at(0).sums.turns, 9u);
    EXPECT_EQ(usage->at(0).sums.first_this_month, 1u);
    EXPECT_EQ(usage->at(0).sums.automated_turns, 0u);
  }
}

TEST(SqliteStoreTest, TheLedgerHoldsNonceDigestAndACoarseDayAndNothingElse) {
  TemporaryFolder folder;
  auto store = OpenSqlite(folder.path());
  ASSERT_TRUE(store.ok());
  const auto batch = MakeBatch(1, {});
  std::set<int64_t> days;
  for (Day day = kToday; day < kToday + 31; ++day) {
    const auto next =
        MakeBatch(static_cast<uint64_t>(day), {Addition(day, "finance", "chatgpt", {.turns = 1})});
    ASSERT_TRUE((*store)->Commit({&next, 1}, day).ok());
  }
  auto database = Database::OpenReadOnly(folder.path() / "usage.db");
  ASSERT_TRUE(database.ok());
  auto columns = database->Prepare("SELECT group_concat(name) FROM pragma_table_info('nonces')");
  ASSERT_TRUE(columns.ok());
  ASSERT_TRUE(*columns->Step());
  EXPECT_EQ(columns->Text(0), "nonce,digest,expires");
  auto expiries = database->Prepare("SELECT COUNT(DISTINCT expires) FROM nonces");
  ASSERT_TRUE(expiries.ok());
  ASSERT_TRUE(*expiries->Step());
  EXPECT_LE(expiries->Int(0), 2);
  // Without rowid: selecting it is an error, so no order of arrival is kept.
  EXPECT_FALSE(database->Prepare("SELECT rowid FROM nonces").ok());
  EXPECT_FALSE(database->Prepare("SELECT rowid FROM cells").ok());
}

TEST(SqliteStoreTest, ASumThatLeaves63BitsFailsTheCommitAndKeepsTheOldSum) {
  TemporaryFolder folder;
  auto store = OpenSqlite(folder.path());
  ASSERT_TRUE(store.ok());
  const auto full = MakeBatch(1, {Addition(kToday, "hr", "claude", {.turns = INT64_MAX})});
  const auto more = MakeBatch(2, {Addition(kToday, "hr", "claude", {.turns = INT64_MAX})});
  ASSERT_TRUE((*store)->Commit({&full, 1}, kToday).ok());
  EXPECT_FALSE((*store)->Commit({&more, 1}, kToday).ok());
  EXPECT_EQ(TotalOf(**store).turns, static_cast<uint64_t>(INT64_MAX));
}

// Commits batch after batch and tells each outcome to `out`, until it is killed.
[[noreturn]] void CommitUntilKilled(const std::filesystem::path& folder, uint64_t first, int out) {
  auto store = OpenSqlite(folder);
  if (!store.ok()) _exit(1);
  for (uint64_t nonce = first; nonce < first + 5000; ++nonce) {
    const auto batch =
        MakeBatch(nonce, {Addition(kToday, "hr", "claude", {.turns = 1 + nonce % 7})});
    auto outcomes = (*store)->Commit({&batch, 1}, kToday);
    if (!outcomes.ok() || outcomes->at(0) == CommitOutcome::kConflict) _exit(2);
    if (::write(out, &nonce, sizeof nonce) != sizeof nonce) _exit(3);
  }
  _exit(0);
}

// The store's process is killed at random points; the sender resends whatever it has no receipt
// for.
TEST(SqliteStoreTest, KillingTheProcessLosesNothingAndCountsNothingTwice) {
  TemporaryFolder folder;
  std::mt19937 random(7);
  uint64_t next = 0;  // the first batch without a receipt
  for (int kill_round = 0; kill_round < 25; ++kill_round) {
    int pipe_ends[2];
    ASSERT_EQ(::pipe(pipe_ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(pipe_ends[0]);
      CommitUntilKilled(folder.path(), next, pipe_ends[1]);
    }
    ::close(pipe_ends[1]);
    // The kill lands somewhere inside the commit that follows the last receipt read here.
    for (uint32_t wanted = 1 + random() % 20; wanted > 0; --wanted) {
      uint64_t nonce = 0;
      ASSERT_EQ(::read(pipe_ends[0], &nonce, sizeof nonce), static_cast<ssize_t>(sizeof nonce));
      ASSERT_EQ(nonce, next);
      ++next;
    }
    ::kill(child, SIGKILL);
    ::close(pipe_ends[0]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << status;
  }
  auto store = OpenSqlite(folder.path());
  ASSERT_TRUE(store.ok());
  uint64_t expected = 0;
  for (uint64_t nonce = 0; nonce < next + 100; ++nonce) {
    const auto batch =
        MakeBatch(nonce, {Addition(kToday, "hr", "claude", {.turns = 1 + nonce % 7})});
    auto outcomes = (*store)->Commit({&batch, 1}, kToday);
    ASSERT_TRUE(outcomes.ok());
    if (nonce < next) {
      EXPECT_EQ(outcomes->at(0), CommitOutcome::kDuplicate) << nonce;
    }
    expected += 1 + nonce % 7;
  }
  EXPECT_EQ(TotalOf(**store).turns, expected);
}

}  // namespace
}  // namespace gnomon::store
