#include "collector/query/answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gnomon::query {
namespace {

using cube::ReleasedCell;
using cube::ReleasedCounts;
using cube::ReleasedCube;
using cube::Why;
using testing::ElementsAre;

ReleasedCell Shown(uint64_t devices, uint64_t turns) {
  return {Why::kShown, ReleasedCounts{.devices = devices,
                                      .device_days = devices * 2,
                                      .visits = turns,
                                      .turns = turns,
                                      .active_minutes = turns,
                                      .uploads = turns,
                                      .kib_up = turns,
                                      .kib_down = turns}};
}
ReleasedCell Hidden(Why why) {
  return {why, std::nullopt};
}

ReleasedCube Company() {
  ReleasedCube cube;
  auto& finance = cube.departments["finance"];
  finance.total = Shown(30, 100);
  finance.services = {{"chatgpt", Shown(25, 60)},
                      {"claude", Shown(12, 30)},
                      {"gemini", Shown(11, 5)},
                      {"grok", Shown(10, 2)},
                      {"midjourney", Hidden(Why::kComplement)},
                      {"suno", Hidden(Why::kFloor)}};
  auto& hr = cube.departments["hr"];
  hr.total = Hidden(Why::kFloor);
  auto& it = cube.departments["it"];
  it.total = Shown(20, 0);
  it.volume_hidden = true;
  it.services = {{"chatgpt", Hidden(Why::kFloor)},
                 {"suno", Hidden(Why::kFloor)},
                 {"udio", Hidden(Why::kFloor)}};
  auto& sales = cube.departments["sales"];
  sales.total = Shown(15, 40);
  sales.services = {{"chatgpt", Shown(15, 40)}};
  return cube;
}

// All eight numbers.
std::vector<const v1::Released*> All(const v1::Measures& m) {
  return {&m.devices(), &m.visits(), &m.turns(),    &m.active_minutes(),
          &m.uploads(), &m.kib_up(), &m.kib_down(), &m.device_days()};
}

TEST(AnswersTest, AHiddenCellIsHiddenInEveryMeasureAndNeverANumber) {
  for (const Why why : {Why::kFloor, Why::kComplement}) {
    const v1::Measures measures = ToMeasures(Hidden(why));
    for (const v1::Released* released : All(measures)) {
      ASSERT_EQ(released->state_case(), v1::Released::kHidden);
      EXPECT_EQ(released->hidden().why(),
                why == Why::kFloor ? v1::Hidden::WHY_FLOOR : v1::Hidden::WHY_COMPLEMENT);
    }
  }
}

TEST(AnswersTest, AShownCellHasEveryMeasure) {
  const v1::Measures measures = ToMeasures(Shown(12, 0));
  for (const v1::Released* released : All(measures)) {
    EXPECT_EQ(released->state_case(), v1::Released::kValue);
  }
  EXPECT_EQ(measures.devices().value(), 12u);
  EXPECT_EQ(measures.device_days().value(), 24u);
}

TEST(AnswersTest, TheAutomatedShareIsInStepsAndHasNoNumberOverNinety) {
  const auto share = [](uint64_t automated, uint64_t turns) {
    ReleasedCell cell = Shown(12, turns);
    cell.counts->automated_turns = automated;
    return ToMeasures(cell).automated();
  };
  EXPECT_EQ(share(0, 0).percent(), 0u);
  EXPECT_EQ(share(1, 100).percent(), 0u);
  EXPECT_EQ(share(33, 100).percent(), 35u);
  EXPECT_EQ(share(900, 1000).percent(), 90u);
  for (const uint64_t automated : {901u, 999u, 1000u}) {
    EXPECT_TRUE(share(automated, 1000).over_90());
    EXPECT_FALSE(share(automated, 1000).has_percent());
  }
}

TEST(AnswersTest, TheAutomatedShareIsHiddenWithItsCellAndWithItsVolume) {
  EXPECT_EQ(ToMeasures(Hidden(Why::kFloor)).automated().hidden().why(), v1::Hidden::WHY_FLOOR);
  EXPECT_EQ(ToMeasures(Shown(20, 0), true).automated().hidden().why(),
            v1::Hidden::WHY_COMPLEMENT);
  v1::DepartmentsAnswer answer;
  FillDepartments(Company(), {}, {}, answer);
  EXPECT_TRUE(answer.rows(1).measures().automated().has_hidden());
}

TEST(AnswersTest, DepartmentsHaveOneRowEachAndTotalsOfShownRowsOnly) {
  v1::DepartmentsAnswer answer;
  FillDepartments(Company(), {{"finance", 40}, {"hr", 3}, {"legal", 9}}, {}, answer);
  ASSERT_EQ(answer.rows_size(), 4);
  EXPECT_EQ(answer.rows(0).department(), "finance");
  EXPECT_EQ(answer.rows(0).enrolled(), 40u);
  EXPECT_EQ(answer.rows(1).enrolled(), 3u);
  EXPECT_TRUE(answer.rows(1).measures().turns().has_hidden());
  EXPECT_EQ(answer.total().devices().value(), 30u + 20 + 15);
  EXPECT_EQ(answer.total().turns().value(), 100u + 40);
}

TEST(AnswersTest, AHiddenVolumeIsNoZero) {
  v1::DepartmentsAnswer answer;
  FillDepartments(Company(), {}, {}, answer);
  const v1::Measures& it = answer.rows(2).measures();
  EXPECT_EQ(it.devices().value(), 20u);
  EXPECT_EQ(it.device_days().value(), 40u);
  EXPECT_EQ(it.turns().hidden().why(), v1::Hidden::WHY_COMPLEMENT);
  EXPECT_TRUE(it.uploads().has_hidden());
}

TEST(AnswersTest, TopServicesAreTheThreeShownOnesWithMostTurns) {
  v1::DepartmentsAnswer answer;
  FillDepartments(Company(), {}, {}, answer);
  EXPECT_THAT(answer.rows(0).top_services(), ElementsAre("chatgpt", "claude", "gemini"));
  EXPECT_EQ(answer.rows(1).top_services_size(), 0);
  EXPECT_EQ(answer.rows(2).top_services_size(), 0);
}

TEST(AnswersTest, WithNoShownRowTheTotalIsHidden) {
  ReleasedCube cube;
  cube.departments["hr"].total = Hidden(Why::kFloor);
  v1::DepartmentsAnswer answer;
  FillDepartments(cube, {}, {}, answer);
  for (const v1::Released* released : All(answer.total())) EXPECT_TRUE(released->has_hidden());
}

TEST(AnswersTest, ServicesOfADepartmentAreShownByTurnsAndThenHiddenByName) {
  v1::ServicesAnswer answer;
  ASSERT_TRUE(FillServices(Company(), "finance", {}, answer).ok());
  std::vector<std::string> order;
  for (const auto& row : answer.rows()) order.push_back(row.service());
  EXPECT_THAT(order, ElementsAre("chatgpt", "claude", "gemini", "grok", "midjourney", "suno"));
  EXPECT_EQ(answer.rows(4).measures().turns().hidden().why(), v1::Hidden::WHY_COMPLEMENT);
  // The department's own figure, as the departments' table shows it; hidden services are part of it.
  EXPECT_EQ(answer.total().turns().value(), 100u);
  EXPECT_EQ(answer.total().devices().value(), 30u);
  EXPECT_EQ(answer.department(), "finance");
}

TEST(AnswersTest, ServicesOfTheCompanyAddUpTheDepartmentsWhereTheyAreShown) {
  v1::ServicesAnswer answer;
  ASSERT_TRUE(FillServices(Company(), "", {}, answer).ok());
  EXPECT_EQ(answer.rows(0).service(), "chatgpt");
  EXPECT_EQ(answer.rows(0).measures().turns().value(), 100u);
  EXPECT_EQ(answer.rows(0).measures().devices().value(), 40u);
  EXPECT_EQ(answer.total().turns().value(), 140u);
  const auto& last = answer.rows(answer.rows_size() - 1);
  EXPECT_EQ(last.service(), "udio");
  EXPECT_TRUE(last.measures().devices().has_hidden());
}

TEST(AnswersTest, ADepartmentUnderTheFloorHasNoServiceRows) {
  v1::ServicesAnswer answer;
  ASSERT_TRUE(FillServices(Company(), "hr", {}, answer).ok());
  EXPECT_EQ(answer.rows_size(), 0);
  for (const v1::Released* released : All(answer.total())) EXPECT_TRUE(released->has_hidden());
}

TEST(AnswersTest, AnUnknownDepartmentIsNotFound) {
  v1::ServicesAnswer answer;
  EXPECT_EQ(FillServices(Company(), "nowhere", {}, answer).code(), StatusCode::kNotFound);
}

policy::Organisation Decided() {
  v1::Policy policy;
  policy.set_floor(10);
  auto& finance = *policy.add_departments();
  finance.set_code("finance");
  finance.set_name("Finance");
  finance.set_function(v1::FUNCTION_BACK_OFFICE);
  finance.set_heads(40);
  auto& claude = *finance.add_sanctioned();
  claude.set_service("claude");
  claude.set_seats(20);
  auto& hr = *policy.add_departments();
  hr.set_code("hr");
  hr.set_heads(5);
  auto& sales = *policy.add_departments();
  sales.set_code("sales");
  auto& chat = *sales.add_sanctioned();
  chat.set_service("chatgpt");
  chat.set_seats(15);
  auto& gemini = *policy.add_sanctioned();
  gemini.set_service("gemini");
  gemini.set_seats(300);
  return policy::Organisation(policy);
}

TEST(AnswersTest, DepartmentsSayWhatThePolicySaysOfThem) {
  v1::DepartmentsAnswer answer;
  FillDepartments(Company(), {}, Decided(), answer);
  EXPECT_EQ(answer.rows(0).name(), "Finance");
  EXPECT_EQ(answer.rows(0).function(), v1::FUNCTION_BACK_OFFICE);
  EXPECT_EQ(answer.rows(0).heads(), 40u);
  EXPECT_EQ(answer.rows(0).reach().percent(), 75u);  // 30 devices
  EXPECT_TRUE(answer.rows(1).reach().has_hidden()) << "of a hidden department";
  EXPECT_FALSE(answer.rows(2).has_reach()) << "not in the policy";
  EXPECT_FALSE(answer.rows(3).has_reach()) << "without a head count";
}

TEST(AnswersTest, AServiceIsSanctionedForTheDepartmentsThatThePolicyNames) {
  const auto standing = [](const std::string& department, const std::string& service) {
    v1::ServicesAnswer answer;
    EXPECT_TRUE(FillServices(Company(), department, Decided(), answer).ok());
    for (const auto& row : answer.rows()) {
      if (row.service() == service) return std::pair(row.standing(), row.seats());
    }
    ADD_FAILURE() << service;
    return std::pair(v1::STANDING_UNSPECIFIED, 0u);
  };
  EXPECT_EQ(standing("finance", "claude"), std::pair(v1::STANDING_SANCTIONED, 20u));
  EXPECT_EQ(standing("finance", "chatgpt"), std::pair(v1::STANDING_UNSANCTIONED, 0u));
  EXPECT_EQ(standing("finance", "gemini"), std::pair(v1::STANDING_SANCTIONED, 0u));
  EXPECT_EQ(standing("", "gemini"), std::pair(v1::STANDING_SANCTIONED, 300u));
  EXPECT_EQ(standing("", "chatgpt"), std::pair(v1::STANDING_MIXED, 15u));
  EXPECT_EQ(standing("", "suno"), std::pair(v1::STANDING_UNSANCTIONED, 0u));
}

TEST(AnswersTest, WithoutAPolicyNothingIsCalledUnsanctioned) {
  v1::ServicesAnswer answer;
  ASSERT_TRUE(FillServices(Company(), "finance", {}, answer).ok());
  for (const auto& row : answer.rows()) EXPECT_EQ(row.standing(), v1::STANDING_UNSPECIFIED);
}

}  // namespace
}  // namespace gnomon::query
