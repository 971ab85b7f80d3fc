#include "catalogue/desk/lint.h"

#include <gmock/gmock.h>

#include "catalogue/desk/shared.h"
#include "catalogue/names.h"

namespace gnomon::catalogue {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const int32_t kToday = *ParseDate("2026-11-23");

ServiceRule Rule(const std::string& id) {
  ServiceRule rule;
  rule.where = "chat.yaml:1";
  rule.service.set_id(id);
  rule.service.set_vendor(id + " Labs");
  rule.service.set_country("US");
  rule.service.add_sources("list@1");
  rule.service.set_checked(kToday - 10);
  return rule;
}

HostRule& AddHost(ServiceRule& rule, const std::string& suffix,
                  v1::HostRole role = v1::HOST_ROLE_USE) {
  HostRule& host = rule.hosts.emplace_back();
  host.where = "chat.yaml:" + std::to_string(rule.hosts.size() + 1);
  host.host.set_suffix(suffix);
  host.host.set_role(role);
  return host;
}

std::vector<std::string> Kinds(const std::vector<ServiceRule>& services) {
  RuleSet rules;
  rules.services = services;
  std::vector<std::string> kinds;
  for (const Finding& finding : Lint(rules, kToday)) kinds.push_back(finding.kind);
  return kinds;
}

TEST(Lint, GoodRulesGiveNoFindings) {
  ServiceRule rule = Rule("chatgpt");
  AddHost(rule, "chatgpt.com");
  AddHost(rule, "ab.chatgpt.com", v1::HOST_ROLE_TELEMETRY);
  EXPECT_THAT(Kinds({rule}), IsEmpty());
}

TEST(Lint, WhatTheReaderRefusedIsAFinding) {
  RuleSet rules;
  rules.errors.push_back("chat.yaml:3: x: id: is empty");
  const auto findings = Lint(rules, kToday);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].kind, "invalid");
  EXPECT_EQ(findings[0].message, "chat.yaml:3: x: id: is empty");
}

TEST(Lint, ASuffixOfTwoServicesIsADuplicate) {
  ServiceRule one = Rule("one"), two = Rule("two");
  AddHost(one, "chat.example");
  AddHost(two, "chat.example");
  EXPECT_THAT(Kinds({one, two}), ElementsAre("duplicate"));
}

TEST(Lint, AnIdOfTwoServicesIsADuplicate) {
  EXPECT_THAT(Kinds({Rule("one"), Rule("one")}), ElementsAre("duplicate"));
}

TEST(Lint, ASuffixTwiceInOneServiceIsUnreachable) {
  ServiceRule rule = Rule("one");
  AddHost(rule, "chat.example");
  AddHost(rule, "chat.example", v1::HOST_ROLE_SUPPORT);
  EXPECT_THAT(Kinds({rule}), ElementsAre("unreachable"));
}

TEST(Lint, ARuleThatAWiderOneCoversIsUnreachable) {
  ServiceRule rule = Rule("one");
  AddHost(rule, "chat.example");
  AddHost(rule, "a.b.chat.example");
  EXPECT_THAT(Kinds({rule}), ElementsAre("unreachable"));
}

TEST(Lint, ARuleBelowAWiderOneThatSaysSomethingElseIsFine) {
  ServiceRule rule = Rule("one");
  AddHost(rule, "chat.example");
  AddHost(rule, "log.chat.example", v1::HOST_ROLE_TELEMETRY);
  AddHost(rule, "suite.chat.example").host.set_embedded(true);
  AddHost(rule, "hub.example").host.set_exact(true);
  AddHost(rule, "a.hub.example");
  EXPECT_THAT(Kinds({rule}), IsEmpty());
}

TEST(Lint, ARuleThatTakesANameBackFromAnotherServiceIsFine) {
  ServiceRule chat = Rule("chat"), api = Rule("api");
  AddHost(chat, "chat.example");
  api.service.set_vendor(chat.service.vendor());
  AddHost(api, "api.chat.example");
  AddHost(chat, "page.api.chat.example");
  EXPECT_THAT(Kinds({chat, api}), IsEmpty());
}

TEST(Lint, SharedSuffixesAndWhatLiesAboveThemAreFound) {
  for (const char* shared :
       {"co.uk", "amazonaws.com", "azurewebsites.net", "cloudfront.net", "github.io", "vercel.app",
        "googleapis.com", "azure-api.net", "blob.core.windows.net", "core.windows.net",
        "windows.net", "herokuapp.com", "pages.dev", "workers.dev", "cloudflare.net", "openai.com",
        "google.com", "com"}) {
    EXPECT_TRUE(IsSharedSuffix(shared)) << shared;
  }
  for (const char* own : {"chatgpt.com", "api.openai.com", "openai.azure.com", "x.github.io",
                          "generativelanguage.googleapis.com", "notgoogleapis.com"}) {
    EXPECT_FALSE(IsSharedSuffix(own)) << own;
  }
  ServiceRule rule = Rule("one");
  AddHost(rule, "vercel.app");
  EXPECT_THAT(Kinds({rule}), ElementsAre("shared"));
  rule.hosts[0].host.set_exact(true);
  EXPECT_THAT(Kinds({rule}), IsEmpty()) << "an exact rule takes nothing that lies below";
}

