#include "catalogue/validate.h"

#include <gtest/gtest.h>

namespace gnomon::catalogue {
namespace {

TEST(Validate, HostNamesOfTheWorldAreAccepted) {
  for (const char* good : {"chatgpt.com", "n.cn", "api.302.ai", "xn--fiqs8s.xn--55qx5d",
                           "bedrock-runtime.us-east-1.amazonaws.com", "a--b.example", "360.cn"}) {
    EXPECT_EQ(SuffixProblem(good), "") << good;
  }
}

TEST(Validate, WhatIsNoLowerCaseNameOfTwoLabelsIsRefused) {
  for (const char* bad :
       {"", "com", ".", ".com", "a.", ".a.com", "a..com", "A.com", "a_b.com", "-a.com", "a-.com",
        "*.a.com", "a.com/x", "a.com:443", "a b.com", "1.2.3.4", "a.1", "caf\xc3\xa9.com", "::1"}) {
    EXPECT_NE(SuffixProblem(bad), "") << bad;
  }
  EXPECT_NE(SuffixProblem(std::string("a\0.com", 6)), "");
  EXPECT_EQ(SuffixProblem(std::string(63, 'a') + ".com"), "");
  EXPECT_NE(SuffixProblem(std::string(64, 'a') + ".com"), "");
}

TEST(Validate, LengthOfAHostNameIsBounded) {
  std::string name = "com";
  while (name.size() + 50 <= kMaxHostLength) name = std::string(49, 'a') + "." + name;
  EXPECT_EQ(name.size(), kMaxHostLength);
  EXPECT_EQ(SuffixProblem(name), "");
  EXPECT_NE(SuffixProblem("a" + name), "");
}

TEST(Validate, IdsAreLowerCaseWordsJoinedByHyphens) {
  for (const char* good : {"chatgpt", "openai-api", "360", "a", "any-llm"}) {
    EXPECT_EQ(IdProblem(good), "") << good;
  }
  for (const char* bad : {"", "any", "Any", "a_b", "a.b", "-a", "a-", "a--b", "a b", "a\n"}) {
    EXPECT_NE(IdProblem(bad), "") << bad;
  }
  EXPECT_EQ(IdProblem(std::string(64, 'a')), "");
  EXPECT_NE(IdProblem(std::string(65, 'a')), "");
}

TEST(Validate, TextMayHoldOtherScriptsButNoTerminalControls) {
  EXPECT_EQ(TextProblem("\xe8\xb1\x86\xe5\x8c\x85 Doubao"), "");
  EXPECT_NE(TextProblem(""), "");
  EXPECT_NE(TextProblem("a\tb"), "");
  EXPECT_NE(TextProblem("\x1b[31m"), "");
  EXPECT_NE(TextProblem("\xc2\x9b"
                        "31m"),
            "")
      << "the one-character form of ESC [";
  EXPECT_NE(TextProblem(std::string(121, 'a')), "");
}

TEST(Validate, TextThatIsNotUtf8IsRefused) {
  for (const char* good : {"\xc2\xa0", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                           "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_EQ(TextProblem(good), "") << good;
  }
  for (const char* bad :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xed\xa0\x80",
        "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff",
        "a\xc3", "\xe8\xb1", "\xc3("}) {
    EXPECT_EQ(TextProblem(bad), "is not UTF-8") << bad;
  }
}

}  // namespace
}  // namespace gnomon::catalogue
