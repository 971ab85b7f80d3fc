#include "collector/query/audit_log.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/unit/collector/store/store_conformance.h"

namespace gnomon::query {
namespace {

std::vector<std::string> Lines(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

class AuditLogTest : public testing::Test {
 protected:
  store::TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "audit.jsonl";
};

TEST_F(AuditLogTest, EachQuestionIsALineWithWhoWhatWhenAndTheOutcome) {
  auto log = AuditLog::Open(file_);
  ASSERT_TRUE(log.ok());
  ASSERT_TRUE((*log)
                  ->Append({1'795'435'200 * kSecondUs, "ann", "analyst", "services", "2026-11",
                            "finance", Status::Ok()})
                  .ok());
  ASSERT_TRUE(
      (*log)
          ->Append({0, "bob", "it", "departments", "nonsense", "", InvalidArgument("not a month")})
          .ok());
  const auto lines = Lines(file_);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(
      SplitLine(lines[0]).object,
      R"({"n":1,"time":"2026-11-23T12:00:00Z","operator":"ann","role":"analyst","question":"services",)"
      R"("month":"2026-11","department":"finance","outcome":"answered"})");
  const auto second = nlohmann::json::parse(lines[1]);
  EXPECT_EQ(second["outcome"], "refused");
  EXPECT_EQ(second["reason"], "invalid_argument");
}

TEST_F(AuditLogTest, WhatAnOperatorTypesCannotBreakTheLine) {
  auto log = AuditLog::Open(file_);
  ASSERT_TRUE(log.ok());
  ASSERT_TRUE((*log)
                  ->Append({0, "an\"n\n", "it", "services", std::string(10'000, 'm'), "\xff\xfe\n{",
                            Status::Ok()})
                  .ok());
  const auto lines = Lines(file_);
  ASSERT_EQ(lines.size(), 1u);
  const auto entry = nlohmann::json::parse(lines[0]);
  EXPECT_EQ(entry["operator"], "an\"n\n");
  EXPECT_EQ(entry["month"].get<std::string>().size(), 64u);
}

TEST_F(AuditLogTest, ItGrowsOverRestartsAndIsPrivate) {
  for (int i = 0; i < 2; ++i) {
    auto log = AuditLog::Open(file_);
    ASSERT_TRUE(log.ok());
    ASSERT_TRUE((*log)->Append({0, "ann", "it", "services", "2026-11", "", Status::Ok()}).ok());
  }
  EXPECT_EQ(Lines(file_).size(), 2u);
  struct stat info {};
  ASSERT_EQ(::stat(file_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(AuditLogTest, AFullDiskIsAnErrorThatMayPass) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  std::filesystem::create_symlink("/dev/full", file_);
  auto log = AuditLog::Open(file_);
  ASSERT_TRUE(log.ok()) << log.status().message();
  EXPECT_EQ((*log)->Append({0, "ann", "it", "services", "", "", Status::Ok()}).code(),
            StatusCode::kUnavailable);
}

}  // namespace
}  // namespace gnomon::query
