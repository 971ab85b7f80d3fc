#include "pki/enrolment_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gnomon::pki {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

const std::string kFingerprint(64, 'a');

TEST(EnrolmentToken, ComesBackFromItsText) {
  const EnrolmentToken made = EnrolmentToken::Make(kFingerprint);
  const auto parsed = EnrolmentToken::Parse(made.ToString());
  ASSERT_TRUE(parsed.ok()) << parsed.status().message();
  EXPECT_EQ(parsed->id, made.id);
  EXPECT_EQ(parsed->secret, made.secret);
  EXPECT_EQ(parsed->fingerprint, kFingerprint);
}

TEST(EnrolmentToken, HasTheFormThatTheDocumentGives) {
  EXPECT_THAT(EnrolmentToken::Make(kFingerprint).ToString(),
              MatchesRegex("gnm1-[0-9a-f]{8}-[0-9a-f]{32}-[0-9a-f]{64}"));
}

TEST(EnrolmentToken, TwoAreNeverTheSame) {
  const EnrolmentToken a = EnrolmentToken::Make(kFingerprint);
  const EnrolmentToken b = EnrolmentToken::Make(kFingerprint);
  EXPECT_NE(a.id, b.id);
  EXPECT_NE(a.secret, b.secret);
}

TEST(EnrolmentToken, BlanksAroundAPastedTokenAreForgiven) {
  const std::string text = EnrolmentToken::Make(kFingerprint).ToString();
  EXPECT_TRUE(EnrolmentToken::Parse("  " + text + "\r\n").ok());
}

TEST(EnrolmentToken, EveryTruncationIsRefusedAndNoErrorShowsTheSecret) {
  const EnrolmentToken made = EnrolmentToken::Make(kFingerprint);
  const std::string text = made.ToString();
  for (size_t size = 0; size < text.size(); ++size) {
    const auto parsed = EnrolmentToken::Parse(text.substr(0, size));
    ASSERT_EQ(parsed.status().code(), StatusCode::kInvalidArgument) << size;
    EXPECT_THAT(parsed.status().message(), Not(HasSubstr(made.secret)));
  }
}

TEST(EnrolmentToken, EveryWrongCharacterIsRefused) {
  const std::string text = EnrolmentToken::Make(kFingerprint).ToString();
  for (size_t at = 0; at < text.size(); ++at) {
    for (const char wrong : {'G', 'z', '-', ' ', '\0', '\xff'}) {
      std::string changed = text;
      if (changed[at] == wrong) continue;
      changed[at] = wrong;
      EXPECT_FALSE(EnrolmentToken::Parse(changed).ok()) << at << " " << static_cast<int>(wrong);
    }
  }
}

TEST(EnrolmentToken, AnotherVersionIsRefused) {
  std::string text = EnrolmentToken::Make(kFingerprint).ToString();
  text[3] = '2';
  EXPECT_THAT(EnrolmentToken::Parse(text).status().message(), HasSubstr("gnm1-"));
}

}  // namespace
}  // namespace gnomon::pki
