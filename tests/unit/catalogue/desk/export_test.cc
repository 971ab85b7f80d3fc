// The exports of a small catalogue against tests/data/catalogue/export.*. After a wanted change:
// GNOMON_UPDATE_GOLDEN=1 build/dev/tests/catalogue_desk_test --gtest_filter='Export.*', and read
// the difference.
#include "catalogue/desk/export.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "base/file.h"
#include "catalogue/compile.h"
#include "catalogue/table.h"

namespace gnomon::catalogue {
namespace {

constexpr char kRules[] = R"(services:
  - id: talk
    name: Talk (토크)
    vendor: Talk Labs
    surface: web
    country: KR
    enterprise_plan: true
    list_price: {plan: Team, amount: 19.5, currency: EUR, source: talk.example, date: 2026-10-01}
    checked: 2026-11-23
    sources: [list@1]
    hosts:
      use: [talk.example, {host: suite.example, exact: true, embedded: true}]
      telemetry: [log.talk.example]
)";

v1::Catalogue Small() {
  RuleSet rules;
  rules.version = 7;
  ReadRulesText(kRules, "rules/chat.yaml", &rules);
  const auto catalogue = Compile(rules);
  EXPECT_TRUE(catalogue.ok()) << catalogue.status().ToString();
  return *catalogue;
}

void ExpectGolden(const std::string& name, const std::string& text) {
  const std::string path = GNOMON_TEST_DATA "/catalogue/" + name;
  if (std::getenv("GNOMON_UPDATE_GOLDEN") != nullptr) {
    ASSERT_TRUE(WriteFileAtomically(path, text).ok());
  }
  const auto golden = ReadFile(path, 1 << 20);
  ASSERT_TRUE(golden.ok()) << golden.status().ToString();
  EXPECT_EQ(text, *golden) << path;
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST(Export, TheFormatsAreThoseOfTheGoldenFiles) {
  const v1::Catalogue small = Small();
  const auto suricata = ExportSuricata(small);
  ASSERT_TRUE(suricata.ok());
  ExpectGolden("export.rules", *suricata);
  ExpectGolden("export.intel", ExportZeek(small));
  ExpectGolden("export.domains", ExportDomains(small));
  ExpectGolden("export.json", ExportJson(small).dump(2) + "\n");
}

class ExportOfTheRealRules : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto catalogue = CompileFolder(GNOMON_SOURCE_DIR "/rules");
    ASSERT_TRUE(catalogue.ok()) << catalogue.status().ToString();
    catalogue_ = *catalogue;
    for (const v1::Service& service : catalogue_.services()) {
      hosts_ += static_cast<size_t>(service.hosts_size());
    }
  }
  v1::Catalogue catalogue_;
  size_t hosts_ = 0;
};

// The grammar of docs.suricata.io/en/suricata-7.0.0/rules/intro.html, as far as these rules use it.
TEST_F(ExportOfTheRealRules, EveryLineIsARuleOfSuricatasGrammar) {
  const auto text = ExportSuricata(catalogue_);
  ASSERT_TRUE(text.ok()) << text.status().ToString();
  const std::regex rule(
      R"re(alert (tls|quic|dns) \$HOME_NET any -> (\$EXTERNAL_NET|any) any \()re"
      R"re(msg:"[a-zA-Z0-9 ._-]+"; (flow:established,to_server; )?(tls\.sni|quic\.sni|dns\.query); )re"
      R"re((dotprefix; content:"\.[a-z0-9.-]+"; nocase; endswith;|content:"[a-z0-9.-]+"; nocase; startswith; endswith;) )re"
      R"re(classtype:policy-violation; sid:([0-9]+); rev:[0-9]+; metadata:[a-z0-9_, -]+;\))re");
  std::set<uint32_t> sids;
  const std::vector<std::string> lines = Lines(*text);
  for (size_t i = 1; i < lines.size(); ++i) {
    std::smatch match;
    ASSERT_TRUE(std::regex_match(lines[i], match, rule)) << lines[i];
    const auto sid = static_cast<uint32_t>(std::stoul(match[6]));
    EXPECT_TRUE(sids.insert(sid).second) << "twice: " << lines[i];
    EXPECT_GE(sid, kFirstSid);
    EXPECT_LE(sid, kLastSid);
  }
  EXPECT_EQ(lines.size(), 1 + 3 * hosts_);
}

TEST_F(ExportOfTheRealRules, ASignatureNumberOutlivesOtherHosts) {
  const auto before = ExportSuricata(catalogue_);
  v1::Catalogue smaller = catalogue_;
  smaller.mutable_services()->DeleteSubrange(0, smaller.services_size() / 2);
  const auto after = ExportSuricata(smaller);
  ASSERT_TRUE(before.ok() && after.ok());
  std::set<std::string> all;
  for (const std::string& line : Lines(*before)) all.insert(line);
  size_t kept = 0, lines = 0;
  for (const std::string& line : Lines(*after)) {
    ++lines;
    kept += all.count(line);
  }
  EXPECT_GE(kept * 100, lines * 98) << "only hosts whose numbers collide may change theirs";
}

TEST_F(ExportOfTheRealRules, ZeekGetsOneLineAHostWithAllColumns) {
  const std::vector<std::string> lines = Lines(ExportZeek(catalogue_));
  ASSERT_EQ(lines.size(), 1 + hosts_);
  EXPECT_EQ(lines[0].rfind("#fields\tindicator\tindicator_type\tmeta.source", 0), 0u);
  const auto columns = std::count(lines[0].begin(), lines[0].end(), '\t');
  for (size_t i = 1; i < lines.size(); ++i) {
    // #fields itself stands before the first column.
    EXPECT_EQ(std::count(lines[i].begin(), lines[i].end(), '\t'), columns - 1) << lines[i];
    EXPECT_NE(lines[i].find("\tIntel::DOMAIN\t"), std::string::npos) << lines[i];
  }
}

TEST_F(ExportOfTheRealRules, DomainsHoldEveryHostOnce) {
  const std::vector<std::string> lines = Lines(ExportDomains(catalogue_));
  EXPECT_EQ(std::set<std::string>(lines.begin(), lines.end()).size(), hosts_);
}

}  // namespace
}  // namespace gnomon::catalogue
