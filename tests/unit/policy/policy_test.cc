#include "policy/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/anonymise/record_builder.h"

namespace gnomon::policy {
namespace {

using ::testing::HasSubstr;

std::string Why(const v1::Policy& policy) {
  // As a laptop gets it: through bytes.
  const Result<v1::Policy> parsed = Parse(policy.SerializeAsString());
  return parsed.ok() ? "accepted" : parsed.status().message();
}

// --- Limits: a policy that says more is refused whole, and who signed it plays no part.
// -------------

TEST(PolicyLimits, NoPolicyBringsTheFloorBelowFive) {
  v1::Policy policy = Default();
  for (const uint32_t floor : {0u, 1u, 4u, 1001u}) {
    policy.set_floor(floor);
    EXPECT_THAT(Why(policy), HasSubstr("floor")) << floor;
  }
  policy.set_floor(5);
  EXPECT_EQ(Why(policy), "accepted");
}

TEST(PolicyLimits, NoPolicyRaisesABoundOverTheCompiledOne) {
  const auto refused = [](auto set) {
    v1::Policy policy = Default();
    set(policy.mutable_bounds());
    return Why(policy);
  };
  using Bounds = v1::Policy::Bounds;
  EXPECT_THAT(refused([](Bounds* b) { b->set_visits(201); }), HasSubstr("bounds.visits: 201"));
  EXPECT_THAT(refused([](Bounds* b) { b->set_turns(2001); }), HasSubstr("bounds.turns"));
  EXPECT_THAT(refused([](Bounds* b) { b->set_active_minutes(1441); }),
              HasSubstr("bounds.active_minutes"));
  EXPECT_THAT(refused([](Bounds* b) { b->set_uploads(501); }), HasSubstr("bounds.uploads"));
  EXPECT_THAT(refused([](Bounds* b) { b->set_mib_up(16385); }), HasSubstr("bounds.mib_up"));
  EXPECT_THAT(refused([](Bounds* b) { b->set_mib_down(65537); }), HasSubstr("bounds.mib_down"));
  EXPECT_EQ(refused([](Bounds* b) { b->set_turns(2000); }), "accepted");
}

TEST(PolicyLimits, TheBoundsAreThoseOfTheRecord) {
  EXPECT_EQ(MaxBounds::kVisits, anonymise::kMaxBounds.visits);
  EXPECT_EQ(MaxBounds::kTurns, anonymise::kMaxBounds.turns);
  EXPECT_EQ(MaxBounds::kActiveMinutes, anonymise::kMaxBounds.active_minutes);
  EXPECT_EQ(MaxBounds::kUploads, anonymise::kMaxBounds.uploads);
  EXPECT_EQ(MaxBounds::kMibUp * 1024, anonymise::kMaxBounds.kib_up);
  EXPECT_EQ(MaxBounds::kMibDown * 1024, anonymise::kMaxBounds.kib_down);
}

TEST(PolicyLimits, AFieldThatIsNotKnownMakesTheWholePolicyRefused) {
  v1::Policy policy = Default();
  policy.GetReflection()->MutableUnknownFields(&policy)->AddVarint(99, 1);
  EXPECT_THAT(Why(policy), HasSubstr("unknown field"));

  policy = Default();
  v1::Policy::Department* department = policy.add_departments();
  department->set_code("finance");
  department->GetReflection()->MutableUnknownFields(department)->AddLengthDelimited(7, "users");
  EXPECT_THAT(Why(policy), HasSubstr("unknown field"));
}

TEST(PolicyLimits, ListsAndTextsAreBounded) {
  v1::Policy policy = Default();
  for (size_t i = 0; i <= kMaxDepartments; ++i)
    policy.add_departments()->set_code("d" + std::to_string(i));
  EXPECT_THAT(Why(policy), HasSubstr("departments: more than 2000"));
  policy = Default();
  for (size_t i = 0; i <= kMaxPauses; ++i) policy.add_pauses()->set_weekdays(1);
  EXPECT_THAT(Why(policy), HasSubstr("pauses"));
  policy = Default();
  for (size_t i = 0; i <= kMaxSanctioned; ++i) {
    policy.add_sanctioned()->set_service("s" + std::to_string(i));
  }
  EXPECT_THAT(Why(policy), HasSubstr("sanctioned"));
  policy = Default();
  policy.add_departments()->set_code("Finance; DROP");
  EXPECT_THAT(Why(policy), HasSubstr("code"));
  EXPECT_FALSE(Parse(std::string(kMaxBytes + 1, 'x')).ok());
  EXPECT_FALSE(Parse("\xff\xff\xff").ok());
}

// --- YAML ----------------------------------------------------------------------------------------

constexpr char kExample[] = R"(floor: 12
work_starts: 8
work_ends: 18
bounds: {turns: 500, mib_up: 2048}
pauses:
  - {days: [mon, wed], from: "12:00", to: "13:00"}
  - {days: [fri], from: "22:00", to: "06:00"}
sanctioned:
  - {service: microsoft-copilot, seats: 300}
departments:
  - code: finance
    name: Finance
    function: back_office
    heads: 40
    sanctioned: [{service: chatgpt, seats: 20}]
)";

std::string YamlError(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos);
  text.replace(at, from.size(), to);
  const Result<v1::Policy> policy = FromYaml(text, "policy.yaml");
  return policy.ok() ? "accepted" : policy.status().message();
}

