#include "base/text_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <sstream>

namespace gnomon {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> Lines(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST(TextTable, ColumnsAreAsWideAsTheirWidestCell) {
  TextTable table({{"NAME"}, {"COUNT", TextTable::Align::kRight}});
  table.AddRow({"a", "1"});
  table.AddRow({"long name", "1,000,000"});
  EXPECT_EQ(table.Render(false),
            "NAME           COUNT\n"
            "a                  1\n"
            "long name  1,000,000\n");
}

TEST(TextTable, WideAndCombiningCharactersKeepTheColumnsStraight) {
  TextTable table({{"NAME"}, {"N", TextTable::Align::kRight}});
  table.AddRow({"通义千问", "1"});
  table.AddRow({"Zoe\u0308", "2"});
  table.AddRow({"12345678", "3"});
  for (const std::string& line : Lines(table.Render(false))) EXPECT_EQ(DisplayWidth(line), 11u);
}

TEST(TextTable, ColourIsOnlyAddedAndOnlyToTheHeader) {
  TextTable table({{"NAME"}});
  table.AddRow({"a"});
  EXPECT_EQ(table.Render(true), "\033[1mNAME\033[0m\na\n");
}

TEST(TextTable, ARuleSpansTheTable) {
  TextTable table({{"A"}, {"B"}});
  table.AddRow({"xxx", "yyy"});
  table.AddRule();
  EXPECT_EQ(DisplayWidth(Lines(table.Render(false)).back()), 8u);
}

TEST(TextTable, MissingCellsAreEmptyAndExtraOnesDropped) {
  TextTable table({{"A"}, {"B"}});
  table.AddRow({"x"});
  table.AddRow({"x", "y", "z"});
  EXPECT_EQ(table.Render(false), "A  B\nx\nx  y\n");
}

TEST(TextTable, EscapeSequencesAndLineFeedsInACellAreShownNotObeyed) {
  TextTable table({{"A"}});
  table.AddRow({"\033[2Jgone\nnext\x7f\xc2\x9b"});
  const std::string text = table.Render(false);
  EXPECT_THAT(text, Not(HasSubstr("\033")));
  EXPECT_THAT(text, Not(HasSubstr("\xc2\x9b")));
  EXPECT_THAT(text, HasSubstr("\ufffd[2Jgone\ufffdnext\ufffd\ufffd"));
  EXPECT_EQ(Lines(text).size(), 2u);
}

// Any bytes: never a crash, never a control character but the line feed at the end.
TEST(TextTable, AnyBytesGiveOneLineWithoutControls) {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    std::string cell(random() % 20, '\0');
    for (char& c : cell) c = static_cast<char>(random());
    TextTable table({{"A"}, {"B"}});
    table.AddRow({cell, "end"});
    const std::string text = table.Render(false);
    for (const char c : text) ASSERT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n');
    ASSERT_EQ(Lines(text).size(), 2u);
    ASSERT_EQ(text.substr(text.size() - 4), "end\n");
  }
}

TEST(GroupedDigits, GroupsByThousands) {
  EXPECT_EQ(GroupedDigits(0), "0");
  EXPECT_EQ(GroupedDigits(999), "999");
  EXPECT_EQ(GroupedDigits(1000), "1,000");
  EXPECT_EQ(GroupedDigits(123456), "123,456");
  EXPECT_EQ(GroupedDigits(18446744073709551615ull), "18,446,744,073,709,551,615");
}

}  // namespace
}  // namespace gnomon
