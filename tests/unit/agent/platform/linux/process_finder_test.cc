// Over a made-up /proc: folders, links and stat lines as the kernel shows them.
#include "agent/platform/linux/process_finder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace gnomon::platform {
namespace {

namespace fs = std::filesystem;

struct MadeProcess {
  int pid = 0;
  std::string executable = {};  // empty: not readable
  std::string name;
  int parent = 1;
  int terminal = 0;
  uint64_t start_time = 100;
  std::vector<std::string> descriptors = {};
};

class ProcessFinder : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "gnomon-proc-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    proc_ = name;
    fs::create_directory(proc_ / "sys");  // as the real one, which has more than processes
    std::ofstream(proc_ / "uptime") << "1 1\n";
  }
  void TearDown() override { fs::remove_all(proc_); }

  void Add(const MadeProcess& process) {
    const fs::path folder = proc_ / std::to_string(process.pid);
    fs::create_directories(folder / "fd");
    if (!process.executable.empty()) fs::create_symlink(process.executable, folder / "exe");
    std::ofstream(folder / "stat")
        << process.pid << " (" << process.name << ") S " << process.parent << " 1 1 "
        << process.terminal << " -1 0 1 2 3 4 5 6 7 8 20 0 1 0 " << process.start_time << " 1 1\n";
    int number = 0;
    for (const std::string& target : process.descriptors) {
      fs::create_symlink(target, folder / "fd" / std::to_string(number++));
    }
  }
  Search Find(uint32_t inode, const SearchLimits& limits = {}) {
    return FindKind(proc_.string(), {inode, geteuid()}, limits);
  }

  fs::path proc_;
};

TEST_F(ProcessFinder, TheHolderOfTheSocketGivesTheKind) {
  Add({.pid = 10, .executable = "/usr/bin/nvim", .name = "nvim", .descriptors = {"socket:[1]"}});
  Add({.pid = 11,
       .executable = "/opt/google/chrome/chrome",
       .name = "chrome",
       .descriptors = {"/dev/null", "pipe:[77]", "socket:[77]"}});
  EXPECT_EQ(Find(77).kind, v1::CLIENT_BROWSER);
  EXPECT_EQ(Find(1).kind, v1::CLIENT_EDITOR);
}

TEST_F(ProcessFinder, ASocketOfNobodyIsUnknownAndNoLimitWasReached) {
  Add({.pid = 10, .executable = "/usr/bin/nvim", .name = "nvim", .descriptors = {"socket:[1]"}});
  const Search search = Find(11);
  EXPECT_EQ(search.kind, v1::CLIENT_UNKNOWN);
  EXPECT_FALSE(search.gave_up);
  EXPECT_EQ(search.descriptors, 1u);
}

TEST_F(ProcessFinder, OnlyProcessesOfTheOwnerAreLookedAt) {
  Add({.pid = 10, .executable = "/usr/bin/nvim", .name = "nvim", .descriptors = {"socket:[1]"}});
  const Search search = FindKind(proc_.string(), {1, geteuid() + 1}, {});
  EXPECT_EQ(search.kind, v1::CLIENT_UNKNOWN);
  EXPECT_EQ(search.descriptors, 0u);
}

TEST_F(ProcessFinder, AProgramInNoListIsNotLookedInto) {
  Add({.pid = 10, .executable = "/opt/diary", .name = "diary", .descriptors = {"socket:[1]"}});
  const Search search = Find(1);
  EXPECT_EQ(search.kind, v1::CLIENT_UNKNOWN);
  EXPECT_EQ(search.descriptors, 0u);
}

