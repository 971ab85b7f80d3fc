#include "cli/findings_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace gnomon::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

v1::FindingsAnswer TwoOfOneRule() {
  v1::FindingsAnswer answer;
  answer.mutable_scope()->set_month("2026-10");
  answer.mutable_scope()->set_floor(10);
  answer.set_policy_known(true);
  for (const char* department : {"finance", "sales"}) {
    v1::Finding& finding = *answer.add_findings();
    finding.set_rule("growing");
    finding.set_title("Growing fast");
    finding.add_says(std::string(department) + " grows.");
    finding.set_department(department);
    finding.set_because("Found where it grows.");
    finding.add_could_be_wrong("More agents.");
    finding.set_advice("Talk.");
    (*finding.mutable_figures())["devices"].set_count(30);
    (*finding.mutable_figures())["share"].mutable_percent()->set_over_90(true);
    (*finding.mutable_figures())["turns"].mutable_estimate()->set_value(1200);
  }
  return answer;
}

size_t Times(const std::string& text, const std::string& what) {
  size_t times = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++times;
  return times;
}

TEST(FindingsText, WhatFindingsOfOneRuleShareIsSaidOnce) {
  for (const FindingsFormat format : {FindingsFormat::kText, FindingsFormat::kMarkdown}) {
    const std::string text = Render(TwoOfOneRule(), format, false, false);
    EXPECT_EQ(Times(text, "Growing fast"), 1u);
    EXPECT_EQ(Times(text, "finance grows."), 1u);
    EXPECT_EQ(Times(text, "sales grows."), 1u);
    EXPECT_EQ(Times(text, "Found where it grows."), 1u);
    EXPECT_EQ(Times(text, "Talk."), 1u);
    EXPECT_THAT(text, Not(HasSubstr("no policy")));
    EXPECT_THAT(text, HasSubstr("Finance's file is not given"));
  }
}

TEST(FindingsText, IsPlainInAPipeAndColouredOnATerminal) {
  EXPECT_THAT(Render(TwoOfOneRule(), FindingsFormat::kText, false, false), Not(HasSubstr("\033")));
  EXPECT_THAT(Render(TwoOfOneRule(), FindingsFormat::kText, false, true),
              HasSubstr("\033[1mGrowing"));
}

TEST(FindingsText, AMonthWithoutFindingsSaysSo) {
  v1::FindingsAnswer answer;
  answer.mutable_scope()->set_month("2026-10");
  EXPECT_THAT(Render(answer, FindingsFormat::kText, false, false),
              testing::StartsWith("Nothing to report for 2026-10\n"));
  EXPECT_THAT(Render(answer, FindingsFormat::kText, true, false), HasSubstr("没有策略"));
}

TEST(FindingsJson, HasEveryFigureByItsName) {
  const auto json =
      nlohmann::json::parse(Render(TwoOfOneRule(), FindingsFormat::kJson, false, false));
  ASSERT_EQ(json["findings"].size(), 2u);
  EXPECT_EQ(json["findings"][0]["department"], "finance");
  EXPECT_EQ(json["findings"][0]["figures"]["devices"], 30);
  EXPECT_EQ(json["findings"][0]["figures"]["share"]["percent"], ">90");
  EXPECT_EQ(json["findings"][0]["figures"]["turns"]["about"], 1200);
  EXPECT_EQ(json["finance_known"], false);
}

}  // namespace
}  // namespace gnomon::cli
