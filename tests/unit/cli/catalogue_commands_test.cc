#include "cli/catalogue_commands.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file.h"

namespace gnomon::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Outcome {
  int code = -1;
  std::string out;
  std::string err;
};

class CatalogueCommands : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "gnomon_cli_catalogue_" + std::to_string(::getpid());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ / "rules");
    Write("rules/VERSION", "5\n");
    Write("rules/chat.yaml",
          "services:\n"
          "  - id: talk\n"
          "    name: Talk, the \"best\"\n"
          "    vendor: Talk Labs\n"
          "    surface: web\n"
          "    country: CH\n"
          "    checked: 2199-01-01\n"
          "    sources: [list@1]\n"
          "    hosts: {use: [talk.example]}\n");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& name, const std::string& text) {
    ASSERT_TRUE(WriteFileAtomically(folder_ / name, text).ok());
  }
  std::string Path(const std::string& name) const { return (folder_ / name).string(); }

  static Outcome Run(std::vector<std::string> arguments) {
    CLI::App app("test", "gnomon");
    Outcome outcome;
    AddCatalogueCommands(app, &outcome.code);
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
    try {
      app.parse(arguments);
    } catch (const CLI::ParseError& error) {
      outcome.code = error.get_exit_code();
    }
    outcome.out = ::testing::internal::GetCapturedStdout();
    outcome.err = ::testing::internal::GetCapturedStderr();
    return outcome;
  }
  void Build() {
    const Outcome built =
        Run({"catalogue", "build", "--rules", Path("rules"), "-o", Path("out/catalogue.pb")});
    ASSERT_EQ(built.code, 0) << built.err;
    EXPECT_THAT(built.out, HasSubstr("version 5, 1 services, 1 hosts"));
  }

  std::filesystem::path folder_;
};

TEST_F(CatalogueCommands, WhatIsBuiltCanBeMatched) {
  Build();
  const Outcome hit =
      Run({"catalogue", "match", "--catalogue", Path("out/catalogue.pb"), "WWW.Talk.Example."});
  EXPECT_EQ(hit.code, 0);
  EXPECT_EQ(hit.out,
            "WWW.Talk.Example.  talk (Talk, the \"best\", Talk Labs): rule talk.example, role "
            "use\n");
  const Outcome miss = Run({"catalogue", "match", "--catalogue", Path("out/catalogue.pb"),
                            "talk.example", "talks.example"});
  EXPECT_EQ(miss.code, 1);
  EXPECT_THAT(miss.out, HasSubstr("talks.example  no service: looks like talk.example (talk)"));
}

TEST_F(CatalogueCommands, TheListIsATableJsonOrCsv) {
  Build();
  const std::string file = Path("out/catalogue.pb");
  const Outcome table = Run({"catalogue", "list", "--catalogue", file});
  EXPECT_EQ(table.code, 0);
  EXPECT_THAT(table.out, StartsWith("id "));
  EXPECT_THAT(table.out, HasSubstr("Talk Labs"));
  const Outcome csv = Run({"catalogue", "list", "--catalogue", file, "--format", "csv"});
  EXPECT_EQ(csv.out,
            "id,name,vendor,country,category,surface,hosts,checked,price\r\n"
            "talk,\"Talk, the \"\"best\"\"\",Talk Labs,CH,chat,web,1,2199-01-01,\r\n");
  const Outcome json = Run({"catalogue", "list", "--catalogue", file, "--format", "json"});
  const auto parsed = nlohmann::json::parse(json.out);
  EXPECT_EQ(parsed["version"], 5);
  EXPECT_EQ(parsed["services"][0]["hosts"][0]["suffix"], "talk.example");
}

TEST_F(CatalogueCommands, TheListCanBeOfOneCategory) {
  Build();
  const std::string file = Path("out/catalogue.pb");
  EXPECT_THAT(Run({"catalogue", "list", "--catalogue", file, "--category", "chat"}).out,
              HasSubstr("talk"));
  EXPECT_THAT(Run({"catalogue", "list", "--catalogue", file, "--category", "api"}).out,
              ::testing::Not(HasSubstr("talk")));
  const Outcome wrong = Run({"catalogue", "list", "--catalogue", file, "--category", "chats"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("known are chat, api"));
}

TEST_F(CatalogueCommands, WrongRulesAreNotBuiltAndTheOldFileStays) {
  Build();
  Write("rules/chat.yaml", "services:\n  - id: Talk\n");
  const Outcome built =
      Run({"catalogue", "build", "--rules", Path("rules"), "-o", Path("out/catalogue.pb")});
  EXPECT_EQ(built.code, 2);
  EXPECT_THAT(built.err, HasSubstr("chat.yaml:2: "));
  EXPECT_EQ(
      Run({"catalogue", "match", "--catalogue", Path("out/catalogue.pb"), "talk.example"}).code, 0);
}

TEST_F(CatalogueCommands, LintExitsWithOneWhereItFindsSomething) {
  const Outcome lint = Run({"catalogue", "lint", Path("rules")});
  EXPECT_EQ(lint.code, 1);
  EXPECT_THAT(lint.out,
              HasSubstr("chat.yaml:7: checked: future: talk: last checked on 2199-01-01"));
  EXPECT_THAT(lint.out, HasSubstr("1 services, 1 hosts, 1 findings"));
}

TEST_F(CatalogueCommands, AMissingCatalogueIsNamed) {
  const Outcome match = Run({"catalogue", "match", "--catalogue", Path("none.pb"), "x.example"});
  EXPECT_EQ(match.code, 2);
  EXPECT_THAT(match.err, HasSubstr("none.pb"));
}

TEST_F(CatalogueCommands, TheListIsChosenByCountryAndVendorAndCounted) {
  Build();
  const std::string file = Path("out/catalogue.pb");
  const auto list = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments = {"catalogue", "list", "--catalogue", file};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Run(arguments);
  };
  EXPECT_THAT(list({"--country", "CH"}).out, HasSubstr("talk"));
  EXPECT_THAT(list({"--country", "FR"}).out, ::testing::Not(HasSubstr("talk")));
  EXPECT_EQ(list({"--country", "UK"}).code, 2);
  EXPECT_THAT(list({"--vendor", "Talk Labs"}).out, HasSubstr("talk"));
  EXPECT_THAT(list({"--vendor", "Other"}).out, ::testing::Not(HasSubstr("talk")));
  EXPECT_EQ(list({"--count-by", "country", "--format", "csv"}).out,
            "country,services,hosts\r\nCH,1,1\r\n");
  EXPECT_EQ(list({"--count-by", "category", "--format", "csv"}).out,
            "category,services,hosts\r\nchat,1,1\r\n");
  EXPECT_EQ(
      nlohmann::json::parse(list({"--count-by", "vendor", "--format", "json"}).out)[0]["hosts"], 1);
  EXPECT_NE(list({"--count-by", "colour"}).code, 0);
}

