#include "catalogue/facts.h"

#include <gmock/gmock.h>

#include "catalogue/compile.h"
#include "catalogue/names.h"
#include "catalogue/table.h"

namespace gnomon::catalogue {
namespace {

using ::testing::HasSubstr;

constexpr char kRule[] = R"(services:
  - id: talk
    name: Talk
    vendor: Talk Labs
    surface: web
    country: CH
    enterprise_plan: true
    list_price:
      plan: Team
      amount: 19.9
      currency: CHF
      source: talk.example/pricing
      date: 2026-10-01
    checked: 2026-11-23
    sources: [list@1]
    hosts: {use: [talk.example]}
)";

Result<v1::Catalogue> Read(const std::string& from = "", const std::string& to = "") {
  std::string text = kRule;
  if (!from.empty()) {
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
  }
  RuleSet rules;
  rules.version = 1;
  ReadRulesText(text, "rules/chat.yaml", &rules);
  return Compile(rules);
}

TEST(Facts, CountryPlanAndPriceArriveInTheCompiledFile) {
  const auto catalogue = Read();
  ASSERT_TRUE(catalogue.ok()) << catalogue.status().ToString();
  const v1::Service& service = catalogue->services(0);
  EXPECT_EQ(service.country(), "CH");
  EXPECT_TRUE(service.has_enterprise_plan());
  EXPECT_TRUE(service.enterprise_plan());
  EXPECT_EQ(service.list_price().plan(), "Team");
  EXPECT_EQ(service.list_price().hundredths(), 1990u);
  EXPECT_EQ(service.list_price().source(), "talk.example/pricing");
  EXPECT_EQ(service.list_price().date(), *ParseDate("2026-10-01"));
  EXPECT_EQ(PriceText(service), "Team 19.90 CHF");
}

TEST(Facts, WhatIsNotKnownIsLeftOut) {
  const auto catalogue = Read("    country: CH\n    enterprise_plan: true\n", "");
  ASSERT_TRUE(catalogue.ok()) << catalogue.status().ToString();
  EXPECT_EQ(catalogue->services(0).country(), "");
  EXPECT_FALSE(catalogue->services(0).has_enterprise_plan());
  EXPECT_EQ(PriceText(v1::Service()), "");
}

TEST(Facts, APlanThatDoesNotExistIsNotAnUnknownOne) {
  const auto catalogue = Read("enterprise_plan: true", "enterprise_plan: false");
  ASSERT_TRUE(catalogue.ok());
  EXPECT_TRUE(catalogue->services(0).has_enterprise_plan());
  EXPECT_FALSE(catalogue->services(0).enterprise_plan());
}

TEST(Facts, CountriesAreCodesOfIso3166) {
  for (const char* good : {"US", "FR", "CN", "AE", "ZW", "AD", "ZZ"}) {
    EXPECT_TRUE(IsCountry(good)) << good;
  }
  // "UK" and "EU" are no countries there; "DA" and "EA" straddle two codes of the list.
  for (const char* bad : {"", "U", "us", "UK", "EU", "XX", "USA", "DA", "EA", "AA"}) {
    EXPECT_FALSE(IsCountry(bad)) << bad;
  }
}

TEST(Facts, WrongFactsAreErrorsWithLineAndField) {
  struct Wrong {
    const char* from;
    const char* to;
    const char* message;
  };
  for (const Wrong& wrong : {
           Wrong{"country: CH", "country: UK", "chat.yaml:6: talk: country: expected two capital"},
           Wrong{"enterprise_plan: true", "enterprise_plan: maybe", "talk: enterprise_plan: "},
           Wrong{"amount: 19.9", "amount: 19.999", "list_price: amount must be"},
           Wrong{"amount: 19.9", "amount: 0", "list_price: amount must be"},
           Wrong{"amount: 19.9", "amount: -5", "list_price: amount must be"},
           Wrong{"amount: 19.9", "amount: 19.", "list_price: amount must be"},
           Wrong{"amount: 19.9", "amount: 99999999999", "list_price: amount must be"},
           Wrong{"amount: 19.9", "amount: 1e3", "list_price: amount must be"},
           Wrong{"currency: CHF", "currency: Fr.", "list_price: currency"},
           Wrong{"date: 2026-10-01", "date: soon", "list_price: date is missing"},
           Wrong{"      source: talk.example/pricing\n", "", "list_price: "},
           Wrong{"      source:", "      origin: x\n      source:", "origin"},
       }) {
    const auto catalogue = Read(wrong.from, wrong.to);
    ASSERT_FALSE(catalogue.ok()) << wrong.to;
    EXPECT_THAT(catalogue.status().message(), HasSubstr(wrong.message)) << wrong.to;
  }
}

TEST(Facts, ACompiledFileWithWrongFactsIsRefused) {
  const auto good = Read();
  ASSERT_TRUE(good.ok());
  v1::Catalogue country = *good, price = *good, text = *good;
  country.mutable_services(0)->set_country("XX");
  price.mutable_services(0)->mutable_list_price()->set_hundredths(0);
  text.mutable_services(0)->mutable_list_price()->set_plan("\x1b[31m");
  EXPECT_TRUE(Table::Build(*good).ok());
  EXPECT_THAT(Table::Build(country).status().message(), HasSubstr("country"));
  EXPECT_THAT(Table::Build(price).status().message(), HasSubstr("list_price"));
  EXPECT_THAT(Table::Build(text).status().message(), HasSubstr("control character"));
}

}  // namespace
}  // namespace gnomon::catalogue
