#include "collector/cube/release_audit.h"

#include <gtest/gtest.h>

namespace gnomon::cube {
namespace {

ReleasedCell Shown(uint64_t devices, uint64_t turns) {
  return {Why::kShown, ReleasedCounts{.devices = devices, .turns = turns}};
}
ReleasedCell Hidden(Why why) {
  return {why, std::nullopt};
}

size_t TurnsFound(const ReleasedCube& cube) {
  size_t found = 0;
  for (const Finding& finding : FindExact(cube)) found += finding.measure == "turns";
  return found;
}

TEST(ReleaseAuditTest, OneHiddenServiceUnderAShownTotalIsFound) {
  ReleasedCube cube;
  auto& hr = cube.departments["hr"];
  hr.total = Shown(30, 100);
  hr.services["chatgpt"] = Shown(25, 90);
  hr.services["suno"] = Hidden(Why::kFloor);
  const auto findings = FindExact(cube);
  EXPECT_NE(std::find(findings.begin(), findings.end(), Finding{"hr", "suno", "turns"}),
            findings.end());
}

TEST(ReleaseAuditTest, AHiddenTotalWithAllServicesShownIsFound) {
  ReleasedCube cube;
  auto& hr = cube.departments["hr"];
  hr.total = Hidden(Why::kComplement);
  hr.services["chatgpt"] = Shown(25, 90);
  EXPECT_EQ(TurnsFound(cube), 1u);
}

TEST(ReleaseAuditTest, TwoHiddenServicesAreNotFound) {
  ReleasedCube cube;
  auto& hr = cube.departments["hr"];
  hr.total = Shown(30, 100);
  hr.services["chatgpt"] = Hidden(Why::kComplement);
  hr.services["claude"] = Shown(20, 50);
  hr.services["suno"] = Hidden(Why::kFloor);
  EXPECT_EQ(TurnsFound(cube), 0u);
}

TEST(ReleaseAuditTest, DevicesThatBoundsFixAreFound) {
  ReleasedCube cube;
  cube.floor = 10;
  auto& hr = cube.departments["hr"];
  hr.total = Shown(18, 0);
  hr.volume_hidden = true;
  hr.services["a"] = Hidden(Why::kFloor);
  hr.services["b"] = Hidden(Why::kFloor);
  EXPECT_EQ(FindExact(cube).size(), 2u);
  hr.total = Shown(17, 0);
  EXPECT_TRUE(FindExact(cube).empty());
}

TEST(ReleaseAuditTest, ACellThatBreaksThePromiseOfTheCubeIsFound) {
  ReleasedCube cube;
  auto& hr = cube.departments["hr"];
  hr.total = Hidden(Why::kFloor);
  hr.services["few"] = Shown(9, 1);
  hr.services["none"] = {Why::kShown, std::nullopt};
  hr.services["both"] = {Why::kFloor, ReleasedCounts{}};
  EXPECT_GE(FindBroken(cube).size(), 4u);
}

}  // namespace
}  // namespace gnomon::cube
