#include "catalogue/local_signatures.h"

#include <gmock/gmock.h>

#include <bit>

#include "catalogue/compile.h"
#include "catalogue/table.h"

namespace gnomon::catalogue {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// One service; `local` is its mapping, indented by six.
std::string Rules(const std::string& local, const std::string& surface = "local_model") {
  return "services:\n  - id: runner\n    name: Runner\n    vendor: Vendor\n    surface: " +
         surface + "\n    checked: 2026-11-23\n    sources: [list@1]\n    local:\n" + local;
}

constexpr char kGood[] =
    "      prompts:\n"
    "        - {path: /api/chat, request: [model, messages], answer: [done]}\n"
    "      lists:\n"
    "        - {path: /api/tags, answer: [models]}\n"
    "      marks:\n"
    "        - {field: server, value: runner/}\n"
    "        - {key: fingerprint, value: fp_}\n"
    "      no_turn:\n"
    "        - {key: done_reason, value: load}\n";

Result<v1::Catalogue> CompileText(const std::string& text) {
  RuleSet rules;
  rules.version = 1;
  ReadRulesText(text, "rules/local.yaml", &rules);
  return Compile(rules);
}
std::string ErrorOf(const std::string& local) {
  return CompileText(Rules(local)).status().message();
}

TEST(LocalSignatures, RulesBecomeWordsAndBits) {
  const auto catalogue = CompileText(Rules(kGood));
  ASSERT_TRUE(catalogue.ok()) << catalogue.status().ToString();
  const auto table = Table::Build(*catalogue);
  ASSERT_TRUE(table.ok());
  const LocalSignatures& local = (*table)->local();
  EXPECT_THAT(std::vector<std::string>(local.paths().begin(), local.paths().end()),
              ElementsAre("/api/chat", "/api/tags"));
  EXPECT_THAT(std::vector<std::string>(local.fields().begin(), local.fields().end()),
              ElementsAre("server: runner/"));
  const std::vector<std::string> keys(local.keys().begin(), local.keys().end());
  EXPECT_THAT(keys, Contains("done_reason:load"));
  EXPECT_THAT(keys, Contains("fingerprint:fp_"));
  ASSERT_EQ(local.rules().size(), 2u);
  EXPECT_TRUE(local.rules()[0].turn);
  EXPECT_EQ(std::popcount(local.rules()[0].request), 2);
  EXPECT_EQ(std::popcount(local.rules()[0].answer), 1);
  EXPECT_EQ(std::popcount(local.rules()[0].no_turn), 1);
  EXPECT_FALSE(local.rules()[1].turn);
  ASSERT_EQ(local.marks().size(), 2u);
  EXPECT_NE(local.marks()[0].field, 0u);
  EXPECT_NE(local.marks()[1].key, 0u);
}

TEST(LocalSignatures, WhatIsWrongInTheRulesIsSaidWithItsLine) {
  for (const auto& [local, what] : std::vector<std::pair<std::string, std::string>>{
           {"      prompts: []\n", "expected a list"},
           {"      prompt: []\n", "prompt"},
           {"      prompts: [{path: /a, answer: [x]}]\n", "request"},
           {"      prompts: [{path: /a, request: [x], answer: []}]\n", "expected 1 to 32 keys"},
           {"      prompts: [{path: a, request: [x], answer: [y]}]\n", "must begin with /"},
           {"      prompts: [{path: '/a?b', request: [x], answer: [y]}]\n", "may hold only"},
           {"      prompts: [{path: /a, request: ['x:y'], answer: [y]}]\n", "may hold only"},
           {"      marks: [{field: Server}]\n", "may hold only"},
           {"      marks: [{value: x}]\n", "either field or key"},
           {"      marks: [{field: server, key: x}]\n", "either field or key"},
           {"      marks: [{field: server, value: Runner}]\n", "lower case"},
           {"      lists: [{path: /a, request: [x], answer: [y]}]\n", "request"},
       }) {
    const std::string error = ErrorOf(local);
    EXPECT_THAT(error, HasSubstr(what)) << local;
    EXPECT_THAT(error, HasSubstr("rules/local.yaml:9: runner")) << local;
  }
}

TEST(LocalSignatures, OnlyALocalModelHasThem) {
  const auto catalogue = CompileText(Rules(kGood, "api") + "    hosts: {use: [api.example.com]}\n");
  EXPECT_THAT(catalogue.status().message(), HasSubstr("local: is for the surface local_model"));
}

TEST(LocalSignatures, ATableTrustsNoFile) {
  const v1::Catalogue good = *CompileText(Rules(kGood));
  const auto error = [&](const auto& change) {
    v1::Catalogue catalogue = good;
    change(*catalogue.mutable_services(0)->mutable_local());
    return Table::Build(catalogue).status().message();
  };
  using Local = v1::LocalModel;
  EXPECT_EQ(error([](Local&) {}), "");
  EXPECT_THAT(error([](Local& l) { l.Clear(); }), HasSubstr("neither prompts nor marks"));
  EXPECT_THAT(error([](Local& l) { l.mutable_prompts(0)->clear_answer(); }),
              HasSubstr("needs keys of the answer"));
  EXPECT_THAT(error([](Local& l) { l.mutable_prompts(0)->clear_request(); }),
              HasSubstr("needs keys of the request"));
  EXPECT_THAT(error([](Local& l) { l.mutable_prompts(0)->set_path("/\n"); }), HasSubstr("path"));
  EXPECT_THAT(error([](Local& l) { l.mutable_marks(0)->set_value("a\nb"); }), HasSubstr("value"));
  EXPECT_THAT(error([](Local& l) { l.mutable_marks(0)->set_key("k"); }), HasSubstr("either"));
  EXPECT_THAT(error([](Local& l) {
                for (int i = 0; i < 70; ++i) l.add_marks()->set_key("k" + std::to_string(i));
              }),
              HasSubstr("more than 64 keys"));
}

TEST(LocalSignatures, APathBelongsToOneService) {
  v1::Catalogue catalogue = *CompileText(Rules(kGood));
  v1::Service& second = *catalogue.add_services();
  second = catalogue.services(0);
  second.set_id("walker");
  EXPECT_THAT(Table::Build(catalogue).status().message(),
              HasSubstr("/api/chat is also listed under runner"));
}

}  // namespace
}  // namespace gnomon::catalogue
