#include "catalogue/compile.h"

#include <gmock/gmock.h>

#include <unistd.h>

#include <filesystem>

#include "base/file.h"
#include "catalogue/names.h"

namespace gnomon::catalogue {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kGood[] = R"(services:
  - id: zeta
    name: Zeta
    vendor: Zeta Labs
    surface: web
    checked: 2026-11-23
    sources: [list@2, list@1, list@2]
    hosts:
      use:
        - zeta.example
        - {host: hub.example, exact: true, embedded: true}
      telemetry: [log.zeta.example]
  - id: alpha
    name: Alpha
    vendor: Alpha Labs
    category: api
    surface: api
    checked: 2026-01-02
    sources: [list@1]
    hosts: {use: [api.alpha.example]}
)";

RuleSet Read(const std::string& text, const std::string& origin = "rules/chat.yaml") {
  RuleSet rules;
  rules.version = 3;
  ReadRulesText(text, origin, &rules);
  return rules;
}

// kGood with its first `from` replaced.
std::string Changed(const std::string& from, const std::string& to) {
  std::string text = kGood;
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string ErrorAfter(const std::string& from, const std::string& to) {
  return Compile(Read(Changed(from, to))).status().message();
}

TEST(Compile, EveryFieldArrives) {
  const Result<v1::Catalogue> compiled = Compile(Read(kGood));
  ASSERT_TRUE(compiled.ok()) << compiled.status().ToString();
  EXPECT_EQ(compiled->version(), 3u);
  ASSERT_EQ(compiled->services_size(), 2);
  const v1::Service& alpha = compiled->services(0);
  EXPECT_EQ(alpha.id(), "alpha");
  EXPECT_EQ(alpha.category(), v1::CATEGORY_API);
  EXPECT_EQ(alpha.surface(), v1::SURFACE_API);
  const v1::Service& zeta = compiled->services(1);
  EXPECT_EQ(zeta.name(), "Zeta");
  EXPECT_EQ(zeta.vendor(), "Zeta Labs");
  EXPECT_EQ(zeta.category(), v1::CATEGORY_CHAT) << "from the file's name";
  EXPECT_THAT(zeta.sources(), ElementsAre("list@1", "list@2"));
  EXPECT_EQ(zeta.checked(), 20780);  // date -d 2026-11-23 +%s / 86400
  EXPECT_EQ(compiled->built(), 20780) << "the newest review";
  ASSERT_EQ(zeta.hosts_size(), 3);
  EXPECT_EQ(zeta.hosts(0).suffix(), "hub.example");
  EXPECT_TRUE(zeta.hosts(0).exact());
  EXPECT_TRUE(zeta.hosts(0).embedded());
  EXPECT_EQ(zeta.hosts(1).suffix(), "log.zeta.example");
  EXPECT_EQ(zeta.hosts(1).role(), v1::HOST_ROLE_TELEMETRY);
  EXPECT_EQ(zeta.hosts(2).role(), v1::HOST_ROLE_USE);
  EXPECT_FALSE(zeta.hosts(2).exact());
}

TEST(Compile, TheOrderInTheFileDoesNotChangeTheBytes) {
  const std::string text = kGood;
  const size_t second = text.find("  - id: alpha");
  const std::string swapped = "services:\n" + text.substr(second) + text.substr(10, second - 10);
  const auto one = Compile(Read(kGood));
  const auto two = Compile(Read(swapped));
  ASSERT_TRUE(one.ok() && two.ok()) << two.status().ToString();
  EXPECT_EQ(one->SerializeAsString(), two->SerializeAsString());
}

TEST(Compile, ErrorsNameFileLineServiceAndField) {
  EXPECT_EQ(ErrorAfter("surface: web", "surface: paper"),
            "rules/chat.yaml:5: zeta: surface: unknown; known are web, api, editor, desktop_app, "
            "local_model");
  EXPECT_THAT(ErrorAfter("vendor: Zeta Labs", "vendr: Zeta Labs"),
              StartsWith("rules/chat.yaml:2: zeta: vendor: is missing"));
  EXPECT_THAT(ErrorAfter("    name: Zeta\n", "    name: Zeta\n    colour: red\n"),
              StartsWith("rules/chat.yaml:4: zeta: colour: unknown key"));
  EXPECT_THAT(ErrorAfter("2026-11-23", "2026-02-30"),
              StartsWith("rules/chat.yaml:6: zeta: checked: expected a date"));
  EXPECT_THAT(ErrorAfter("category: api", "category: cloud"),
              StartsWith("rules/chat.yaml:16: alpha: category: unknown"));
  EXPECT_EQ(ErrorAfter("- zeta.example", "- Zeta.example"),
            "rules/chat.yaml:10: zeta: use: host must be in lower case");
  EXPECT_THAT(ErrorAfter("telemetry:", "telemtry:"),
              StartsWith("rules/chat.yaml:12: zeta: telemtry: unknown key"));
  EXPECT_THAT(ErrorAfter("exact: true", "exact: maybe"),
              StartsWith("rules/chat.yaml:11: zeta: exact: expected true or false"));
  EXPECT_THAT(ErrorAfter("exact: true", "exactly: true"), HasSubstr("zeta: exactly: unknown key"));
  EXPECT_THAT(ErrorAfter("[log.zeta.example]", "log.zeta.example"),
              StartsWith("rules/chat.yaml:12: zeta: telemetry: expected a list"));
  EXPECT_THAT(ErrorAfter("[log.zeta.example]", "[[log.zeta.example]]"),
              StartsWith("rules/chat.yaml:12: zeta: telemetry: expected a host or"));
  EXPECT_THAT(ErrorAfter("{use: [api.alpha.example]}", "{}"),
              StartsWith("rules/chat.yaml:20: alpha: hosts: is empty"));
  EXPECT_THAT(ErrorAfter("id: zeta", "id: any"),
              StartsWith("rules/chat.yaml:2: service: id: \"any\" is reserved"));
  EXPECT_THAT(ErrorAfter("services:", "service:"), HasSubstr("services: is missing"));
}

constexpr char kTurns[] =
    "    turns:\n"
    "      prompt_from: 10000\n"
    "      prompt_to: 20000\n"
    "      stream_end: 5s\n"
    "      prompt_life: 2m\n"
    "      source: captures of 2025\n"
    "    hosts:\n      use:\n        - zeta";

TEST(Compile, WhatWasMeasuredOfTurnsArrives) {
  const auto compiled = Compile(Read(Changed("    hosts:\n      use:\n        - zeta", kTurns)));
  ASSERT_TRUE(compiled.ok()) << compiled.status().ToString();
  const v1::Turns& turns = compiled->services(1).turns();
  EXPECT_EQ(turns.prompt_from(), 10'000u);
  EXPECT_EQ(turns.prompt_to(), 20'000u);
  EXPECT_EQ(turns.stream_end(), 5u);
  EXPECT_EQ(turns.prompt_life(), 120u);
  EXPECT_EQ(turns.source(), "captures of 2025");
  EXPECT_FALSE(compiled->services(0).has_turns());
}

TEST(Compile, ErrorsInTurnsNameFileLineServiceAndField) {
  const auto error = [](const std::string& from, const std::string& to) {
    std::string turns = kTurns;
    turns.replace(turns.find(from), from.size(), to);
    return ErrorAfter("    hosts:\n      use:\n        - zeta", turns);
  };
  EXPECT_EQ(error("10000", "100"),
            "rules/chat.yaml:9: zeta: prompt_from: expected a whole number from 4096 to 100000");
  EXPECT_EQ(error("20000", "9000"), "rules/chat.yaml:10: zeta: prompt_to: is below prompt_from");
  EXPECT_THAT(error("prompt_to: 20000", "slots: 3"), HasSubstr(": zeta: prompt_to: is missing"));
  EXPECT_EQ(error("5s", "1h"), "rules/chat.yaml:11: zeta: stream_end: expected from 1s to 15s");
  EXPECT_THAT(error("2m", "1s"), StartsWith("rules/chat.yaml:12: zeta: prompt_life: expected"));
  EXPECT_THAT(error("      source: captures of 2025\n", ""), HasSubstr("zeta: source: is missing"));
  EXPECT_THAT(error("stream_end", "stream_stop"), HasSubstr("zeta: stream_stop: unknown key"));
}

TEST(Compile, AllWrongServicesAreReportedAtOnce) {
  const RuleSet rules = Read(
      "services:\n"
      "  - {id: a}\n"
      "  - {id: b}\n");
  EXPECT_EQ(rules.errors.size(), 2u);
}

TEST(Compile, AHostOfTwoServicesIsRefusedWithBothPlaces) {
  EXPECT_EQ(ErrorAfter("api.alpha.example", "zeta.example"),
            "rules/chat.yaml:20: alpha: hosts: zeta.example is also listed under zeta at "
            "rules/chat.yaml:10");
}

TEST(Compile, AnIdWrittenTwiceIsRefusedWithBothPlaces) {
  EXPECT_EQ(ErrorAfter("id: alpha", "id: zeta"),
            "rules/chat.yaml:13: zeta: id: is also at rules/chat.yaml:2");
}

TEST(Compile, AFileWhoseNameIsNoCategoryNeedsOneInEachService) {
  const RuleSet rules = Read(kGood, "rules/mine.yaml");
  ASSERT_EQ(rules.errors.size(), 1u);
  EXPECT_THAT(rules.errors[0], StartsWith("rules/mine.yaml:2: zeta: category: unknown"));
}

TEST(Compile, ALocalModelNeedsNoHosts) {
  const auto compiled = Compile(Read(
      "services:\n"
      "  - {id: m, name: M, vendor: V, surface: local_model, checked: 2026-01-01, sources: [s]}\n",
      "local.yaml"));
  ASSERT_TRUE(compiled.ok()) << compiled.status().ToString();
  EXPECT_EQ(compiled->services(0).category(), v1::CATEGORY_LOCAL);
}

TEST(Compile, AliasesCannotMultiplyTheWorkWithoutLimit) {
  // 2000 services of 4000 hosts through aliases: 8 million hosts from 40 kB of text.
  std::string text = "services:\n  - &s\n    id: s\n    name: S\n    vendor: V\n    surface: web\n";
  text += "    checked: 2026-01-01\n    sources: [s]\n    hosts: {use: [&h a.example";
  for (int i = 1; i < 4000; ++i) text += ",*h";
  text += "]}\n";
  for (int i = 0; i < 2000; ++i) text += "  - *s\n";
  const RuleSet rules = Read(text);
  ASSERT_EQ(rules.errors.size(), 1u);
  EXPECT_THAT(rules.errors[0], HasSubstr("more than 262144 hosts"));
}

TEST(Compile, WhatIsNoYamlIsAnError) {
  for (const char* text : {"", "[", "a: b: c", "- 1", "services: 3", "services: [3]",
                           "services: [&a [*a]]", "services: {a: b}", "? [a]\n: b", "\xff\xfe"}) {
    EXPECT_FALSE(Read(text).errors.empty()) << text;
  }
}

class Folder {
 public:
  Folder() : path_(::testing::TempDir() + "gnomon_rules_" + std::to_string(::getpid())) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  void Write(const std::string& name, const std::string& text) {
    ASSERT_TRUE(WriteFileAtomically(path_ / name, text).ok());
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

TEST(Compile, AFolderIsReadWithItsVersion) {
  Folder folder;
  folder.Write("chat.yaml", kGood);
  folder.Write("VERSION", "42\n");
  folder.Write("notes.txt", "not read");
  const auto compiled = CompileFolder(folder.path());
  ASSERT_TRUE(compiled.ok()) << compiled.status().ToString();
  EXPECT_EQ(compiled->version(), 42u);
}

TEST(Compile, AFolderWithoutAUsableVersionIsRefused) {
  Folder folder;
  folder.Write("chat.yaml", kGood);
  EXPECT_THAT(CompileFolder(folder.path()).status().message(), HasSubstr("VERSION"));
  for (const char* text : {"", "0", "-1", "1.2", "v1", "99999999999999999999"}) {
    folder.Write("VERSION", text);
    EXPECT_THAT(CompileFolder(folder.path()).status().message(), HasSubstr("whole number")) << text;
  }
}

TEST(Compile, AMissingOrEmptyFolderIsAnError) {
  EXPECT_FALSE(CompileFolder("/nonexistent").ok());
  Folder folder;
  EXPECT_THAT(CompileFolder(folder.path()).status().message(), HasSubstr("holds no .yaml file"));
}

TEST(Names, DatesAreReadStrictlyAndPrintedBack) {
  EXPECT_EQ(ParseDate("2000-01-01"), 10957);
  EXPECT_EQ(ParseDate("2024-02-29"), 19782);
  for (const char* bad : {"", "2026-2-1", "2026-13-01", "2026-02-30", "2023-02-29", "1999-12-31",
                          "2026/01/01", "2026-01-01x", "+026-01-01", "2026-00-10", "2026-01-00"}) {
    EXPECT_EQ(ParseDate(bad), std::nullopt) << bad;
  }
  for (const char* good : {"2000-01-01", "2026-11-23", "2199-12-31"}) {
    EXPECT_EQ(DateText(*ParseDate(good)), good);
  }
}

TEST(Names, EveryValueOfTheProtocolHasANameThatReadsBack) {
  for (int i = v1::Category_MIN + 1; i <= v1::Category_MAX; ++i) {
    EXPECT_EQ(ParseCategory(CategoryName(v1::Category(i))), i);
  }
  for (int i = v1::Surface_MIN + 1; i <= v1::Surface_MAX; ++i) {
    EXPECT_EQ(ParseSurface(SurfaceName(v1::Surface(i))), i);
  }
  for (int i = v1::HostRole_MIN + 1; i <= v1::HostRole_MAX; ++i) {
    EXPECT_EQ(ParseRole(RoleName(v1::HostRole(i))), i);
  }
}

}  // namespace
}  // namespace gnomon::catalogue
