#include "policy/small_departments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "policy/policy.h"

namespace gnomon::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

void Add(v1::Policy& policy, const std::string& code, v1::Function function, uint32_t heads) {
  v1::Policy::Department& added = *policy.add_departments();
  added.set_code(code);
  added.set_function(function);
  added.set_heads(heads);
}

TEST(SmallDepartments, OneThatReachesTheFloorNeedsNoMerge) {
  v1::Policy policy = Default();  // floor 10
  Add(policy, "hr", v1::FUNCTION_BACK_OFFICE, 10);
  Add(policy, "unknown", v1::FUNCTION_BACK_OFFICE, 0);
  EXPECT_THAT(ProposeMerges(policy), IsEmpty());
}

TEST(SmallDepartments, TwoOfOneFunctionAreProposedTogether) {
  v1::Policy policy = Default();
  Add(policy, "legal", v1::FUNCTION_BACK_OFFICE, 9);
  Add(policy, "finance", v1::FUNCTION_BACK_OFFICE, 60);
  Add(policy, "audit", v1::FUNCTION_BACK_OFFICE, 5);
  const auto merges = ProposeMerges(policy);
  ASSERT_THAT(merges, SizeIs(1));
  EXPECT_THAT(merges[0].departments, ElementsAre("audit", "legal"));
  EXPECT_EQ(Describe(merges[0], 10),
            "Merge audit and legal, which have the same function and 14 people together: apart, "
            "those with fewer than "
            "10 people will always be hidden.");
}

TEST(SmallDepartments, OneAloneJoinsTheSmallestOfItsFunctionThatIsLargeEnough) {
  v1::Policy policy = Default();
  Add(policy, "legal", v1::FUNCTION_BACK_OFFICE, 4);
  Add(policy, "finance", v1::FUNCTION_BACK_OFFICE, 60);
  Add(policy, "hr", v1::FUNCTION_BACK_OFFICE, 20);
  Add(policy, "design", v1::FUNCTION_PRODUCT, 12);
  const auto merges = ProposeMerges(policy);
  ASSERT_THAT(merges, SizeIs(1));
  EXPECT_THAT(merges[0].departments, ElementsAre("hr", "legal"));
  EXPECT_EQ(merges[0].heads, 24u);
}

TEST(SmallDepartments, OneThatNothingCanBeMergedWithIsNamedAllTheSame) {
  v1::Policy policy = Default();
  Add(policy, "lab", v1::FUNCTION_PRODUCT, 3);
  Add(policy, "board", v1::FUNCTION_UNSPECIFIED, 6);
  Add(policy, "sales", v1::FUNCTION_FRONT_OFFICE, 100);
  const auto merges = ProposeMerges(policy);
  ASSERT_THAT(merges, SizeIs(2));
  EXPECT_THAT(Describe(merges[0], 10), HasSubstr("board has 6 people, fewer than the floor of 10"));
  EXPECT_THAT(Describe(merges[0], 10), HasSubstr("Say its function"));
  EXPECT_THAT(Describe(merges[1], 10), HasSubstr("No department of its function"));
}

TEST(SmallDepartments, MergedOnesThatStillMissTheFloorAreSaidToStayHidden) {
  v1::Policy policy = Default();
  Add(policy, "lab", v1::FUNCTION_PRODUCT, 3);
  Add(policy, "design", v1::FUNCTION_PRODUCT, 4);
  const auto merges = ProposeMerges(policy);
  ASSERT_THAT(merges, SizeIs(1));
  EXPECT_THAT(Describe(merges[0], 10), HasSubstr("stay hidden"));
}

TEST(SmallDepartments, EverySmallOneIsInOneMergeOfItsOwnFunction) {
  std::mt19937 random(20261128);
  for (int round = 0; round < 500; ++round) {
    v1::Policy policy = Default();
    policy.set_floor(5 + random() % 30);
    std::map<std::string, v1::Policy::Department> by_code;
    std::map<v1::Function, uint32_t> of_function;
    const uint32_t count = random() % 40;
    for (uint32_t i = 0; i < count; ++i) {
      const auto function = static_cast<v1::Function>(random() % 4);
      Add(policy, "d" + std::to_string(i), function, random() % 60);
      const auto& added = policy.departments(static_cast<int>(i));
      by_code[added.code()] = added;
      of_function[function] += added.heads();
    }
    std::set<std::string> merged;
    for (const Merge& merge : ProposeMerges(policy)) {
      uint32_t heads = 0;
      const v1::Function function = by_code.at(merge.departments.front()).function();
      for (const std::string& code : merge.departments) {
        EXPECT_TRUE(merged.insert(code).second) << code;
        EXPECT_EQ(by_code.at(code).function(), function);
        heads += by_code.at(code).heads();
      }
      EXPECT_EQ(merge.heads, heads);
      // Under the floor only where the whole function is, or nobody said a function.
      if (heads < policy.floor() && function != v1::FUNCTION_UNSPECIFIED) {
        EXPECT_LT(of_function[function], policy.floor());
      }
    }
    for (const auto& [code, department] : by_code) {
      if (department.heads() != 0 && department.heads() < policy.floor()) {
        EXPECT_TRUE(merged.contains(code)) << code;
      }
    }
  }
}

}  // namespace
}  // namespace gnomon::policy
