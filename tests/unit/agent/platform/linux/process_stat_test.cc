#include "agent/platform/linux/process_stat.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <fstream>
#include <string>

namespace gnomon::platform {
namespace {

// As the kernel writes it, with a name of the program's choice.
std::string Line(const std::string& name) {
  return "4711 (" + name +
         ") S 4242 4711 4711 34816 4711 4194304 1 2 3 4 5 6 7 8 20 0 1 0 987654 1000 100\n";
}

void ExpectFields(const std::string& name) {
  const std::string line = Line(name);
  const auto stat = ParseProcessStat(line);
  ASSERT_TRUE(stat) << name;
  EXPECT_EQ(stat->name, name);
  EXPECT_EQ(stat->parent, 4242);
  EXPECT_TRUE(stat->has_terminal);
  EXPECT_EQ(stat->start_time, 987654u);
}

TEST(ProcessStat, FieldsAreRead) {
  ExpectFields("bash");
}

TEST(ProcessStat, AHostileNameDoesNotShiftTheFields) {
  for (const char* name : {"", " ", ")", "(", "a b c", "x) S 1 1 1 0", ") R 1 2 3", "((((", "))))",
                           "a\nb", "\n) S 1", "(sd-pam)", "tmux: server"}) {
    ExpectFields(name);
  }
}

TEST(ProcessStat, WithoutATerminalThereIsNone) {
  const std::string line = "1 (init) S 0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 12 1000 100\n";
  const auto stat = ParseProcessStat(line);
  ASSERT_TRUE(stat);
  EXPECT_FALSE(stat->has_terminal);
  EXPECT_EQ(stat->parent, 0);
}

TEST(ProcessStat, ALineThatIsCutOffOrNoneIsRefused) {
  const std::string line = Line("bash");
  const size_t needed = line.find("987654");
  for (size_t length = 0; length < needed; ++length) {
    EXPECT_FALSE(ParseProcessStat(std::string_view(line).substr(0, length))) << length;
  }
  EXPECT_FALSE(ParseProcessStat(")(" + line.substr(11)));
  EXPECT_FALSE(ParseProcessStat("1 (a) S x 1 1 0 -1 0 1 2 3 4 5 6 7 8 20 0 1 0 12 1 1"));
  EXPECT_FALSE(ParseProcessStat("1 (a) S 99999999999 1 1 0 -1 0 1 2 3 4 5 6 7 8 20 0 1 0 12 1 1"));
}

TEST(ProcessStat, TheLineOfThisVeryProcessIsRead) {
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  const auto stat = ParseProcessStat(line);
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->parent, getppid());
  EXPECT_GT(stat->start_time, 0u);
}

}  // namespace
}  // namespace gnomon::platform
