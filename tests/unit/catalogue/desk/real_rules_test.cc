// The rules that ship, against rules/cases: names that must and must not be recognised.
#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "catalogue/compile.h"
#include "catalogue/desk/lint.h"
#include "catalogue/names.h"
#include "catalogue/table.h"
#include "catalogue/validate.h"

namespace gnomon::catalogue {
namespace {

const std::string kFolder = GNOMON_SOURCE_DIR "/rules";

struct Case {
  std::string where;
  std::vector<std::string> fields;
};

std::vector<Case> ReadCases(const std::string& name) {
  std::ifstream in(kFolder + "/cases/" + name);
  EXPECT_TRUE(in) << name;
  std::vector<Case> cases;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.empty() || line[0] == '#') continue;
    Case& one = cases.emplace_back();
    one.where = name + ":" + std::to_string(number);
    std::istringstream fields(line);
    for (std::string field; std::getline(fields, field, '\t');) one.fields.push_back(field);
  }
  return cases;
}

class RealRules : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const auto catalogue = CompileFolder(kFolder);
    ASSERT_TRUE(catalogue.ok()) << catalogue.status().ToString();
    catalogue_ = *catalogue;
    const auto table = Table::Parse(catalogue->SerializeAsString());
    ASSERT_TRUE(table.ok()) << table.status().ToString();
    table_ = *table;
  }
  static void TearDownTestSuite() { table_.reset(); }
  void SetUp() override { ASSERT_NE(table_, nullptr); }

  static inline v1::Catalogue catalogue_;
  static inline std::shared_ptr<const Table> table_;
};

TEST_F(RealRules, NamesOfServicesAreRecognisedWithTheirRole) {
  const std::vector<Case> cases = ReadCases("match.tsv");
  EXPECT_GE(cases.size(), 550u);
  for (const Case& one : cases) {
    ASSERT_EQ(one.fields.size(), 3u) << one.where;
    const Match match = table_->Find(one.fields[0]);
    ASSERT_TRUE(match) << one.where << ": " << one.fields[0];
    EXPECT_EQ(table_->service(match.service).id(), one.fields[1]) << one.where << one.fields[0];
    EXPECT_EQ(RoleName(match.role), one.fields[2]) << one.where << ": " << one.fields[0];
  }
}

TEST_F(RealRules, LookAlikesAndVendorsOtherPagesAreNotRecognised) {
  const std::vector<Case> cases = ReadCases("nomatch.tsv");
  EXPECT_GE(cases.size(), 265u);
  for (const Case& one : cases) {
    ASSERT_EQ(one.fields.size(), 2u) << one.where;
    const Match match = table_->Find(one.fields[0]);
    EXPECT_FALSE(match) << one.where << ": " << one.fields[0] << " matched " << match.suffix;
  }
}

// The properties that hold for any rules: a suffix itself, one below it, and what is no suffix of
// it.
TEST_F(RealRules, EveryRuleKeepsToItsLabels) {
  for (const v1::Service& service : catalogue_.services()) {
    for (const v1::Host& host : service.hosts()) {
      const std::string& suffix = host.suffix();
      const Match own = table_->Find(suffix);
      ASSERT_TRUE(own) << suffix;
      EXPECT_EQ(own.suffix, suffix);
      EXPECT_EQ(table_->service(own.service).id(), service.id());
      EXPECT_EQ(own.role, host.role());
      EXPECT_EQ(own.embedded, host.embedded());
      if (!host.exact()) {
        EXPECT_EQ(table_->Find("zz." + suffix).suffix, suffix);
      } else {
        EXPECT_NE(table_->Find("zz." + suffix).suffix, suffix);
      }
      EXPECT_NE(table_->Find("zz" + suffix).suffix, suffix);
      EXPECT_NE(table_->Find("zz-" + suffix).suffix, suffix);
      EXPECT_FALSE(table_->Find(suffix + ".zz")) << suffix;
      EXPECT_FALSE(table_->Find(suffix + "zz")) << suffix;
    }
  }
}

TEST_F(RealRules, LintFindsNothingOnTheDayOfTheNewestReview) {
  for (const Finding& finding : Lint(ReadRules(kFolder), catalogue_.built())) {
    ADD_FAILURE() << FindingText(finding);
  }
}

