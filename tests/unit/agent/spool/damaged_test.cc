#include "agent/spool/damaged.h"

#include <chrono>
#include <fstream>

#include "base/sqlite.h"
#include "tests/unit/agent/spool/spool_fixture.h"

namespace gnomon::spool {
namespace {

class DamagedTest : public SpoolTest {
 protected:
  void Damage() const {
    std::filesystem::remove(File().string() + "-wal");
    std::ofstream(File(), std::ios::in | std::ios::out | std::ios::binary) << std::string(200, 'x');
  }
  Result<std::unique_ptr<Spool>> OpenAnyway() const {
    return OpenOrSetAside(File(), "finance", {});
  }
};

TEST_F(DamagedTest, ADamagedFileIsSetAsideCountedAndANewOneBegins) {
  Open()->Consume(Use(kMonday, "chatgpt"));
  Damage();
  const auto before = std::filesystem::file_size(File());
  auto spool = OpenAnyway();
  ASSERT_TRUE(spool.ok()) << spool.status().ToString();
  EXPECT_EQ(Counters(**spool).files_damaged, 1u);
  EXPECT_EQ(std::filesystem::file_size(File().string() + ".damaged-1"), before);
  (*spool)->Consume(Use(kMonday, "chatgpt"));
  EXPECT_TRUE(Freeze(**spool, kMonday));
  spool->reset();
  EXPECT_EQ(Counters(**OpenAnyway()).files_damaged, 1u);
}

TEST_F(DamagedTest, AGoodFileIsLeftAlone) {
  { auto spool = Open(); }
  ASSERT_TRUE(OpenAnyway().ok());
  EXPECT_EQ(CountSetAside(File()), 0u);
}

TEST_F(DamagedTest, ADiskThatDamagesEveryFileEndsInAClearErrorAndNotInALoop) {
  for (int i = 0; i < kMaxSetAside; ++i) {
    {
      auto spool = OpenAnyway();
      ASSERT_TRUE(spool.ok());
    }
    Damage();
  }
  ASSERT_TRUE(OpenAnyway().ok());
  Damage();
  const auto spool = OpenAnyway();
  ASSERT_FALSE(spool.ok());
  EXPECT_EQ(spool.status().code(), StatusCode::kDataLoss);
  EXPECT_NE(spool.status().message().find("check the disk"), std::string::npos);
  EXPECT_EQ(CountSetAside(File()), static_cast<uint64_t>(kMaxSetAside));
}

TEST_F(DamagedTest, AFileThatWasSetAsideIsForgottenAfterNinetyDays) {
  { auto spool = Open(); }
  Damage();
  ASSERT_TRUE(OpenAnyway().ok());
  std::filesystem::last_write_time(
      File().string() + ".damaged-1",
      std::filesystem::file_time_type::clock::now() - std::chrono::hours(24 * 91));
  ASSERT_TRUE(OpenAnyway().ok());
  EXPECT_EQ(CountSetAside(File()), 0u);
}

TEST_F(DamagedTest, AFileOfANewerVersionIsNotSetAside) {
  { auto spool = Open(); }
  ASSERT_TRUE(Database::Open(File())->SetUserVersion(99).ok());
  EXPECT_EQ(OpenAnyway().status().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(CountSetAside(File()), 0u);
}

}  // namespace
}  // namespace gnomon::spool
