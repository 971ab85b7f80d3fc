#include "collector/access/caller.h"

#include <gtest/gtest.h>

#include "base/code.h"

namespace gnomon::access {
namespace {

using Kind = pki::Identity::Kind;

TEST(CallerTest, ADeviceIsNoOperatorWhateverItsDepartmentIsCalled) {
  const pki::Identity device{Kind::kDevice, "d", "administrator"};
  EXPECT_TRUE(CheckDevice(device).ok());
  EXPECT_EQ(CheckOperator(device, {kAdministrator}).code(), StatusCode::kPermissionDenied);
}

TEST(CallerTest, AnOperatorIsNoDevice) {
  EXPECT_EQ(CheckDevice({Kind::kOperator, "ann", "administrator"}).code(),
            StatusCode::kPermissionDenied);
}

TEST(CallerTest, OnlyTheNamedRolesPass) {
  EXPECT_TRUE(CheckOperator({Kind::kOperator, "ann", "it"}, {kAdministrator, kIt}).ok());
  EXPECT_FALSE(CheckOperator({Kind::kOperator, "ann", "analyst"}, {kAdministrator, kIt}).ok());
  EXPECT_FALSE(CheckOperator({Kind::kOperator, "ann", ""}, {kAdministrator, kIt}).ok());
}

TEST(CodeTest, CodesAreLowerCaseLettersDigitsAndHyphens) {
  EXPECT_TRUE(IsCode("back-office-2"));
  EXPECT_TRUE(IsCode(std::string(64, 'a')));
  for (const char* bad : {"", "Finance", "a b", "a.b", "a\n", "ä", "a_b"})
    EXPECT_FALSE(IsCode(bad)) << bad;
  EXPECT_FALSE(IsCode(std::string(65, 'a')));
  EXPECT_FALSE(IsCode(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace gnomon::access