TEST(PolicyYaml, IsReadIntoThePolicy) {
  const Result<v1::Policy> policy = FromYaml(kExample, "policy.yaml");
  ASSERT_TRUE(policy.ok()) << policy.status().message();
  EXPECT_EQ(policy->floor(), 12u);
  EXPECT_EQ(policy->bounds().turns(), 500u);
  EXPECT_EQ(policy->bounds().visits(), 0u) << "left out: the compiled bound";
  ASSERT_EQ(policy->pauses_size(), 2);
  EXPECT_EQ(policy->pauses(0).weekdays(), 0b101u);
  EXPECT_EQ(policy->departments(0).function(), v1::FUNCTION_BACK_OFFICE);
  EXPECT_EQ(policy->departments(0).sanctioned(0).seats(), 20u);
}

TEST(PolicyYaml, ANameIsUtf8OrThePolicyCouldNotBeReadBack) {
  const auto named = [](const std::string& name) {
    std::string text = kExample;
    text.replace(text.find("name: Finance"), 13, "name: \"" + name + "\"");
    const Result<v1::Policy> policy = FromYaml(text, "policy.yaml");
    return policy.ok() && Parse(policy->SerializeAsString()).ok();
  };
  EXPECT_TRUE(named("財務"));
  EXPECT_TRUE(named("Finanças \xf0\x9f\x92\xb0"));
  for (const char* wrong : {"Fi\xff\xff", "Fi\xc3", "\xe2\x82", "\xc0\xaf", "\xed\xa0\x80",
                            "\xf4\x90\x80\x80", "\x80"}) {
    EXPECT_FALSE(named(wrong)) << testing::PrintToString(std::string(wrong));
  }
}

TEST(PolicyYaml, ErrorsNameFileLineAndKey) {
  EXPECT_THAT(YamlError(kExample, "floor: 12", "floor: 3"), HasSubstr("policy.yaml:1: floor"));
  EXPECT_THAT(YamlError(kExample, "turns: 500", "turns: 5000"), HasSubstr("policy.yaml:4: turns"));
  EXPECT_THAT(YamlError(kExample, "turns: 500", "users: true"), HasSubstr("users"));
  EXPECT_THAT(YamlError(kExample, "mon, wed", "monday"), HasSubstr("policy.yaml:6: days"));
  EXPECT_THAT(YamlError(kExample, "\"13:00\"", "\"13:70\""), HasSubstr("policy.yaml:6: to"));
  EXPECT_THAT(YamlError(kExample, "back_office", "office"), HasSubstr("policy.yaml:13: function"));
  EXPECT_THAT(YamlError(kExample, "  - code: finance\n", "  - name: x\n"),
              HasSubstr("policy.yaml"));
}

// --- Pauses --------------------------------------------------------------------------------------

TEST(PolicyPauses, AreLocalTimesOfTheWeekAndMayCrossMidnight) {
  const v1::Policy policy = *FromYaml(kExample, "policy.yaml");
  const auto paused = [&](int weekday, int hour, int minute) {
    return PausedAt(policy, LocalTime{0, hour, weekday, minute});
  };
  EXPECT_FALSE(paused(1, 11, 59));
  EXPECT_TRUE(paused(1, 12, 0));
  EXPECT_TRUE(paused(3, 12, 59));
  EXPECT_FALSE(paused(1, 13, 0));
  EXPECT_FALSE(paused(2, 12, 30));
  EXPECT_TRUE(paused(5, 23, 0));
  EXPECT_TRUE(paused(6, 5, 59)) << "Saturday morning belongs to Friday's pause";
  EXPECT_FALSE(paused(6, 6, 0));
  EXPECT_FALSE(paused(5, 5, 0));
}

}  // namespace
}  // namespace gnomon::policy
