#include "value/findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/value/company.h"

namespace gnomon::value {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class FindingsTest : public ::testing::Test {
 protected:
  std::vector<std::string> Rules() const {
    std::vector<std::string> rules;
    for (const v1::Finding& finding : FindAll(facts, book, Language::kEnglish)) {
      rules.push_back(finding.rule() +
                      (finding.department().empty() ? "" : " " + finding.department()) +
                      (finding.service().empty() ? "" : " " + finding.service()));
    }
    return rules;
  }
  v1::Finding Only() const {
    const auto findings = FindAll(facts, book, Language::kEnglish);
    EXPECT_EQ(findings.size(), 1u);
    return findings.empty() ? v1::Finding() : findings.front();
  }
  std::string Says() const {
    std::string text;
    const v1::Finding only = Only();
    for (const std::string& sentence : only.says()) text += sentence + "\n";
    return text;
  }
  DepartmentFacts& finance() { return facts.departments[0]; }
  ServiceFacts& official() { return finance().services[0]; }
  ServiceFacts& personal() { return finance().services[1]; }

  const Rulebook book = RealRulebook();
  Facts facts = QuietCompany();
};

TEST_F(FindingsTest, NothingIsFoundInAQuietCompany) {
  EXPECT_THAT(Rules(), IsEmpty());
}

TEST_F(FindingsTest, NothingIsFoundWhereNothingIsKnown) {
  facts = Facts();
  EXPECT_THAT(Rules(), IsEmpty());
  facts.departments.emplace_back();
  facts.departments.back().services.emplace_back();
  EXPECT_THAT(Rules(), IsEmpty());
}

TEST_F(FindingsTest, ADepartmentThatWorksWithWhatNobodyChoseDependsOnUnofficialAi) {
  finance().all = MakeUse(40, 10, 6);
  personal().now = MakeUse(38, 9, 6);
  personal().before = {personal().now, personal().now, personal().now};
  EXPECT_THAT(Rules(), ElementsAre("depends-on-unofficial finance"));
  EXPECT_EQ(Says(),
            "finance works with AI that nobody chose for it: >90 % of its turns go to chatgpt.\n"
            "It is used on 40 laptops (67 % of the department), on 10 days a month each, with "
            "about 2,400 "
            "turns.\n");
}

TEST_F(FindingsTest, ASanctionedServiceIsNoDependenceOnUnofficialAi) {
  finance().all = MakeUse(40, 10, 6);
  official().now = MakeUse(38, 9, 6);
  official().before = {official().now, official().now, official().now};
  EXPECT_THAT(Rules(), IsEmpty());
}

TEST_F(FindingsTest, AHabitWithoutAContractIsWorthBuying) {
  personal().now.habit_devices = 12;
  personal().now.device_days = 12 * 8;
  personal().price = ListPrice{3000, "EUR", "Business"};
  finance().finance.hourly_cost = 60;
  EXPECT_THAT(Rules(), ElementsAre("buy finance chatgpt"));
  const std::string says = Says();
  EXPECT_THAT(
      says, HasSubstr("uses chatgpt by habit on 12 laptops at the least, on 8 days a month each"));
  EXPECT_THAT(says, HasSubstr("EUR 30 a seat and month (Business): EUR 360 a month for 12 seats"));
  // 30 EUR are 30 minutes at 60 EUR an hour. 12 laptops with 96 minutes: 8 each, a minute of it at
  // 15 %.
  EXPECT_THAT(says,
              HasSubstr("paid for by 30 minutes saved a month; in the low case of the studies its "
                        "use saves 1 minutes. That is not enough"));
  EXPECT_THAT(Only().sources(), Not(IsEmpty()));
}

TEST_F(FindingsTest, WhereTheLowCasePaysThePriceItSaysSo) {
  personal().now.habit_devices = 12;
  personal().now.device_days = 12 * 8;
  personal().now.active_minutes = 12 * 600;
  personal().price = ListPrice{3000, "EUR", "Business"};
  finance().finance.hourly_cost = 60;
  EXPECT_THAT(Says(), HasSubstr("its use saves 90 minutes. It pays."));
  EXPECT_THAT(Says(), HasSubstr("18 to 80 (middle 40) hours a month"));
}

TEST_F(FindingsTest, CodeAssistantsAreTriedBeforeTheyAreBoughtBecauseTheLowCaseSavesNothing) {
  personal().category = v1::CATEGORY_CODE;
  personal().now.habit_devices = 12;
  personal().now.device_days = 12 * 8;
  personal().price = ListPrice{1900, "EUR", "Business"};
  finance().finance.hourly_cost = 60;
  EXPECT_THAT(Says(), HasSubstr("try it with a part of the department before"));
  EXPECT_THAT(Says(), Not(HasSubstr("paid for by")));
}

TEST_F(FindingsTest, PricesInAnotherCurrencyGiveNoBreakEven) {
  personal().now.habit_devices = 12;
  personal().now.device_days = 12 * 8;
  personal().price = ListPrice{3000, "USD", "Business"};
  finance().finance.hourly_cost = 60;
  EXPECT_THAT(Says(), HasSubstr("different currencies"));
  EXPECT_THAT(Says(), Not(HasSubstr("paid for by")));
}

TEST_F(FindingsTest, WithoutAPriceTheSeatsAreNamedAndNoMoney) {
  personal().now.habit_devices = 12;
  personal().now.device_days = 12 * 8;
  EXPECT_THAT(Says(), Not(HasSubstr("price")));
}

TEST_F(FindingsTest, ServicesWithoutAStudyGetNoEstimate) {
  personal().category = v1::CATEGORY_IMAGE;
  personal().now.habit_devices = 12;
  personal().now.device_days = 12 * 8;
  EXPECT_THAT(Says(), Not(HasSubstr("hours")));
  EXPECT_THAT(Only().sources(), IsEmpty());
}

TEST_F(FindingsTest, AModelOnTheLaptopHasNoSeatsToBuy) {
  personal().surface = v1::SURFACE_LOCAL_MODEL;
  personal().now.habit_devices = 12;
  personal().now.device_days = 12 * 8;
  EXPECT_THAT(Rules(), IsEmpty());
}

TEST_F(FindingsTest, IdleSeatsBesideAPersonalToolMeanThatTheOfficialOneLoses) {
  official().seats = 60;
  personal().now = MakeUse(24, 3, 3);
  personal().before = {personal().now, personal().now, personal().now};
  EXPECT_THAT(Rules(), ElementsAre("official-loses finance copilot"));
  EXPECT_THAT(Says(),
              HasSubstr("copilot has 60 seats in finance and is used on 14 laptops (23 %), while "
                        "chatgpt, which is not sanctioned, is used on 24"));
}

TEST_F(FindingsTest, AHiddenUseOfTheOfficialToolIsNotCalledIdle) {
  official().seats = 60;
  official().now = {};
  personal().now = MakeUse(24, 3, 3);
  personal().before = {};
  EXPECT_THAT(Rules(), IsEmpty());
}

TEST_F(FindingsTest, AnImageToolIsNoRivalOfAChatTool) {
  official().seats = 60;
  personal().now = MakeUse(24, 3, 3);
  personal().before = {};
  personal().category = v1::CATEGORY_IMAGE;
  EXPECT_THAT(Rules(), IsEmpty());
}

TEST_F(FindingsTest, SeatsForEverybodyAreComparedOverTheOrganisation) {
  facts.organisation.services = {official(), personal()};
  facts.organisation.services[0].seats = 300;
  facts.organisation.services[0].now = MakeUse(42, 4, 3);
  facts.organisation.services[1].now = MakeUse(90, 2, 2);
  EXPECT_THAT(Rules(), ElementsAre("official-loses copilot"));
  EXPECT_THAT(Says(), HasSubstr("300 seats in the organisation"));
}

TEST_F(FindingsTest, ABudgetThatGoesElsewhereDoesNotFollowTheUse) {
  finance().all.active_minutes = 6000;
  finance().finance.ai_budget = 10'000;
  facts.departments[1].all.active_minutes = 2000;
  facts.departments[1].finance.ai_budget = 90'000;
  EXPECT_THAT(Rules(), ElementsAre("budget-does-not-follow finance"));
}

TEST_F(FindingsTest, AnOfficeFunctionIsNamedWhereItHasSeveralDepartments) {
  for (const char* code : {"legal", "procurement"}) {
    facts.departments.push_back(QuietDepartment(code));
    facts.departments.back().function = v1::FUNCTION_BACK_OFFICE;
    facts.departments.back().all.active_minutes = 3000;
    facts.departments.back().finance.ai_budget = 20'000;
  }
  facts.departments[1].all.active_minutes = 2000;
  facts.departments[1].finance.ai_budget = 90'000;
  EXPECT_EQ(Rules().front(), "budget-does-not-follow");
  EXPECT_THAT(FindAll(facts, book, Language::kEnglish)[0].says(0), HasSubstr("The back office has"));
}

TEST_F(FindingsTest, ADepartmentWithoutABudgetLineIsNotComparedWithOthers) {
  finance().all.active_minutes = 6000;
  facts.departments[1].finance.ai_budget = 90'000;
  EXPECT_THAT(Rules(), IsEmpty());
}

TEST_F(FindingsTest, DeepUseBesideOutsourcingIsABackOfficeOpportunity) {
  finance().all = MakeUse(20, 4, 12);
  finance().finance.outsourcing = 400'000;
  finance().finance.agency = 50'000;
  EXPECT_THAT(Rules(), ElementsAre("back-office-opportunity finance"));
  EXPECT_THAT(Says(), HasSubstr("spends EUR 450,000 a year"));
  finance().function = v1::FUNCTION_FRONT_OFFICE;
  EXPECT_THAT(Rules(), IsEmpty());
}

TEST_F(FindingsTest, AServiceThatLostHalfOfItsLaptopsWasTriedAndLeft) {
  personal().before = {MakeUse(20, 2, 2), MakeUse(30, 2, 2), MakeUse(30, 2, 2)};
  EXPECT_THAT(Rules(), ElementsAre("tried-and-left finance chatgpt"));
  EXPECT_EQ(Says(),
            "chatgpt was used on 30 laptops of finance in 2026-08 and on 12 now: 60 % left it.\n");
}

TEST_F(FindingsTest, AServiceThatIsHiddenNowIsNotCalledLeft) {
  personal().before = {MakeUse(20, 2, 2), MakeUse(30, 2, 2)};
  personal().now = {};
  EXPECT_THAT(Rules(), IsEmpty());
}

TEST_F(FindingsTest, AServiceThatGrewByHalfInTwoMonthsGrows) {
  personal().before = {MakeUse(11, 2, 2), MakeUse(8, 2, 2)};
  EXPECT_THAT(Rules(), ElementsAre("growing finance chatgpt"));
  EXPECT_EQ(Says(), "chatgpt is now used on 12 laptops of finance, from 8 in 2026-08 (+50 %).\n");
  personal().before[0].devices = 7;  // it fell in between
  EXPECT_THAT(Rules(), IsEmpty());
}

TEST_F(FindingsTest, OneVendorForLongIsALockIn) {
  personal().now = MakeUse(12, 5, 20);
  personal().long_tenure_percent = 70;
  EXPECT_THAT(Rules(), ElementsAre("lock-in finance"));
  EXPECT_THAT(Says(), HasSubstr("OpenAI carries 88 % of the turns of finance (chatgpt), and 70 %"));
}

TEST_F(FindingsTest, MissingAgentsAndVpnsAreBlindSpots) {
  finance().heads = 400;
  facts.coverage.vpn = 60;
  facts.departments[2].all = {};
  EXPECT_THAT(Rules(), ElementsAre("blind-spots"));
  const std::string says = Says();
  EXPECT_THAT(says, HasSubstr("Agents run on 150 laptops for 520 people (29 %)"));
  EXPECT_THAT(says, HasSubstr("40 % of the laptops use a VPN"));
  EXPECT_THAT(says, HasSubstr("1 departments are too small"));
  EXPECT_THAT(says, Not(HasSubstr("DNS")));
}

TEST_F(FindingsTest, AThresholdThatThePolicyRaisesIsHeld) {
  personal().before = {MakeUse(11, 2, 2), MakeUse(8, 2, 2)};
  Rulebook changed = book;
  ASSERT_TRUE(changed.Change({{"growing", "growth_percent", 60}}).ok());
  EXPECT_THAT(FindAll(facts, changed, Language::kEnglish), IsEmpty());
}

TEST_F(FindingsTest, EveryFindingReadsInChinese) {
  personal().before = {MakeUse(11, 2, 2), MakeUse(8, 2, 2)};
  const auto findings = FindAll(facts, book, Language::kChinese);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].title(), "快速增长");
  EXPECT_EQ(findings[0].says(0),
            "finance 使用 chatgpt 的电脑现有 12 台，2026-08 为 8 台（+50 %）。");
}

TEST_F(FindingsTest, NoBraceIsLeftInAnyText) {
  personal().now = MakeUse(38, 9, 6);
  personal().now.habit_devices = 30;
  personal().price = ListPrice{3000, "EUR", "Business"};
  finance().all = MakeUse(40, 10, 12);
  finance().finance = {.ai_budget = 1, .hourly_cost = 50, .outsourcing = 10, .agency = 10};
  facts.departments[1].finance.ai_budget = 1000;
  facts.coverage.vpn = 100;
  for (const Language language : {Language::kEnglish, Language::kChinese}) {
    const auto findings = FindAll(facts, book, language);
    EXPECT_GE(findings.size(), 5u);
    for (const v1::Finding& finding : findings) {
      EXPECT_THAT(finding.ShortDebugString().find("{reach"), std::string::npos);
      EXPECT_THAT(finding.because(), Not(IsEmpty()));
      EXPECT_THAT(finding.because(), Not(HasSubstr("{")));
      EXPECT_THAT(finding.advice(), Not(HasSubstr("{")));
      for (const std::string& sentence : finding.says()) EXPECT_THAT(sentence, Not(HasSubstr("{")));
    }
  }
}

}  // namespace
}  // namespace gnomon::value
