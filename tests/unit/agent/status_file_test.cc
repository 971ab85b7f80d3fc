#include "agent/status_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/random.h"

namespace gnomon::agent {
namespace {

nlohmann::json Written(const RunningStatus& status) {
  const auto path =
      std::filesystem::path(testing::TempDir()) / ("status-" + RandomHex(8) + ".json");
  EXPECT_TRUE(WriteStatusFile(path, status).ok());
  const Result<std::string> text = ReadFile(path);
  std::filesystem::remove(path);
  return nlohmann::json::parse(*text);
}

TEST(StatusFile, KernelFilterIsShownWhereThereIsOne) {
  RunningStatus status;
  EXPECT_FALSE(Written(status).contains("filter"));
  status.filter = {.in_use = true, .rules = 12, .programs = 3, .everything = 1, .refused = 0};
  const nlohmann::json filter = Written(status)["filter"];
  EXPECT_EQ(filter["rules"], 12);
  EXPECT_EQ(filter["programs"], 3);
  EXPECT_EQ(filter["everything"], 1);
  EXPECT_EQ(filter["refused"], 0);
}

TEST(StatusFile, FilterThatTheKernelNeverTookIsShown) {
  RunningStatus status;
  status.filter.refused = 2;
  EXPECT_EQ(Written(status)["filter"]["refused"], 2);
}

}  // namespace
}  // namespace gnomon::agent