TEST(Lint, AReviewIsStaleAfterAYear) {
  ServiceRule rule = Rule("one");
  rule.service.set_checked(kToday - kStaleDays);
  EXPECT_THAT(Kinds({rule}), IsEmpty());
  rule.service.set_checked(kToday - kStaleDays - 1);
  EXPECT_THAT(Kinds({rule}), ElementsAre("stale"));
  rule.service.set_checked(kToday + 2);
  EXPECT_THAT(Kinds({rule}), ElementsAre("future"));
}

TEST(Lint, AServiceWithoutSourcesIsFound) {
  ServiceRule rule = Rule("one");
  rule.service.clear_sources();
  EXPECT_THAT(Kinds({rule}), ElementsAre("sources"));
}

TEST(Lint, PromptSizesOfAProgramAreFoundBecauseNothingReadsThem) {
  ServiceRule rule = Rule("one");
  rule.service.mutable_turns()->set_prompt_from(9000);
  rule.service.set_surface(v1::SURFACE_API);
  EXPECT_THAT(Kinds({rule}), ElementsAre("turns"));
  rule.service.set_surface(v1::SURFACE_WEB);
  EXPECT_THAT(Kinds({rule}), IsEmpty());
}

TEST(Lint, AHostUnderAnotherVendorsIsAnOverlap) {
  ServiceRule wide = Rule("wide"), narrow = Rule("narrow");
  AddHost(wide, "wide.example");
  AddHost(narrow, "narrow.wide.example");
  EXPECT_THAT(Kinds({wide, narrow}), ElementsAre("overlap"));
  wide.hosts[0].host.set_exact(true);
  EXPECT_THAT(Kinds({wide, narrow}), IsEmpty()) << "an exact rule covers nothing";
}

TEST(Lint, APublicSuffixIsFoundWhereTheListOfSharedNamesDoesNotHoldIt) {
  ServiceRule rule = Rule("one");
  AddHost(rule, "co.nz");
  EXPECT_THAT(Kinds({rule}), ElementsAre("public-suffix"));
  rule.hosts[0].host.set_suffix("one.co.nz");
  EXPECT_THAT(Kinds({rule}), IsEmpty());
}

TEST(Lint, AHostThatIsTakenForAnotherVendorsIsALookAlike) {
  ServiceRule one = Rule("one"), two = Rule("two");
  AddHost(one, "api.claude.ai");
  AddHost(two, "chat.c1aude.ai");
  AddHost(two, "api.c1aude.ai");
  EXPECT_THAT(Kinds({one, two}), ElementsAre("look-alike")) << "each pair of domains once";
  two.alike.push_back("claude.ai");
  EXPECT_THAT(Kinds({one, two}), IsEmpty()) << "looked at, and right";
  two.alike.clear();
  one.alike.push_back("c1aude.ai");
  EXPECT_THAT(Kinds({one, two}), IsEmpty()) << "either may say so";
  one.alike.clear();
  two.service.set_vendor(one.service.vendor());
  EXPECT_THAT(Kinds({one, two}), IsEmpty()) << "a vendor may imitate itself";
}

TEST(Lint, AMissingCountryIsFoundAndAnUnknownOneIsNot) {
  ServiceRule rule = Rule("one");
  rule.service.clear_country();
  EXPECT_THAT(Kinds({rule}), ElementsAre("country"));
  rule.service.set_country("ZZ");
  EXPECT_THAT(Kinds({rule}), IsEmpty());
}

TEST(Lint, APriceGrowsStaleAsAReviewDoes) {
  ServiceRule rule = Rule("one");
  rule.service.mutable_list_price()->set_date(kToday - kStaleDays);
  EXPECT_THAT(Kinds({rule}), IsEmpty());
  rule.service.mutable_list_price()->set_date(kToday - kStaleDays - 1);
  EXPECT_THAT(Kinds({rule}), ElementsAre("stale"));
}

TEST(Lint, AFindingNamesFileLineAndField) {
  RuleSet rules;
  ReadRulesText(
      "services:\n"
      "  - id: old\n"
      "    name: Old\n"
      "    vendor: Old Labs\n"
      "    surface: web\n"
      "    country: US\n"
      "    list_price: {plan: P, amount: 5, currency: USD, source: s, date: 2020-01-01}\n"
      "    checked: 2020-01-01\n"
      "    sources: []\n"
      "    hosts:\n"
      "      use:\n"
      "        - old.example\n"
      "        - vercel.app\n",
      "rules/chat.yaml", &rules);
  std::vector<std::string> lines;
  for (const Finding& finding : Lint(rules, kToday)) lines.push_back(FindingText(finding));
  EXPECT_THAT(lines, ElementsAre(HasSubstr("rules/chat.yaml:9: sources: sources: old: no source"),
                                 HasSubstr("rules/chat.yaml:8: checked: stale: old: last checked"),
                                 HasSubstr("rules/chat.yaml:7: list_price: stale: old: price read"),
                                 HasSubstr("rules/chat.yaml:13: hosts: shared: old: vercel.app")));
}

}  // namespace
}  // namespace gnomon::catalogue
