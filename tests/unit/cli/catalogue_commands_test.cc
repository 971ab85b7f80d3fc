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
  EXPECT_THAT(table.out, StartsWith("id    name"));
  const Outcome csv = Run({"catalogue", "list", "--catalogue", file, "--format", "csv"});
  EXPECT_EQ(csv.out,
            "id,name,vendor,category,surface,hosts,checked\r\n"
            "talk,\"Talk, the \"\"best\"\"\",Talk Labs,chat,web,1,2199-01-01\r\n");
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
  EXPECT_THAT(lint.out, HasSubstr("chat.yaml:2: future: talk: checked on 2199-01-01"));
  EXPECT_THAT(lint.out, HasSubstr("1 services, 1 hosts, 1 findings"));
}

TEST_F(CatalogueCommands, AMissingCatalogueIsNamed) {
  const Outcome match = Run({"catalogue", "match", "--catalogue", Path("none.pb"), "x.example"});
  EXPECT_EQ(match.code, 2);
  EXPECT_THAT(match.err, HasSubstr("none.pb"));
}

}  // namespace
}  // namespace gnomon::cli
