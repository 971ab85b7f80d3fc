#include "value/figure.h"

#include <gtest/gtest.h>

namespace gnomon::value {
namespace {

std::string English(const v1::Figure& figure) {
  return Read(figure, Language::kEnglish);
}

TEST(FigureTest, EstimatesHaveTwoDigitsThatCount) {
  EXPECT_EQ(TwoDigits(0), 0u);
  EXPECT_EQ(TwoDigits(99), 99u);
  EXPECT_EQ(TwoDigits(1249), 1200u);
  EXPECT_EQ(TwoDigits(1250), 1300u);
  EXPECT_EQ(TwoDigits(18'446'744'073'709'551'615u), 18'000'000'000'000'000'000u);
  EXPECT_EQ(English(Estimate(19'059)), "about 19,000");
  EXPECT_EQ(Read(Estimate(19'059), Language::kChinese), "约 19,000");
}

TEST(FigureTest, AShareOverNinetyHasNoNumberForPeopleOrPrograms) {
  EXPECT_EQ(English(Percent(90)), "90 %");
  EXPECT_EQ(English(Percent(91)), ">90 %");
  EXPECT_EQ(Percent(97).SerializeAsString(), Percent(100).SerializeAsString());
}

TEST(FigureTest, MoneyReadsWithoutCentsAndWithItsCurrency) {
  EXPECT_EQ(English(Money(3399.6, "USD")), "USD 3,400");
}

TEST(FigureTest, ARangeGoesFromLowToHighAndMayBeginBelowZero) {
  EXPECT_EQ(English(Range(-12.4, 9, 40, "hours")), "-12 to 40 (middle 9)");
  EXPECT_EQ(English(Range(-0.2, 9, 1234, "hours")), "0 to 1,200 (middle 9)");
}

TEST(FigureTest, AFigureOfALaterVersionIsShownAsUnknown) {
  EXPECT_EQ(English(v1::Figure()), "?");
}

}  // namespace
}  // namespace gnomon::value
