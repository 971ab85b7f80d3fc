#include "agent/platform/kind_rules.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace gnomon::platform {
namespace {

constexpr bool kTerminal = true;
constexpr bool kNoTerminal = false;

struct Case {
  const char* executable;
  const char* name;
  v1::Client kind;
};

TEST(KindRules, ProgramsWithWindowsAreWhatTheyAreWithATerminalOrWithout) {
  const std::vector<Case> cases = {
      {"/opt/google/chrome/chrome", "chrome", v1::CLIENT_BROWSER},
      {"/usr/lib/chromium/chromium", "chromium", v1::CLIENT_BROWSER},
      {"/snap/firefox/4259/usr/lib/firefox/firefox", "Socket Thread", v1::CLIENT_BROWSER},
      {"/usr/lib/firefox-esr/firefox-esr", "firefox-esr", v1::CLIENT_BROWSER},
      {"/opt/brave.com/brave/brave", "brave", v1::CLIENT_BROWSER},
      {"/opt/microsoft/msedge/msedge", "msedge", v1::CLIENT_BROWSER},
      {"/opt/vivaldi/vivaldi-bin", "vivaldi-bin", v1::CLIENT_BROWSER},
      {"/usr/lib/x86_64-linux-gnu/opera/opera", "opera", v1::CLIENT_BROWSER},
      {"/Applications/Safari.app/Contents/MacOS/Safari", "Safari", v1::CLIENT_BROWSER},
      {"/Applications/x/Google Chrome", "", v1::CLIENT_BROWSER},
      {"/usr/share/code/code", "code", v1::CLIENT_EDITOR},
      {"/usr/share/code-insiders/code-insiders", "code-insiders", v1::CLIENT_EDITOR},
      {"/tmp/.mount_CursorX/usr/share/cursor/cursor", "cursor", v1::CLIENT_EDITOR},
      {"/opt/windsurf/windsurf", "windsurf", v1::CLIENT_EDITOR},
      {"/home/a/.local/zed.app/libexec/zed-editor", "zed-editor", v1::CLIENT_EDITOR},
      {"/usr/bin/nvim", "nvim", v1::CLIENT_EDITOR},
      {"/usr/bin/vim.gtk3", "vim", v1::CLIENT_EDITOR},
      {"/usr/bin/emacs-29.1", "emacs", v1::CLIENT_EDITOR},
      {"/opt/idea/bin/idea64", "idea64", v1::CLIENT_EDITOR},
      {"/opt/pycharm-2026.2/bin/pycharm", "pycharm", v1::CLIENT_EDITOR},
      {"/opt/pycharm-2023.2/jbr/bin/java", "java", v1::CLIENT_EDITOR},
      {"/opt/sublime_text/sublime_text", "sublime_text", v1::CLIENT_EDITOR},
      {"/home/a/.vscode-server/bin/0123/node", "node", v1::CLIENT_EDITOR},
      {"/usr/lib/slack/slack", "slack", v1::CLIENT_DESKTOP_APP},
      {"/opt/ChatGPT/ChatGPT", "ChatGPT", v1::CLIENT_DESKTOP_APP},
      {"/usr/lib/claude-desktop/claude-desktop", "claude-desktop", v1::CLIENT_DESKTOP_APP},
      {"/usr/lib/electron28/electron", "electron", v1::CLIENT_DESKTOP_APP},
      {"/usr/bin/some-program", "some-program", v1::CLIENT_UNKNOWN},
      {"", "", v1::CLIENT_UNKNOWN},
      {"/", "/", v1::CLIENT_UNKNOWN},
  };
  for (const Case& c : cases) {
    for (const bool terminal : {kTerminal, kNoTerminal}) {
      EXPECT_EQ(KindOf({c.executable, c.name}, terminal, {}), c.kind) << c.executable;
      EXPECT_FALSE(AsksParents({c.executable, c.name}, terminal)) << c.executable;
    }
  }
}

TEST(KindRules, ToolsAndRuntimesAreATerminalWhereThereIsOneAndElseScripts) {
  for (const Program& program : std::vector<Program>{
           {"/usr/bin/curl", "curl"},
           {"/usr/bin/wget", "wget"},
           {"/usr/bin/bash", "bash"},
           {"/usr/bin/gh", "gh"},
           {"/usr/bin/openssl", "openssl"},
           {"/usr/lib/git-core/git-remote-http", "git-remote-http"},
           {"/usr/bin/python3.11", "python3"},
           {"/usr/bin/python3.11", "aider"},
           {"/usr/local/bin/node", "node-MainThread"},
           {"/usr/bin/node", "claude"},
           {"/home/a/.local/share/claude/versions/2.0.14", "claude"},
           {"/usr/bin/deno", "deno"},
           {"/home/a/.bun/bin/bun", "bun"},
           {"/usr/bin/ruby3.1", "ruby"},
           {"/usr/lib/jvm/java-17/bin/java", "java"},
           {"/tmp/go-build381/b001/exe/main", "main"},
       }) {
    EXPECT_EQ(KindOf(program, kTerminal, {}), v1::CLIENT_TERMINAL) << program.executable;
    EXPECT_EQ(KindOf(program, kNoTerminal, {}), v1::CLIENT_SCRIPT_RUNTIME) << program.executable;
    EXPECT_FALSE(AsksParents(program, kTerminal));
    EXPECT_TRUE(AsksParents(program, kNoTerminal));
  }
}

TEST(KindRules, WithoutATerminalTheEditorOrAppThatStartedItCounts) {
  const Program node{"/usr/bin/node", "node"};
  const std::vector<Program> editor = {{"/usr/bin/dash", "sh"}, {"/usr/bin/nvim", "nvim"}};
  EXPECT_EQ(KindOf(node, kNoTerminal, editor), v1::CLIENT_EDITOR);
  EXPECT_EQ(KindOf(node, kTerminal, editor), v1::CLIENT_TERMINAL);
  const std::vector<Program> app = {{"/usr/lib/claude-desktop/claude-desktop", ""}};
  EXPECT_EQ(KindOf(node, kNoTerminal, app), v1::CLIENT_DESKTOP_APP);
  const std::vector<Program> desktop = {{"/usr/bin/gnome-shell", "gnome-shell"},
                                        {"/usr/lib/systemd/systemd", "systemd"}};
  EXPECT_EQ(KindOf(node, kNoTerminal, desktop), v1::CLIENT_SCRIPT_RUNTIME);
}

TEST(KindRules, ANetworkHelperIsWhatItWorksFor) {
  const Program helper{"/usr/libexec/webkit2gtk-4.1/WebKitNetworkProcess", "WebKitNetworkPr"};
  EXPECT_TRUE(AsksParents(helper, kTerminal));
  const std::vector<Program> browser = {{"/usr/bin/bwrap", "bwrap"},
                                        {"/usr/bin/epiphany", "epiphany"}};
  EXPECT_EQ(KindOf(helper, kTerminal, browser), v1::CLIENT_BROWSER);
  EXPECT_EQ(KindOf(helper, kNoTerminal, {}), v1::CLIENT_DESKTOP_APP);
}

TEST(KindRules, TheProcessNameHelpsOutWhereTheFileDoesNotTell) {
  EXPECT_EQ(KindOf({"", "firefox"}, kNoTerminal, {}), v1::CLIENT_BROWSER);
  EXPECT_EQ(KindOf({"/usr/lib/electron28/electron", "code-oss"}, kNoTerminal, {}),
            v1::CLIENT_EDITOR);
  // Cut off at 15 bytes, as Linux does.
  EXPECT_EQ(KindOf({"", "chromium-browse"}, kNoTerminal, {}), v1::CLIENT_BROWSER);
  EXPECT_EQ(KindOf({"", "chromium-b"}, kNoTerminal, {}), v1::CLIENT_UNKNOWN);
  EXPECT_EQ(KindOf({"", "c12345678901234"}, kNoTerminal, {}), v1::CLIENT_UNKNOWN);
  // A listed file is not overruled by what the process calls itself.
  EXPECT_EQ(KindOf({"/usr/bin/curl", "firefox"}, kNoTerminal, {}), v1::CLIENT_SCRIPT_RUNTIME);
}

TEST(KindRules, AnUpdatedProgramThatStillRunsIsKnown) {
  EXPECT_EQ(KindOf({"/opt/google/chrome/chrome (deleted)", ""}, kNoTerminal, {}),
            v1::CLIENT_BROWSER);
}

TEST(KindRules, AnyBytesAreTaken) {
  const std::string long_name(100'000, 'a');
  EXPECT_EQ(KindOf({long_name, long_name}, kNoTerminal, {}), v1::CLIENT_UNKNOWN);
  for (int byte = 0; byte < 256; ++byte) {
    const std::string name(7, static_cast<char>(byte));
    EXPECT_EQ(KindOf({name, name}, kTerminal, {}), v1::CLIENT_UNKNOWN) << byte;
  }
}

}  // namespace
}  // namespace gnomon::platform
