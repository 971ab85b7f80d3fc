#include "base/sqlite.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/file.h"
#include "base/random.h"

namespace gnomon {
namespace {

class SqliteTest : public testing::Test {
 protected:
  SqliteTest() : folder_(std::filesystem::path(testing::TempDir()) / ("gnomon-sql-" + RandomHex(8))) {
    std::filesystem::create_directories(folder_);
  }
  ~SqliteTest() override { std::filesystem::remove_all(folder_); }

  int64_t Count(Database& database) {
    auto statement = database.Prepare("SELECT count(*) FROM t");
    EXPECT_TRUE(*statement->Step());
    return statement->Int(0);
  }
  const std::filesystem::path folder_;
};

TEST_F(SqliteTest, ATransactionThatIsNotCommittedLeavesNothing) {
  auto database = Database::Open(folder_ / "a.db");
  ASSERT_TRUE(database.ok());
  ASSERT_TRUE(database->Execute("CREATE TABLE t (x)").ok());
  {
    auto transaction = Transaction::Begin(*database);
    ASSERT_TRUE(transaction.ok());
    ASSERT_TRUE(database->Execute("INSERT INTO t VALUES (1)").ok());
  }
  EXPECT_EQ(Count(*database), 0);
  auto transaction = Transaction::Begin(*database);
  ASSERT_TRUE(database->Execute("INSERT INTO t VALUES (1)").ok());
  ASSERT_TRUE(transaction->Commit().ok());
  EXPECT_EQ(Count(*database), 1);
}

TEST_F(SqliteTest, ANewFileIsPrivateAndDurable) {
  auto database = Database::Open(folder_ / "a.db");
  struct stat info {};
  ASSERT_EQ(stat((folder_ / "a.db").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  auto statement = database->Prepare("PRAGMA synchronous");
  ASSERT_TRUE(*statement->Step());
  EXPECT_EQ(statement->Int(0), 2);  // FULL: a commit is on the disk when it returns
}

TEST_F(SqliteTest, BlobsKeepTheirZeroBytes) {
  auto database = Database::Open(":memory:");
  ASSERT_TRUE(database->Execute("CREATE TABLE t (x)").ok());
  const std::string bytes("a\0b", 3);
  auto insert = database->Prepare("INSERT INTO t VALUES (?)");
  ASSERT_TRUE(insert->BindBlob(1, bytes).Run().ok());
  auto select = database->Prepare("SELECT x FROM t");
  ASSERT_TRUE(*select->Step());
  EXPECT_EQ(select->Text(0), bytes);
}

TEST_F(SqliteTest, AFileThatIsNoDatabaseIsDataLossAndNamesTheFile) {
  ASSERT_TRUE(WriteFileAtomically(folder_ / "bad.db", std::string(4096, 'x')).ok());
  const Status status = Database::Open(folder_ / "bad.db").status();
  EXPECT_EQ(status.code(), StatusCode::kDataLoss);
  EXPECT_NE(status.message().find("bad.db"), std::string::npos);
}

TEST_F(SqliteTest, ReadOnlyDoesNotMakeAFileAndDoesNotWrite) {
  EXPECT_EQ(Database::OpenReadOnly(folder_ / "absent.db").status().code(), StatusCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "absent.db"));
  ASSERT_TRUE(Database::Open(folder_ / "a.db")->Execute("CREATE TABLE t (x)").ok());
  auto database = Database::OpenReadOnly(folder_ / "a.db");
  ASSERT_TRUE(database.ok());
  EXPECT_FALSE(database->Execute("INSERT INTO t VALUES (1)").ok());
}

}  // namespace
}  // namespace gnomon
