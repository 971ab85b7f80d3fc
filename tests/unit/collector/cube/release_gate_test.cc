#include "collector/cube/release_gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "collector/cube/release_audit.h"

namespace gnomon::cube {

// For readable failures.
void PrintTo(const Finding& finding, std::ostream* out) {
  *out << finding.department << "/" << finding.service << "/" << finding.measure;
}

namespace {

using testing::IsEmpty;

store::ServiceUsage Use(std::string department, std::string service, uint64_t devices,
                        uint64_t turns = 100) {
  store::ServiceUsage usage{std::move(department), std::move(service), {}};
  usage.sums.first_this_month = devices;
  usage.sums.first_today = devices * 3;
  if (usage.service != "any") {
    usage.sums.turns = turns;
    usage.sums.visits = devices * 2;
    usage.sums.active_minutes = turns / 2;
    usage.sums.uploads = devices / 2 + 1;
    usage.sums.kib_up = turns * 3;
    usage.sums.kib_down = turns * 30;
  }
  return usage;
}

ReleasedCube ReleaseAll(const std::vector<store::ServiceUsage>& usage,
                        const std::vector<std::string>& departments = {}, uint32_t floor = 10) {
  auto cube = Release(usage, departments, floor);
  EXPECT_TRUE(cube.ok());
  return cube.ok() ? *cube : ReleasedCube{};
}

TEST(ReleaseGateTest, AFloorUnderFiveIsRefused) {
  for (uint32_t floor = 0; floor < 5; ++floor) {
    EXPECT_EQ(CheckFloor(floor).code(), StatusCode::kInvalidArgument);
    EXPECT_EQ(Release({}, {}, floor).status().code(), StatusCode::kInvalidArgument);
  }
  EXPECT_TRUE(CheckFloor(5).ok());
}

TEST(ReleaseGateTest, ADepartmentUnderTheFloorIsHiddenWhole) {
  const auto cube =
      ReleaseAll({Use("hr", "any", 9), Use("hr", "chatgpt", 9), Use("hr", "claude", 2)});
  const auto& hr = cube.departments.at("hr");
  EXPECT_EQ(hr.total.why, Why::kFloor);
  EXPECT_FALSE(hr.total.counts);
  // Not even a list: "somebody in this department of two uses suno" is about fewer than ten.
  EXPECT_THAT(hr.services, IsEmpty());
}

TEST(ReleaseGateTest, ADepartmentAtTheFloorIsShown) {
  const auto cube = ReleaseAll({Use("hr", "any", 10), Use("hr", "chatgpt", 10, 70)});
  ASSERT_TRUE(cube.departments.at("hr").total.counts);
  EXPECT_EQ(cube.departments.at("hr").total.counts->devices, 10u);
  EXPECT_EQ(cube.departments.at("hr").total.counts->device_days, 30u);
  EXPECT_EQ(cube.departments.at("hr").total.counts->turns, 70u);
  EXPECT_EQ(cube.departments.at("hr").services.at("chatgpt").counts->turns, 70u);
}

TEST(ReleaseGateTest, ServicesOfADepartmentWithoutItsOwnDevicesAreHidden) {
  // No "any" row: whatever the services claim, the department has no devices.
  const auto cube = ReleaseAll({Use("hr", "chatgpt", 50)});
  EXPECT_EQ(cube.departments.at("hr").total.why, Why::kFloor);
  EXPECT_THAT(cube.departments.at("hr").services, IsEmpty());
}

TEST(ReleaseGateTest, ADepartmentWithoutUseIsThereAndHidden) {
  const auto cube = ReleaseAll({}, {"legal"});
  ASSERT_TRUE(cube.departments.contains("legal"));
  EXPECT_EQ(cube.departments.at("legal").total.why, Why::kFloor);
  EXPECT_THAT(cube.departments.at("legal").services, IsEmpty());
}

TEST(ReleaseGateTest, TheReservedServiceIsNeverARow) {
  const auto cube = ReleaseAll({Use("hr", "any", 30), Use("hr", "chatgpt", 30)});
  EXPECT_FALSE(cube.departments.at("hr").services.contains("any"));
}

TEST(ReleaseGateTest, ASmallServiceTakesTheSmallestShownOneWithIt) {
  const auto cube =
      ReleaseAll({Use("it", "any", 40), Use("it", "chatgpt", 35), Use("it", "claude", 20),
                  Use("it", "gemini", 12), Use("it", "suno", 3)});
  const auto& services = cube.departments.at("it").services;
  EXPECT_EQ(services.at("chatgpt").why, Why::kShown);
  EXPECT_EQ(services.at("claude").why, Why::kShown);
  EXPECT_EQ(services.at("gemini").why, Why::kComplement);
  EXPECT_EQ(services.at("suno").why, Why::kFloor);
  EXPECT_TRUE(cube.departments.at("it").total.counts);
}

TEST(ReleaseGateTest, TwoSmallServicesAloneAreNotEnoughToHideEachOther) {
  // Their sum would be a figure about fewer than ten devices.
  const auto cube =
      ReleaseAll({Use("it", "any", 40), Use("it", "chatgpt", 35), Use("it", "claude", 20),
                  Use("it", "suno", 3), Use("it", "udio", 1)});
  EXPECT_EQ(cube.departments.at("it").services.at("claude").why, Why::kComplement);
  EXPECT_EQ(cube.departments.at("it").services.at("chatgpt").why, Why::kShown);
}

TEST(ReleaseGateTest, ServicesWithEquallyManyDevicesAreChosenByTheirId) {
  const auto cube = ReleaseAll({Use("it", "any", 40), Use("it", "claude", 20),
                                Use("it", "chatgpt", 20), Use("it", "suno", 3)});
  EXPECT_EQ(cube.departments.at("it").services.at("chatgpt").why, Why::kComplement);
  EXPECT_EQ(cube.departments.at("it").services.at("claude").why, Why::kShown);
}

TEST(ReleaseGateTest, WithoutAServiceOfTheFloorTheVolumeIsHiddenAndTheDevicesAreShown) {
  const auto cube =
      ReleaseAll({Use("it", "any", 12), Use("it", "chatgpt", 9), Use("it", "claude", 7)});
  const auto& it = cube.departments.at("it");
  ASSERT_TRUE(it.total.counts);
  EXPECT_TRUE(it.volume_hidden);
  EXPECT_EQ(it.total.counts->devices, 12u);
  EXPECT_EQ(it.total.counts->device_days, 36u);
  EXPECT_EQ(it.total.counts->turns, 0u);
  EXPECT_EQ(it.total.counts->kib_down, 0u);
}

TEST(ReleaseGateTest, DevicesThatOnlyTheHighestHiddenNumbersCanExplainHideTheTotal) {
  // 18 devices by two services of at most 9 each: both would be known to have 9.
  const auto cube =
      ReleaseAll({Use("it", "any", 18), Use("it", "chatgpt", 9), Use("it", "claude", 9)});
  EXPECT_EQ(cube.departments.at("it").total.why, Why::kComplement);
  EXPECT_FALSE(cube.departments.at("it").total.counts);
  EXPECT_THAT(FindExact(cube), IsEmpty());
}

TEST(ReleaseGateTest, TheCubeDoesNotDependOnTheOrderOfTheRows) {
  std::vector<store::ServiceUsage> rows{Use("it", "any", 40), Use("it", "chatgpt", 35),
                                        Use("it", "claude", 20), Use("it", "suno", 3)};
  const auto first = ReleaseAll(rows);
  std::reverse(rows.begin(), rows.end());
  const auto second = ReleaseAll(rows);
  for (const auto& [service, cell] : first.departments.at("it").services) {
    EXPECT_EQ(cell.why, second.departments.at("it").services.at(service).why);
  }
}

// A company of random departments whose devices really use services, so that flags are consistent.
std::vector<store::ServiceUsage> RandomCompany(std::mt19937& random) {
  std::vector<store::ServiceUsage> usage;
  const auto below = [&](uint32_t n) { return static_cast<uint32_t>(random() % n); };
  const uint32_t departments = 1 + below(6);
  for (uint32_t d = 0; d < departments; ++d) {
    const std::string name = "d" + std::to_string(d);
    const uint32_t devices = 1 + below(60), services = 1 + below(7);
    std::vector<uint32_t> appeal(services);
    for (auto& percent : appeal) percent = 1 + below(100);
    store::ServiceUsage any{name, "any", {}};
    std::vector<store::ServiceUsage> rows(services);
    for (uint32_t device = 0; device < devices; ++device) {
      bool used = false;
      for (uint32_t s = 0; s < services; ++s) {
        if (below(100) >= appeal[s]) continue;
        used = true;
        rows[s].sums += {.visits = 1 + below(5),
                         .turns = below(40),
                         .active_minutes = below(30),
                         .uploads = below(3),
                         .kib_up = below(1000),
                         .kib_down = below(9000),
                         .first_today = 1,
                         .first_this_month = 1};
      }
      if (used) any.sums += {.first_today = 1, .first_this_month = 1};
    }
    usage.push_back(any);
    for (uint32_t s = 0; s < services; ++s) {
      if (rows[s].sums == store::Sums{}) continue;
      usage.push_back({name, "s" + std::to_string(s), rows[s].sums});
    }
  }
  return usage;
}

TEST(ReleaseGateTest, NothingHiddenCanBeWorkedOutInAnyCompany) {
  std::mt19937 random(42);
  size_t complements = 0, volumes_hidden = 0, shown = 0;
  for (int company = 0; company < 6000; ++company) {
    const uint32_t floor = 5 + static_cast<uint32_t>(company) % 16;
    const auto usage = RandomCompany(random);
    const auto cube = ReleaseAll(usage, {}, floor);
    ASSERT_THAT(FindBroken(cube), IsEmpty()) << company;
    std::vector<Finding> exact;
    for (const Finding& finding : FindExact(cube)) {
      // A service that only accompanies a hidden one may be known to have exactly the floor: the
      // devices of a service are in no sum (docs/privacy-release-gate.md).
      const auto& cell = cube.departments.at(finding.department).services;
      if (finding.measure == "devices" && cell.at(finding.service).why == Why::kComplement)
        continue;
      exact.push_back(finding);
    }
    ASSERT_THAT(exact, IsEmpty()) << company;

    // Against the truth: whoever subtracts the shown services from a shown total holds a figure
    // about at least one service of `floor` devices.
    for (const auto& [name, department] : cube.departments) {
      volumes_hidden += department.volume_hidden;
      if (!department.total.counts || department.volume_hidden) continue;
      bool hidden = false;
      uint64_t largest_hidden = 0;
      for (const auto& row : usage) {
        if (row.department != name || row.service == "any") continue;
        const auto& cell = department.services.at(row.service);
        shown += cell.counts.has_value();
        complements += cell.why == Why::kComplement;
        if (cell.counts) {
          EXPECT_GE(row.sums.first_this_month, floor);
          EXPECT_EQ(cell.counts->turns, row.sums.turns);
        } else {
          hidden = true;
          largest_hidden = std::max(largest_hidden, row.sums.first_this_month);
        }
      }
      ASSERT_TRUE(!hidden || largest_hidden >= floor) << company << " " << name;
    }
  }
  // The companies reach every branch.
  EXPECT_GT(complements, 500u);
  EXPECT_GT(volumes_hidden, 50u);
  EXPECT_GT(shown, 5000u);
}

TEST(ReleaseGateTest, HabitsAndTenureAreBlurredAndGoWithTheirCell) {
  store::ServiceUsage chat = Use("it", "chatgpt", 24);
  chat.habit_devices = 23;  // one laptop has none: not to be worked out
  chat.long_tenure_days = 71;  // of 72
  store::ServiceUsage few = Use("it", "claude", 20);
  few.habit_devices = 9;
  store::ServiceUsage hidden = Use("it", "suno", 3);
  hidden.habit_devices = 3;
  const auto cube = ReleaseAll({Use("it", "any", 30), chat, few, Use("it", "gemini", 12), hidden});
  const auto& services = cube.departments.at("it").services;
  EXPECT_EQ(services.at("chatgpt").counts->habit_devices, 20u);
  EXPECT_EQ(services.at("chatgpt").counts->long_tenure_percent, 100u);
  EXPECT_EQ(services.at("claude").counts->habit_devices, 0u) << "under the floor";
  EXPECT_FALSE(services.at("suno").counts);
}

}  // namespace
}  // namespace gnomon::cube
