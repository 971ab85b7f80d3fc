#include "catalogue/desk/look_alike.h"

#include <gmock/gmock.h>

namespace gnomon::catalogue {
namespace {

using ::testing::HasSubstr;

TEST(LookAlike, EachWayOfBeingTakenForAnotherIsNamed) {
  EXPECT_THAT(AlikeReason("claude.app", "claude.ai"), HasSubstr("same name under another ending"));
  EXPECT_THAT(AlikeReason("c1aude.ai", "claude.ai"), HasSubstr("reads the same"));
  EXPECT_THAT(AlikeReason("xn--claud-3we.ai", "claude.ai"), HasSubstr("reads the same"));
  EXPECT_THAT(AlikeReason("ollama.com", "llama.com"), HasSubstr("one letter away"));
  EXPECT_THAT(AlikeReason("deepseeks.com", "deepseek.com"), HasSubstr("one letter away"));
}

TEST(LookAlike, OtherNamesAreNot) {
  EXPECT_EQ(AlikeReason("claude.ai", "claude.ai"), "");
  EXPECT_EQ(AlikeReason("openai.com", "openrouter.ai"), "");
  EXPECT_EQ(AlikeReason("chatgpt.com", "chatglm.cn"), "") << "two letters";
  EXPECT_EQ(AlikeReason("fal.ai", "fal.run"), "") << "too short";
  EXPECT_EQ(AlikeReason("suno.com", "sumo.com"), "") << "too short";
}

}  // namespace
}  // namespace gnomon::catalogue