TEST_F(ProcessFinder, AToolIsATerminalWithOneAndElseAskedForItsParents) {
  Add({.pid = 10, .executable = "/usr/bin/nvim", .name = "nvim"});
  Add({.pid = 11, .executable = "/usr/bin/dash", .name = "sh", .parent = 10});
  Add({.pid = 12,
       .executable = "/usr/bin/node",
       .name = "node",
       .parent = 11,
       .descriptors = {"socket:[1]"}});
  Add({.pid = 13,
       .executable = "/usr/bin/node",
       .name = "node",
       .parent = 11,
       .terminal = 34816,
       .descriptors = {"socket:[2]"}});
  Add({.pid = 14, .executable = "/usr/bin/node", .name = "node", .descriptors = {"socket:[3]"}});
  EXPECT_EQ(Find(1).kind, v1::CLIENT_EDITOR);
  EXPECT_EQ(Find(2).kind, v1::CLIENT_TERMINAL);
  EXPECT_EQ(Find(3).kind, v1::CLIENT_SCRIPT_RUNTIME);
}

TEST_F(ProcessFinder, AParentYoungerThanItsChildIsNone) {
  Add({.pid = 10, .executable = "/usr/bin/nvim", .name = "nvim", .start_time = 101});
  Add({.pid = 12,
       .executable = "/usr/bin/node",
       .name = "node",
       .parent = 10,
       .start_time = 100,
       .descriptors = {"socket:[1]"}});
  EXPECT_EQ(Find(1).kind, v1::CLIENT_SCRIPT_RUNTIME);
}

TEST_F(ProcessFinder, ParentsInARingComeToAnEnd) {
  Add({.pid = 10, .executable = "/usr/bin/sh", .name = "sh", .parent = 12});
  Add({.pid = 12,
       .executable = "/usr/bin/node",
       .name = "node",
       .parent = 10,
       .descriptors = {"socket:[1]"}});
  EXPECT_EQ(Find(1).kind, v1::CLIENT_SCRIPT_RUNTIME);
}

TEST_F(ProcessFinder, WithoutItsFileTheNameOfTheProcessIsTaken) {
  Add({.pid = 10, .name = "firefox", .descriptors = {"socket:[1]"}});
  EXPECT_EQ(Find(1).kind, v1::CLIENT_BROWSER);
}

TEST_F(ProcessFinder, AProcessThatIsGoneOrUnreadableIsPassedOver) {
  fs::create_directory(proc_ / "9");
  std::ofstream(proc_ / "8") << "no folder";
  Add({.pid = 10, .executable = "/usr/bin/nvim", .name = "nvim", .descriptors = {"socket:[1]"}});
  EXPECT_EQ(Find(1).kind, v1::CLIENT_EDITOR);
  fs::remove(proc_ / "10" / "stat");
  EXPECT_EQ(Find(1).kind, v1::CLIENT_UNKNOWN);
  EXPECT_EQ(FindKind("/nonexistent", {1, geteuid()}, {}).kind, v1::CLIENT_UNKNOWN);
}

TEST_F(ProcessFinder, NoMoreDescriptorsThanTheLimitAreLookedAt) {
  MadeProcess many{.pid = 10, .executable = "/usr/bin/nvim", .name = "nvim"};
  for (int i = 0; i < 50; ++i) many.descriptors.push_back("socket:[" + std::to_string(i) + "]");
  Add(many);
  const Search stopped = Find(99, {.descriptors = 20});
  EXPECT_TRUE(stopped.gave_up);
  EXPECT_EQ(stopped.descriptors, 20u);
  EXPECT_EQ(stopped.kind, v1::CLIENT_UNKNOWN);
  const Search finished = Find(99, {.descriptors = 50});
  EXPECT_FALSE(finished.gave_up);
  EXPECT_EQ(finished.descriptors, 50u);
}

TEST_F(ProcessFinder, NoMoreProcessesThanTheLimitAreLookedAt) {
  for (int pid = 10; pid < 30; ++pid) Add({.pid = pid, .name = "sh", .descriptors = {"pipe:[1]"}});
  const Search stopped = Find(99, {.processes = 5});
  EXPECT_TRUE(stopped.gave_up);
  EXPECT_EQ(stopped.processes, 5u);
  EXPECT_EQ(stopped.descriptors, 5u);
  EXPECT_FALSE(Find(99, {.processes = 20}).gave_up);
}

}  // namespace
}  // namespace gnomon::platform
