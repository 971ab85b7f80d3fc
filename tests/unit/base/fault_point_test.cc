#include "base/fault_point.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include <vector>

namespace gnomon {
namespace {

const FaultPoint kFirst("test.first");
const FaultPoint kSecond("test.second");

using testing::HasSubstr;

class FaultPointTest : public testing::Test {
 protected:
  ~FaultPointTest() override {
    unsetenv("GNOMON_FAULT");
    SetFaultHandler(nullptr);
  }
  static Status Arm(const char* text) {
    setenv("GNOMON_FAULT", text, 1);
    return ArmFaultFromEnvironment();
  }
};

// In a process of its own, which it does not survive.
void PassThree(const char* fault) {
  setenv("GNOMON_FAULT", fault, 1);
  if (!ArmFaultFromEnvironment().ok()) _exit(3);
  for (int i = 0; i < 3; ++i) {
    (void)kFirst.Reached();
    fprintf(stderr, "passed %d\n", i + 1);
  }
  _exit(0);
}

TEST_F(FaultPointTest, WithoutAFaultNothingHappensAtAPoint) {
  EXPECT_TRUE(ArmFaultFromEnvironment().ok());
  EXPECT_FALSE(kFirst.Reached());
}

TEST_F(FaultPointTest, TheProcessIsKilledAtTheNthPassAndNotBefore) {
  EXPECT_EXIT(PassThree("test.first@3:kill"), testing::KilledBySignal(SIGKILL), "passed 2\n$");
  EXPECT_EXIT(PassThree("test.first:kill"), testing::KilledBySignal(SIGKILL), "^$");
  EXPECT_EXIT(PassThree("test.first@4:kill"), testing::ExitedWithCode(0), "passed 3");
  EXPECT_EXIT(PassThree("test.second:kill"), testing::ExitedWithCode(0), "passed 3");
}

TEST_F(FaultPointTest, WhatNamesNoPointOrNoActionIsRefusedWithTheNamesThereAre) {
  for (const char* text :
       {"", "test.first", "test.third:kill", "test.first:explode", "test.first@0:kill",
        "test.first@:kill", "test.first@1x:kill", ":kill", "@1:kill"}) {
    const Status status = Arm(text);
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(status.message(), HasSubstr("test.first\n"));
    EXPECT_THAT(status.message(), HasSubstr("test.second\n"));
    EXPECT_FALSE(kFirst.Reached());
  }
}

TEST_F(FaultPointTest, AHandlerSeesEveryPointAndSaysWhichOneFails) {
  std::vector<std::string> seen;
  SetFaultHandler([&](std::string_view name) {
    seen.emplace_back(name);
    return name == "test.second";
  });
  EXPECT_FALSE(kFirst.Reached());
  EXPECT_TRUE(kSecond.Reached());
  EXPECT_THAT(seen, testing::ElementsAre("test.first", "test.second"));
  SetFaultHandler(nullptr);
  EXPECT_FALSE(kSecond.Reached());
}

}  // namespace
}  // namespace gnomon
