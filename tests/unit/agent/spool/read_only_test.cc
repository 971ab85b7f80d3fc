// Reading beside the agent, and without rights to its folder.
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "base/sqlite.h"
#include "tests/unit/agent/spool/spool_fixture.h"

namespace gnomon::spool {
namespace {

// Runs `read` in a child that is an ordinary user; its exit code.
int AsNobody(const std::function<int()>& read) {
  const pid_t child = fork();
  if (child == 0) {
    constexpr unsigned kNobody = 65534;
    if (getuid() == 0 && (setgid(kNobody) != 0 || setuid(kNobody) != 0)) _exit(99);
    _exit(read());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

class ReadOnlyTest : public SpoolTest {
 protected:
  ~ReadOnlyTest() override { std::filesystem::permissions(folder_, std::filesystem::perms(0700)); }

  // What a child without rights to write sees: the number of batches, or 50 + the error's code.
  int BatchesSeenByNobody() {
    return AsNobody([this] {
      Result<std::unique_ptr<Spool>> spool = Spool::OpenReadOnly(File());
      if (!spool.ok()) return 50 + static_cast<int>(spool.status().code());
      Result<std::vector<StoredBatch>> history = (*spool)->History(40);
      return history.ok() ? static_cast<int>(history->size())
                          : 50 + static_cast<int>(history.status().code());
    });
  }
  void MakeReadable() {
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      std::filesystem::permissions(entry.path(), std::filesystem::perms(0444));
    }
    std::filesystem::permissions(folder_, std::filesystem::perms(0555));
  }
};

TEST_F(ReadOnlyTest, SeesWhatTheAgentHasCommittedWhileItIsWriting) {
  auto writer = Open();
  writer->Consume(Use(kMonday, "chatgpt"));
  Freeze(*writer, kMonday);

  Result<Database> second = Database::Open(File());
  ASSERT_TRUE(second->Execute("BEGIN IMMEDIATE; DELETE FROM batches").ok());  // in mid-write
  Result<std::unique_ptr<Spool>> reader = Spool::OpenReadOnly(File());
  ASSERT_TRUE(reader.ok()) << reader.status().ToString();
  EXPECT_EQ(History(**reader).size(), 1u);
  EXPECT_EQ(Counters(**reader).batches_pending, 1u);
  ASSERT_TRUE(second->Execute("ROLLBACK").ok());

  writer->Consume(Use(kMonday + 1, "chatgpt"));
  Freeze(*writer, kMonday + 1);
  EXPECT_EQ(History(**reader).size(), 2u);
}

TEST_F(ReadOnlyTest, WritesNothing) {
  Open().reset();
  Result<std::unique_ptr<Spool>> reader = Spool::OpenReadOnly(File());
  ASSERT_TRUE(reader.ok());
  (*reader)->Consume(Use(kMonday, "chatgpt"));
  EXPECT_EQ((*reader)->Commit().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ((*reader)->Freeze(NoonOf(kMonday)).status().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ((*reader)->MarkSent("0123456789abcdef", kMonday).code(),
            StatusCode::kFailedPrecondition);
}

TEST_F(ReadOnlyTest, NeedsNoRightToWriteWhereTheAgentIsNotRunning) {
  {
    auto spool = Open();
    spool->Consume(Use(kMonday, "chatgpt"));
    Freeze(*spool, kMonday);
  }
  MakeReadable();
  EXPECT_EQ(BatchesSeenByNobody(), 1);
}

TEST_F(ReadOnlyTest, NeedsNoRightToWriteWhileTheAgentIsRunning) {
  auto spool = Open();
  spool->Consume(Use(kMonday, "chatgpt"));
  Freeze(*spool, kMonday);
  MakeReadable();
  EXPECT_EQ(BatchesSeenByNobody(), 1);
}

TEST_F(ReadOnlyTest, SaysWhereTheRightToReadIsMissing) {
  Open().reset();
  std::filesystem::permissions(File(), std::filesystem::perms(0));
  std::filesystem::permissions(folder_, std::filesystem::perms(0555));
  EXPECT_EQ(BatchesSeenByNobody(), 50 + static_cast<int>(StatusCode::kPermissionDenied));
}

TEST_F(ReadOnlyTest, OfNoFileIsNotFound) {
  EXPECT_EQ(Spool::OpenReadOnly(File()).status().code(), StatusCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(File()));
}

}  // namespace
}  // namespace gnomon::spool
