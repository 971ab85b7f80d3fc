#include "value/rulebook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/unit/value/company.h"

namespace gnomon::value {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string RealText() {
  std::ifstream file(GNOMON_SOURCE_DIR "/rules/value/findings.yaml");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The error that the real file gives after `from` was replaced by `to`.
std::string ErrorAfter(const std::string& from, const std::string& to) {
  std::string text = RealText();
  const size_t at = text.find(from);
  if (at == std::string::npos) return "not in the file: " + from;
  text.replace(at, from.size(), to);
  const auto book = Rulebook::Parse(text, "findings.yaml");
  return book.ok() ? "no error" : book.status().message();
}

TEST(RulebookTest, TheInstalledFileIsRead) {
  const Rulebook book = RealRulebook();
  EXPECT_EQ(book.rules().size(), 9u);
  ASSERT_NE(book.effect(v1::CATEGORY_CODE), nullptr);
  EXPECT_DOUBLE_EQ(book.effect(v1::CATEGORY_CODE)->low, -0.16);
  EXPECT_EQ(book.effect(v1::CATEGORY_IMAGE), nullptr);
}

TEST(RulebookTest, AFigureThatTheRuleDoesNotHaveIsRefusedWithItsPlace) {
  const std::string error = ErrorAfter("{peak} laptops of", "{summit} laptops of");
  EXPECT_THAT(error, HasSubstr("findings.yaml:"));
  EXPECT_THAT(error, HasSubstr("{summit} is no figure or threshold of tried-and-left"));
}

TEST(RulebookTest, AFigureInTheReasonIsRefusedBecauseOnlyThresholdsStandThere) {
  EXPECT_THAT(ErrorAfter("one vendor has {vendor_percent} %", "one vendor has {share}"),
              HasSubstr("{share} is no threshold of lock-in"));
}

TEST(RulebookTest, AThresholdThatNobodyKnowsIsRefused) {
  EXPECT_THAT(ErrorAfter("gap_points: {value: 15", "gap_meters: {value: 15"),
              HasSubstr("budget-does-not-follow has no threshold gap_meters"));
}

TEST(RulebookTest, AThresholdOutsideOfItsRangeIsRefused) {
  EXPECT_THAT(ErrorAfter("gap_points: {value: 15", "gap_points: {value: 70"),
              HasSubstr("value: expected a whole number from 5 to 60"));
}

TEST(RulebookTest, ARuleThatIsMissingIsNamed) {
  std::string text = RealText();
  text.resize(text.find("  - id: blind-spots"));
  const auto book = Rulebook::Parse(text, "findings.yaml");
  ASSERT_FALSE(book.ok());
  EXPECT_EQ(book.status().message(), "findings.yaml: findings: blind-spots is missing");
}

TEST(RulebookTest, ALanguageThatIsLeftOutIsNamed) {
  EXPECT_THAT(ErrorAfter("name: {en: Buy, zh: 建议采购}", "name: {en: Buy}"),
              HasSubstr("zh: is missing"));
}

TEST(RulebookTest, AnEstimateWithoutASourceIsRefused) {
  const auto book = Rulebook::Parse(
      "effects: [{id: x, categories: [image], low: 0, mid: 1, high: 2, sources: []}]\nfindings: "
      "[]\n",
      "f.yaml");
  ASSERT_FALSE(book.ok());
  EXPECT_THAT(book.status().message(), HasSubstr("sources: an estimate needs a source"));
}

TEST(RulebookTest, AMiddleBelowTheLowCaseIsRefused) {
  EXPECT_THAT(ErrorAfter("mid: 0.15", "mid: -0.5"), HasSubstr("mid: expected a number from -0.16"));
}

TEST(RulebookTest, AChangeOutOfRangeChangesNothing) {
  Rulebook book = RealRulebook();
  const Status status =
      book.Change({{"growing", "growth_percent", 60}, {"growing", "growth_percent", 1}});
  EXPECT_EQ(status.message(), "growing: growth_percent: expected from 20 to 500");
  EXPECT_EQ(book.rule("growing").at("growth_percent"), 50u);
}

TEST(RulebookTest, AChangeOfWhatIsNotThereIsNamed) {
  Rulebook book = RealRulebook();
  EXPECT_EQ(book.Change({{"shrinking", "x", 1}}).message(), "there is no finding shrinking");
  EXPECT_EQ(book.Change({{"growing", "x", 1}}).message(), "growing has no threshold x");
}

TEST(FillTest, ASentenceWithAFigureThatIsNotKnownIsLeftOut) {
  const Figures figures = {{"a", Count(1200)}};
  EXPECT_EQ(Fill("{a} of it", figures, Language::kEnglish), "1,200 of it");
  EXPECT_EQ(Fill("{a} of {b}", figures, Language::kEnglish), "");
  EXPECT_EQ(Fill("an open { brace", figures, Language::kEnglish), "an open { brace");
}

TEST(FillTest, NamesInBracesAreFound) {
  EXPECT_THAT(NamesIn("{a} and {b_c}, {"), ElementsAre("a", "b_c"));
}

}  // namespace
}  // namespace gnomon::value
