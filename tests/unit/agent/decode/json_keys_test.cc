#include "agent/decode/json_keys.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "agent/decode/keywords.h"

namespace gnomon::decode {
namespace {

constexpr std::array<std::string_view, 5> kWords = {"model", "done", "done_reason", "object:chat.",
                                                    "messages"};
constexpr uint64_t kModel = 1, kDone = 2, kReason = 4, kObject = 8, kMessages = 16;

Bytes AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

JsonKeys Read(std::string_view text, size_t piece = SIZE_MAX) {
  JsonKeys keys;
  while (!text.empty()) {
    keys.Feed(AsBytes(text.substr(0, piece)), kWords);
    text.remove_prefix(std::min(piece, text.size()));
  }
  return keys;
}

TEST(JsonKeys, KeysOfTheTopLevelAreFoundHoweverTheTextIsCut) {
  const std::string text = R"({"model": "m\"}{", "messages":[{"done":1}], "done" : false})";
  for (size_t piece = 1; piece <= text.size(); ++piece) {
    const JsonKeys keys = Read(text, piece);
    EXPECT_EQ(keys.seen(), kModel | kMessages | kDone) << piece;
    EXPECT_TRUE(keys.done()) << piece;
  }
}

TEST(JsonKeys, AKeyIsAWholeOne) {
  EXPECT_EQ(Read(R"({"done_reason":"load"})").seen(), kReason);
  EXPECT_EQ(Read(R"({"don":1,"donee":2,"Model":3})").seen(), 0u);
}

TEST(JsonKeys, OfAValueTheBeginningCounts) {
  EXPECT_EQ(Read(R"({"object":"chat.completion.chunk"})").seen(), kObject);
  EXPECT_EQ(Read(R"({"object":"chat"})").seen(), 0u);
  EXPECT_EQ(Read(R"({"object":["chat."]})").seen(), 0u);
  EXPECT_EQ(Read(R"({"x":"object:chat."})").seen(), 0u);
}

TEST(JsonKeys, TextInsideStringsAndDeeperObjectsIsNoKey) {
  EXPECT_EQ(Read(R"({"a":"\"model\":","b":{"model":1},"c":[{"done":2}]})").seen(), 0u);
}

TEST(JsonKeys, AnEscapedKeyIsNoneOfThem) {
  EXPECT_EQ(Read(R"({"mode\u006c":1})").seen(), 0u);
}

TEST(JsonKeys, OnlyTheFirstObjectIsReadAndWhatStandsBeforeItIsSkipped) {
  EXPECT_EQ(Read("event: x\"y\ndata: {\"model\":1}\n\ndata: {\"done\":1}\n").seen(), kModel);
  EXPECT_EQ(Read("[1,\"model\"] {\"done\":1}").seen(), kDone);
  EXPECT_EQ(Read("{\"model\":1}\n{\"done\":true}\n").seen(), kModel);
}

TEST(JsonKeys, DepthHasALimit) {
  JsonKeys keys = Read("{" + std::string(600, '['));
  EXPECT_TRUE(keys.done());
}

TEST(Keywords, MoreThanSixtyFourAreCutNotMixedUp) {
  std::vector<std::string> many;
  for (int i = 0; i < 70; ++i) many.push_back("w" + std::to_string(100 + i));
  const std::vector<std::string_view> words(many.begin(), many.end());
  const auto whole = [&](std::string_view text) {
    KeywordCursor cursor;
    cursor.Start(words);
    for (const char c : text) cursor.Feed(words, c);
    return cursor.Whole(words);
  };
  EXPECT_EQ(whole("w163"), uint64_t{1} << 63);
  EXPECT_EQ(whole("w164"), 0u);
  EXPECT_EQ(whole("w16"), 0u);
}

}  // namespace
}  // namespace gnomon::decode