TEST_F(RealRules, EveryServiceHasAHostWhereItIsUsedOrSaysHowItSpeaks) {
  for (const v1::Service& service : catalogue_.services()) {
    if (service.surface() == v1::SURFACE_LOCAL_MODEL) {
      EXPECT_TRUE(service.has_local()) << service.id();
      EXPECT_TRUE(service.hosts().empty()) << service.id();
      continue;
    }
    EXPECT_TRUE(std::any_of(service.hosts().begin(), service.hosts().end(), [](const v1::Host& h) {
      return h.role() == v1::HOST_ROLE_USE;
    })) << service.id();
  }
}

TEST_F(RealRules, IdsThatOtherPartsRelyOnExist) {
  for (const char* id :
       {"chatgpt",     "openai-api",  "claude",         "anthropic-api", "gemini",
        "gemini-api",  "copilot",     "deepseek",       "mistral",       "mistral-api",
        "perplexity",  "huggingchat", "github-copilot", "grok",          "poe",
        "groq-api",    "openrouter",  "azure-openai",   "bedrock",       "xai-api",
        "deepseek-api"}) {
    EXPECT_NE(table_->FindService(id), kNoService) << id;
  }
}

// What is there must not be lost by mistake: less of it is a decision, to be made here too.
TEST_F(RealRules, TheCatalogueDoesNotShrink) {
  size_t hosts = 0, countries = 0, prices = 0, plans = 0;
  std::map<v1::Category, size_t> categories;
  for (const v1::Service& service : catalogue_.services()) {
    hosts += static_cast<size_t>(service.hosts_size());
    countries += service.country() != "ZZ" ? 1 : 0;
    prices += service.has_list_price() ? 1 : 0;
    plans += service.has_enterprise_plan() ? 1 : 0;
    ++categories[service.category()];
  }
  EXPECT_GE(catalogue_.services_size(), 490);
  EXPECT_GE(hosts, 955u);
  EXPECT_GE(countries, 445u);
  EXPECT_GE(prices, 6u);
  EXPECT_GE(plans, 80u);
  for (const auto& [category, least] :
       {std::pair(v1::CATEGORY_CHAT, 64u), std::pair(v1::CATEGORY_API, 148u),
        std::pair(v1::CATEGORY_CODE, 43u), std::pair(v1::CATEGORY_SEARCH, 29u),
        std::pair(v1::CATEGORY_WRITING, 34u), std::pair(v1::CATEGORY_IMAGE, 49u),
        std::pair(v1::CATEGORY_VIDEO, 37u), std::pair(v1::CATEGORY_AUDIO, 47u),
        std::pair(v1::CATEGORY_TRANSLATION, 4u), std::pair(v1::CATEGORY_AGENT, 24u),
        std::pair(v1::CATEGORY_OFFICE, 5u)}) {
    EXPECT_GE(categories[category], least) << CategoryName(category);
  }
}

TEST_F(RealRules, EveryServiceHasACaseOfItsOwn) {
  std::set<std::string> ids;
  for (const Case& one : ReadCases("match.tsv")) ids.insert(one.fields.at(1));
  for (const v1::Service& service : catalogue_.services()) {
    if (service.hosts().empty()) continue;  // a model on this machine has no name
    EXPECT_TRUE(ids.contains(service.id())) << service.id() << " is not in rules/cases/match.tsv";
  }
}

// What the lists of others hold and this catalogue does not stands in left-out.tsv, with a reason.
TEST_F(RealRules, WhatIsLeftOutWithAReasonIsNotRecognised) {
  const std::vector<Case> left = ReadCases("../left-out.tsv");
  EXPECT_GE(left.size(), 400u);
  std::set<std::string> names;
  for (const Case& one : left) {
    ASSERT_EQ(one.fields.size(), 2u) << one.where;
    EXPECT_EQ(SuffixProblem(one.fields[0]), "") << one.where;
    EXPECT_GE(one.fields[1].size(), 10u) << one.where << ": a reason is a few words";
    EXPECT_TRUE(names.insert(one.fields[0]).second) << one.where << ": " << one.fields[0];
    EXPECT_FALSE(table_->Find("zz." + one.fields[0]))
        << one.where << ": all below " << one.fields[0] << " is in the catalogue";
  }
}

}  // namespace
}  // namespace gnomon::catalogue
