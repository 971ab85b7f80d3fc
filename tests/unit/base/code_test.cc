#include "base/code.h"

#include <gtest/gtest.h>

#include <string>

namespace gnomon {
namespace {

TEST(CodeTest, LettersDigitsAndSingleHyphensAreACode) {
  for (const char* code : {"a", "finance", "r-and-d", "2nd-line", "x9"})
    EXPECT_TRUE(IsCode(code)) << code;
  EXPECT_TRUE(IsCode(std::string(64, 'a')));
}

TEST(CodeTest, EverythingElseIsNone) {
  for (const char* code : {"", "-a", "a-", "a--b", "Finance", "a b", "a_b", "a.b", "\xc3\xa4"}) {
    EXPECT_FALSE(IsCode(code)) << code;
  }
  EXPECT_FALSE(IsCode(std::string(65, 'a')));
  EXPECT_FALSE(IsCode(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace gnomon
