#include "base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/random.h"

namespace gnomon {
namespace {

class FileTest : public testing::Test {
 protected:
  FileTest() : folder_(std::filesystem::path(testing::TempDir()) / ("gnomon-file-" + RandomHex(8))) {
    std::filesystem::create_directories(folder_);
  }
  ~FileTest() override { std::filesystem::remove_all(folder_); }
  const std::filesystem::path folder_;
};

TEST_F(FileTest, WhatIsWrittenIsReadBackWithTheModeAskedFor) {
  const auto path = folder_ / "key";
  const std::string content("a\0b\n", 4);
  ASSERT_TRUE(WriteFileAtomically(path, content, 0600).ok());
  EXPECT_EQ(*ReadFile(path), content);
  struct stat info {};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(FileTest, ReplacingLeavesNoOtherFileBehindAndNarrowsTheMode) {
  const auto path = folder_ / "file";
  ASSERT_TRUE(WriteFileAtomically(path, "one", 0644).ok());
  ASSERT_TRUE(WriteFileAtomically(path, "two", 0600).ok());
  EXPECT_EQ(*ReadFile(path), "two");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(FileTest, ALeftoverOfACrashDoesNotStandInTheWay) {
  const auto path = folder_ / "file";
  ASSERT_TRUE(WriteFileAtomically(folder_ / "file.new", "half", 0400).ok());
  EXPECT_TRUE(WriteFileAtomically(path, "whole").ok());
  EXPECT_EQ(*ReadFile(path), "whole");
}

TEST_F(FileTest, FilesOverTheLimitAreAnErrorAndNotCutOff) {
  const auto path = folder_ / "big";
  ASSERT_TRUE(WriteFileAtomically(path, std::string(1000, 'x')).ok());
  EXPECT_TRUE(ReadFile(path, 1000).ok());
  EXPECT_EQ(ReadFile(path, 999).status().code(), StatusCode::kResourceExhausted);
}

TEST_F(FileTest, ErrorsNameTheFile) {
  const Status status = ReadFile(folder_ / "absent").status();
  EXPECT_EQ(status.code(), StatusCode::kNotFound);
  EXPECT_THAT(status.message(), testing::HasSubstr((folder_ / "absent").string()));
  EXPECT_FALSE(WriteFileAtomically(folder_ / "no" / "folder", "x").ok());
}

}  // namespace
}  // namespace gnomon
