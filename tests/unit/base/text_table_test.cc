#include "base/text_table.h"

#include <gtest/gtest.h>

namespace gnomon {
namespace {

TEST(TextTable, ColumnsAreAsWideAsTheirWidestCell) {
  TextTable table({{"NAME"}, {"TURNS", TextTable::Align::kRight}});
  table.AddRow({"finance", "8,722"});
  table.AddRow({"it", "7"});
  EXPECT_EQ(table.Render(false),
            "NAME     TURNS\n"
            "finance  8,722\n"
            "it           7\n");
}

TEST(TextTable, WideCharactersTakeTwoColumns) {
  TextTable table({{"SERVICE"}, {"N", TextTable::Align::kRight}});
  table.AddRow({"通义千问", "1"});
  table.AddRow({"claude", "2"});
  EXPECT_EQ(table.Render(false),
            "SERVICE   N\n"
            "通义千问  1\n"
            "claude    2\n");
}

TEST(TextTable, LinesHaveNoSpacesAtTheirEnds) {
  TextTable table({{"A"}, {"B"}});
  table.AddRow({"x"});
  EXPECT_EQ(table.Render(false), "A  B\nx\n");
}

TEST(TextTable, OnlyTheHeaderIsBoldAndOnlyWhereColourIsWanted) {
  TextTable table({{"A"}});
  table.AddRow({"x"});
  EXPECT_EQ(table.Render(true), "\033[1mA\033[0m\nx\n");
}

TEST(TextTable, WidthOfBrokenUtf8IsOneAByte) {
  EXPECT_EQ(DisplayWidth("\xff\xfe"), 2u);
  EXPECT_EQ(DisplayWidth("\xe4\xb8"), 2u);  // cut off in the middle
  EXPECT_EQ(DisplayWidth("e\xcc\x81"), 1u);  // e and a combining acute accent
}

TEST(TextTable, DigitsAreGroupedByThree) {
  EXPECT_EQ(GroupedDigits(0), "0");
  EXPECT_EQ(GroupedDigits(999), "999");
  EXPECT_EQ(GroupedDigits(1000), "1,000");
  EXPECT_EQ(GroupedDigits(1234567), "1,234,567");
  EXPECT_EQ(GroupedDigits(18446744073709551615ull), "18,446,744,073,709,551,615");
}

}  // namespace
}  // namespace gnomon
