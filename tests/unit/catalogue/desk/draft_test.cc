#include "catalogue/desk/draft.h"

#include <gmock/gmock.h>

#include "catalogue/compile.h"
#include "catalogue/names.h"

namespace gnomon::catalogue {
namespace {

using ::testing::HasSubstr;

DraftRequest Request(std::vector<std::string> hosts) {
  DraftRequest request;
  request.hosts = std::move(hosts);
  request.today = *ParseDate("2026-11-23");
  return request;
}

std::shared_ptr<const Table> Known() {
  RuleSet rules;
  rules.version = 1;
  ReadRulesText(
      "services:\n  - {id: talk, name: Talk, vendor: T, surface: web, checked: 2026-11-23,\n"
      "     sources: [l], hosts: {use: [talk.example]}}\n",
      "rules/chat.yaml", &rules);
  return *Table::Build(*Compile(rules));
}

std::string Refusal(std::vector<std::string> hosts) {
  const auto draft = DraftService(Request(std::move(hosts)), Known().get());
  return draft.ok() ? "" : draft.status().message();
}

TEST(Draft, ADraftReadsAsARule) {
  DraftRequest request = Request({"chat.fresh.co.uk", "api.fresh.co.uk", "chat.fresh.co.uk"});
  request.name = "Fresh: \"new\"";
  request.vendor = "No";  // YAML would read a country code or a truth value
  request.country = "NO";
  request.sources = {"docs.fresh.co.uk"};
  const auto draft = DraftService(request, nullptr);
  ASSERT_TRUE(draft.ok()) << draft.status().ToString();
  RuleSet rules;
  rules.version = 1;
  ReadRulesText("services:\n" + *draft, "rules/new.yaml", &rules);
  const auto compiled = Compile(rules);
  ASSERT_TRUE(compiled.ok()) << compiled.status().ToString() << '\n' << *draft;
  const v1::Service& service = compiled->services(0);
  EXPECT_EQ(service.id(), "fresh");
  EXPECT_EQ(service.name(), "Fresh: \"new\"");
  EXPECT_EQ(service.vendor(), "No");
  EXPECT_EQ(service.country(), "NO");
  EXPECT_EQ(service.checked(), request.today);
  ASSERT_EQ(service.hosts_size(), 2);
  EXPECT_EQ(service.hosts(0).suffix(), "api.fresh.co.uk");
}

TEST(Draft, SharedAndPublicNamesAreRefused) {
  EXPECT_THAT(Refusal({"vercel.app"}), HasSubstr("carries more than one service"));
  EXPECT_THAT(Refusal({"amazonaws.com"}), HasSubstr("carries more than one service"));
  EXPECT_THAT(Refusal({"co.nz"}), HasSubstr("public suffix"));
  EXPECT_THAT(Refusal({"s3.eu-west-3.amazonaws.com"}), HasSubstr("public suffix"));
  EXPECT_THAT(Refusal({"not a host"}), HasSubstr("may hold only"));
  EXPECT_THAT(Refusal({"10.0.0.1"}), HasSubstr("is an address"));
  EXPECT_THAT(Refusal({}), HasSubstr("no host"));
}

TEST(Draft, WhatIsKnownAlreadyIsRefusedWithItsService) {
  EXPECT_THAT(Refusal({"ws.talk.example"}),
              HasSubstr("recognised already as talk by talk.example"));
  DraftRequest request = Request({"new.example"});
  request.service = "talk";
  EXPECT_THAT(DraftService(request, Known().get()).status().message(),
              HasSubstr("in the catalogue already"));
}

TEST(Draft, EveryWrongHostIsNamedAtOnce) {
  const std::string refusal = Refusal({"github.io", "good.example", "talk.example"});
  EXPECT_THAT(refusal, HasSubstr("github.io "));
  EXPECT_THAT(refusal, HasSubstr("talk.example is recognised"));
  EXPECT_THAT(refusal, ::testing::Not(HasSubstr("good.example")));
}

TEST(Draft, WrongFieldsAreNamed) {
  const auto refusal = [](auto change) {
    DraftRequest request = Request({"new.example"});
    change(request);
    return DraftService(request, nullptr).status().message();
  };
  EXPECT_THAT(refusal([](DraftRequest& r) { r.service = "New One"; }), HasSubstr("--service"));
  EXPECT_THAT(refusal([](DraftRequest& r) { r.category = "chats"; }), HasSubstr("--category"));
  EXPECT_THAT(refusal([](DraftRequest& r) { r.surface = "paper"; }), HasSubstr("--surface"));
  EXPECT_THAT(refusal([](DraftRequest& r) { r.country = "UK"; }), HasSubstr("--country"));
  EXPECT_THAT(refusal([](DraftRequest& r) { r.vendor = "a\nb"; }), HasSubstr("--vendor"));
  EXPECT_THAT(refusal([](DraftRequest& r) { r.sources = {""}; }), HasSubstr("--source"));
}

}  // namespace
}  // namespace gnomon::catalogue
