#include "catalogue/spelling.h"

#include <gtest/gtest.h>

namespace gnomon::catalogue {
namespace {

TEST(Spelling, PunycodeOfTheRfcIsDecoded) {
  // RFC 3492 section 7.1, (A) Arabic and (L) "3<nen>B<gumi><kinpachi><sensei>", in lower case.
  EXPECT_EQ(DecodePunycode("egbpdaj6bu4bxfgehfvwxn"),
            U"\u0644\u064a\u0647\u0645\u0627\u0628\u062a\u0643\u0644\u0645\u0648\u0634\u0639\u0631"
            U"\u0628\u064a\u061f");
  EXPECT_EQ(DecodePunycode("3b-ww4c5e180e575a65lsy2b"), U"3\u5e74b\u7d44\u91d1\u516b\u5148\u751f");
  EXPECT_EQ(DecodePunycode("bcher-kva"), U"b\u00fccher");
}

TEST(Spelling, WhatIsNoPunycodeIsNotDecoded) {
  for (const char* bad : {"claud-8", "99999999", "a-zzzzzzzzzzzzzzzz", "-\xff",
                          "b\xc3\xbc"
                          "cher",
                          "chatgt-4ZA"}) {
    EXPECT_FALSE(DecodePunycode(bad)) << bad;
  }
  EXPECT_FALSE(DecodePunycode(std::string(64, 'a')));
}

TEST(Spelling, NamesThatReadTheSameHaveOneSkeleton) {
  for (const auto& [imitation, original] :
       {std::pair("xn--chatgt-frf.com", "chatgpt.com"), std::pair("xn--claud-3we.ai", "claude.ai"),
        std::pair("xn--grk-ted.com", "grok.com"), std::pair("c1aude.ai", "claude.ai"),
        std::pair("midj0urney.com", "midjourney.com"), std::pair("rnistral.ai", "mistral.ai"),
        std::pair("vvriter.com", "writer.com"), std::pair("perplexlty.ai", "perplexity.ai"),
        std::pair("chat-gpt.com", "chatgpt.com"),
        std::pair("xn--prplexity-g0h.ai", "perplexity.ai")}) {
    EXPECT_EQ(Skeleton(imitation), Skeleton(original)) << imitation;
  }
}

TEST(Spelling, NamesThatReadDifferentlyKeepApart) {
  EXPECT_NE(Skeleton("claude.ai"), Skeleton("cloude.ai"));
  EXPECT_NE(Skeleton("chatgpt.com"), Skeleton("chatgpt.co"));
  EXPECT_NE(Skeleton("xn--chatpt-sof.com"), Skeleton("chatgpt.com")) << "a Cyrillic letter ghe";
  EXPECT_NE(Skeleton("xn--broken-99999999999.com"), Skeleton("broken.com"));
  EXPECT_EQ(Skeleton(""), "");
}

TEST(Spelling, DistanceCountsLettersAddedTakenAndChanged) {
  EXPECT_EQ(EditDistance("", ""), 0u);
  EXPECT_EQ(EditDistance("deepseek", "deepseeks"), 1u);
  EXPECT_EQ(EditDistance("chatgpt", "chatgtp"), 2u);
  EXPECT_EQ(EditDistance("kimi", ""), 4u);
}

}  // namespace
}  // namespace gnomon::catalogue
