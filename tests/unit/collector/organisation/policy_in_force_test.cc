#include "collector/organisation/policy_in_force.h"

#include <gtest/gtest.h>

#include <fstream>

#include "policy/policy.h"
#include "tests/unit/collector/store/store_conformance.h"
#include "trust/key.h"

namespace gnomon::organisation {
namespace {

class PolicyInForceTest : public testing::Test {
 protected:
  void Write(const std::string& yaml) {
    std::ofstream(file_, std::ios::trunc) << yaml;
    // A clock of whole seconds cannot tell two writes apart by their time; their sizes differ here.
  }
  // A release as `publish` leaves it in the folder.
  void Publish(uint64_t version, const std::string& yaml, int percent) {
    trust::Release release;
    release.header.kind = trust::Kind::kPolicy;
    release.header.version = version;
    release.body = policy::FromYaml(yaml, "policy.yaml").value().SerializeAsString();
    release.header.body_size = static_cast<uint32_t>(release.body.size());
    const std::string stem = "policy-" + std::to_string(version);
    std::filesystem::create_directories(folder_.path() / "releases");
    std::ofstream(folder_.path() / "releases" / (stem + ".release")) << release.Serialise();
    std::ofstream(folder_.path() / "releases" / (stem + ".percent")) << percent << "\n";
  }

  store::TemporaryFolder folder_;
  const std::filesystem::path file_ = folder_.path() / "policy.yaml";
  const releases::Published published_{folder_.path() / "releases"};
  const PolicyInForce policy_{published_, file_};
};

TEST_F(PolicyInForceTest, WithoutAPolicyNothingIsDecided) {
  EXPECT_FALSE(policy_.Now()->decided());
  EXPECT_EQ(policy_.Now()->floor(), 0u);
}

TEST_F(PolicyInForceTest, TheFileIsTakenUpAgainWhenItChanges) {
  Write("floor: 20\n");
  EXPECT_EQ(policy_.Now()->floor(), 20u);
  Write("floor: 30   \n");
  EXPECT_EQ(policy_.Now()->floor(), 30u);
}

TEST_F(PolicyInForceTest, AFileThatCannotBeReadLeavesTheOneBeforeInForce) {
  Write("floor: 20\n");
  EXPECT_EQ(policy_.Now()->floor(), 20u);
  Write("floor: 3 # below five\n");
  EXPECT_EQ(policy_.Now()->floor(), 20u);
  EXPECT_NE(policy_.Check().message().find("policy.yaml:1: floor"), std::string::npos)
      << policy_.Check().message();
  std::filesystem::remove(file_);
  EXPECT_EQ(policy_.Now()->floor(), 20u);
}

TEST_F(PolicyInForceTest, WhatWasPublishedToAllComesBeforeTheFile) {
  Write("floor: 20\n");
  Publish(1, "floor: 15\n", 100);
  EXPECT_EQ(policy_.Now()->floor(), 15u);
}

TEST_F(PolicyInForceTest, APolicyThatIsTriedWithSomeLaptopsIsNotTheOrganisations) {
  Publish(1, "floor: 15\n", 100);
  Publish(2, "floor: 50\n", 10);
  EXPECT_EQ(policy_.Now()->floor(), 15u);
  Publish(2, "floor: 50\n", 100);
  EXPECT_EQ(policy_.Now()->floor(), 50u);
}

TEST_F(PolicyInForceTest, APinHoldsForAnswersToo) {
  Publish(1, "floor: 15\n", 100);
  Publish(2, "floor: 50\n", 100);
  ASSERT_TRUE(published_.Pin(trust::Kind::kPolicy, 1).ok());
  EXPECT_EQ(policy_.Now()->floor(), 15u);
}

TEST_F(PolicyInForceTest, ADamagedReleaseLeavesTheOneBeforeInForce) {
  Publish(1, "floor: 15\n", 100);
  EXPECT_EQ(policy_.Now()->floor(), 15u);
  std::ofstream(folder_.path() / "releases" / "policy-2.release") << "not a release";
  EXPECT_EQ(policy_.Now()->floor(), 15u);
}

}  // namespace
}  // namespace gnomon::organisation
