#include "catalogue/desk/public_suffix.h"

#include <gtest/gtest.h>

namespace gnomon::catalogue {
namespace {

TEST(PublicSuffix, RegistriesAndProvidersAreInTheList) {
  for (const char* suffix :
       {"com", "co.uk", "com.cn", "github.io", "s3.amazonaws.com", "herokuapp.com", "web.app"}) {
    EXPECT_TRUE(IsPublicSuffix(suffix)) << suffix;
  }
  for (const char* own : {"chatgpt.com", "api.openai.com", "someone.github.io", "amazonaws.com",
                          "nosuchtopleveldomain"}) {
    EXPECT_FALSE(IsPublicSuffix(own)) << own;
  }
}

TEST(PublicSuffix, TheRegisteredDomainIsOneLabelMore) {
  EXPECT_EQ(RegisteredDomain("api.openai.com"), "openai.com");
  EXPECT_EQ(RegisteredDomain("openai.com"), "openai.com");
  EXPECT_EQ(RegisteredDomain("chat.foo.co.uk"), "foo.co.uk");
  EXPECT_EQ(RegisteredDomain("a.someone.github.io"), "someone.github.io");
  EXPECT_EQ(RegisteredDomain("github.io"), "github.io") << "nobody registers it";
}

}  // namespace
}  // namespace gnomon::catalogue