TEST_F(CatalogueCommands, LintSpeaksJson) {
  const Outcome lint = Run({"catalogue", "lint", Path("rules"), "--format", "json"});
  EXPECT_EQ(lint.code, 1);
  const auto parsed = nlohmann::json::parse(lint.out);
  EXPECT_EQ(parsed["services"], 1);
  EXPECT_EQ(parsed["findings"][0]["kind"], "future");
  EXPECT_EQ(parsed["findings"][0]["field"], "checked");
}

TEST_F(CatalogueCommands, DiffComparesFilesAndFoldersAndExitsWithOneWhereTheyDiffer) {
  Build();
  EXPECT_EQ(Run({"catalogue", "diff", Path("out/catalogue.pb"), Path("rules")}).out,
            "no difference\n");
  Write("rules/VERSION", "6\n");
  Write("rules/code.yaml",
        "services:\n  - {id: fresh, name: F, vendor: F, surface: api, checked: 2026-11-23,\n"
        "     sources: [l], hosts: {use: [api.fresh.example]}}\n");
  const Outcome diff = Run({"catalogue", "diff", Path("out/catalogue.pb"), Path("rules")});
  EXPECT_EQ(diff.code, 1);
  EXPECT_THAT(diff.out, HasSubstr("service added    fresh: F of F, code\n"));
  EXPECT_THAT(diff.out, HasSubstr("1 service added, 1 host added\n"));
  const Outcome json =
      Run({"catalogue", "diff", "--format", "json", Path("out/catalogue.pb"), Path("rules")});
  EXPECT_EQ(nlohmann::json::parse(json.out)["to"], 6);
  EXPECT_EQ(Run({"catalogue", "diff", Path("none.pb"), Path("rules")}).code, 2);
}

TEST_F(CatalogueCommands, ExportWritesEachFormat) {
  Build();
  const auto exported = [&](const std::string& to) {
    return Run({"catalogue", "export", "--to", to, "--catalogue", Path("out/catalogue.pb")});
  };
  EXPECT_EQ(exported("domains").out, "talk.example\n");
  EXPECT_THAT(exported("suricata").out, HasSubstr("tls.sni; dotprefix; content:\".talk.example\""));
  EXPECT_THAT(exported("zeek").out, HasSubstr("talk.example\tIntel::DOMAIN\tgnomon-5/talk\t"));
  EXPECT_EQ(nlohmann::json::parse(exported("json").out)["services"][0]["country"], "CH");
  EXPECT_NE(exported("snort").code, 0);
}

TEST_F(CatalogueCommands, AddDraftsARuleThatBuilds) {
  Build();
  const std::string file = Path("out/catalogue.pb");
  const Outcome printed = Run({"catalogue", "add", "--catalogue", file, "Chat.Fresh.Example."});
  EXPECT_EQ(printed.code, 0) << printed.err;
  EXPECT_THAT(printed.out, HasSubstr("  - id: fresh\n"));
  EXPECT_THAT(printed.out, HasSubstr("        - chat.fresh.example\n"));
  for (const char* host : {"one.example", "two.example"}) {
    const Outcome added =
        Run({"catalogue", "add", "--catalogue", file, "-o", Path("rules/new.yaml"), "--category",
             "api", "--country", "FR", "--source", "docs", host});
    EXPECT_EQ(added.code, 0) << added.err;
  }
  const Outcome list = Run({"catalogue", "list", "--catalogue", Path("rules"), "--format", "csv"});
  EXPECT_THAT(list.out, HasSubstr("\r\none,one,one,FR,api,web,1,"));
  EXPECT_THAT(list.out, HasSubstr("\r\ntwo,two,two,FR,api,web,1,"));
}

TEST_F(CatalogueCommands, AddRefusesWhatNoRuleMayHold) {
  Build();
  for (const char* host : {"talk.example", "vercel.app", "co.uk", "localhost"}) {
    const Outcome refused = Run({"catalogue", "add", "--catalogue", Path("out/catalogue.pb"), "-o",
                                 Path("rules/new.yaml"), host});
    EXPECT_EQ(refused.code, 2) << host;
    EXPECT_THAT(refused.err, HasSubstr(host));
  }
  EXPECT_FALSE(std::filesystem::exists(Path("rules/new.yaml")));
}

}  // namespace
}  // namespace gnomon::cli
