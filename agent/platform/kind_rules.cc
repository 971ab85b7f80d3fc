#include "agent/platform/kind_rules.h"

#include <algorithm>
#include <iterator>
#include <string>

namespace gnomon::platform {
namespace {

enum class Sort {
  kUnlisted,
  kBrowser,
  kEditor,
  kDesktopApp,
  kShell,    // of a desktop or Electron itself: a more telling name of the process goes first
  kHelper,   // does the network for the program that started it
  kTool,     // of the command line
  kRuntime,  // runs any script; the process may carry the script's name
};

struct Entry {
  std::string_view name;  // lower case, without a version at its end
  Sort sort;
};

// Base names of executables as the makers' and the distributions' packages install them.
constexpr Entry kPrograms[] = {
    // Browsers.
    {"brave", Sort::kBrowser},
    {"brave-browser", Sort::kBrowser},
    {"chrome", Sort::kBrowser},
    {"chromium", Sort::kBrowser},
    {"chromium-browser", Sort::kBrowser},
    {"epiphany", Sort::kBrowser},
    {"falkon", Sort::kBrowser},
    {"firefox", Sort::kBrowser},
    {"firefox-bin", Sort::kBrowser},
    {"firefox-esr", Sort::kBrowser},
    {"google chrome", Sort::kBrowser},
    {"google-chrome", Sort::kBrowser},
    {"headless_shell", Sort::kBrowser},
    {"konqueror", Sort::kBrowser},
    {"librewolf", Sort::kBrowser},
    {"microsoft-edge", Sort::kBrowser},
    {"microsoft edge", Sort::kBrowser},
    {"msedge", Sort::kBrowser},
    {"opera", Sort::kBrowser},
    {"qutebrowser", Sort::kBrowser},
    {"safari", Sort::kBrowser},
    {"tor-browser", Sort::kBrowser},
    {"vivaldi", Sort::kBrowser},
    {"vivaldi-bin", Sort::kBrowser},
    {"waterfox", Sort::kBrowser},
    {"zen", Sort::kBrowser},
    {"zen-bin", Sort::kBrowser},
    // Editors.
    {"android-studio", Sort::kEditor},
    {"clion", Sort::kEditor},
    {"code", Sort::kEditor},
    {"code-insiders", Sort::kEditor},
    {"code-oss", Sort::kEditor},
    {"codium", Sort::kEditor},
    {"cursor", Sort::kEditor},
    {"datagrip", Sort::kEditor},
    {"dataspell", Sort::kEditor},
    {"eclipse", Sort::kEditor},
    {"emacs", Sort::kEditor},
    {"emacs-gtk", Sort::kEditor},
    {"emacs-lucid", Sort::kEditor},
    {"emacs-nox", Sort::kEditor},
    {"emacs-pgtk", Sort::kEditor},
    {"gnome-text-editor", Sort::kEditor},
    {"goland", Sort::kEditor},
    {"gvim", Sort::kEditor},
    {"helix", Sort::kEditor},
    {"hx", Sort::kEditor},
    {"idea", Sort::kEditor},
    {"kate", Sort::kEditor},
    {"kiro", Sort::kEditor},
    {"neovide", Sort::kEditor},
    {"nvim", Sort::kEditor},
    {"nvim-qt", Sort::kEditor},
    {"phpstorm", Sort::kEditor},
    {"pycharm", Sort::kEditor},
    {"rider", Sort::kEditor},
    {"rstudio", Sort::kEditor},
    {"rubymine", Sort::kEditor},
    {"rustrover", Sort::kEditor},
    {"studio", Sort::kEditor},
    {"sublime_text", Sort::kEditor},
    {"trae", Sort::kEditor},
    {"vim", Sort::kEditor},
    {"vim.basic", Sort::kEditor},
    {"vim.gtk", Sort::kEditor},
    {"vim.nox", Sort::kEditor},
    {"vim.tiny", Sort::kEditor},
    {"vscodium", Sort::kEditor},
    {"webstorm", Sort::kEditor},
    {"windsurf", Sort::kEditor},
    {"zed", Sort::kEditor},
    {"zed-editor", Sort::kEditor},
    // Desktop apps.
    {"chatgpt", Sort::kDesktopApp},
    {"cherry-studio", Sort::kDesktopApp},
    {"claude-desktop", Sort::kDesktopApp},
    {"discord", Sort::kDesktopApp},
    {"element-desktop", Sort::kDesktopApp},
    {"evolution", Sort::kDesktopApp},
    {"figma-linux", Sort::kDesktopApp},
    {"jan", Sort::kDesktopApp},
    {"lm-studio", Sort::kDesktopApp},
    {"logseq", Sort::kDesktopApp},
    {"mattermost-desktop", Sort::kDesktopApp},
    {"msty", Sort::kDesktopApp},
    {"notion", Sort::kDesktopApp},
    {"notion-app", Sort::kDesktopApp},
    {"obsidian", Sort::kDesktopApp},
    {"onlyoffice", Sort::kDesktopApp},
    {"postman", Sort::kDesktopApp},
    {"perplexity", Sort::kDesktopApp},
    {"raycast", Sort::kDesktopApp},
    {"signal-desktop", Sort::kDesktopApp},
    {"slack", Sort::kDesktopApp},
    {"soffice.bin", Sort::kDesktopApp},
    {"teams", Sort::kDesktopApp},
    {"teams-for-linux", Sort::kDesktopApp},
    {"telegram-desktop", Sort::kDesktopApp},
    {"thunderbird", Sort::kDesktopApp},
    {"thunderbird-bin", Sort::kDesktopApp},
    {"zoom", Sort::kDesktopApp},
    {"zoomwebviewhost", Sort::kDesktopApp},
    {"electron", Sort::kShell},
    {"gjs-console", Sort::kShell},
    {"gnome-shell", Sort::kShell},
    {"plasmashell", Sort::kShell},
    {"qtwebengineprocess", Sort::kHelper},
    {"webkitnetworkprocess", Sort::kHelper},
    // Tools of the command line.
    {"aichat", Sort::kTool},
    {"aider", Sort::kTool},
    {"amp", Sort::kTool},
    {"ash", Sort::kTool},
    {"aws", Sort::kTool},
    {"bash", Sort::kTool},
    {"claude", Sort::kTool},
    {"codex", Sort::kTool},
    {"copilot", Sort::kTool},
    {"crush", Sort::kTool},
    {"curl", Sort::kTool},
    {"dash", Sort::kTool},
    {"fabric", Sort::kTool},
    {"fish", Sort::kTool},
    {"gemini", Sort::kTool},
    {"gh", Sort::kTool},
    {"git", Sort::kTool},
    {"git-remote-http", Sort::kTool},
    {"glab", Sort::kTool},
    {"goose", Sort::kTool},
    {"grpcurl", Sort::kTool},
    {"http", Sort::kTool},
    {"httpie", Sort::kTool},
    {"https", Sort::kTool},
    {"llm", Sort::kTool},
    {"lynx", Sort::kTool},
    {"mods", Sort::kTool},
    {"nc", Sort::kTool},
    {"ncat", Sort::kTool},
    {"nu", Sort::kTool},
    {"ollama", Sort::kTool},
    {"opencode", Sort::kTool},
    {"openssl", Sort::kTool},
    {"qwen", Sort::kTool},
    {"sgpt", Sort::kTool},
    {"sh", Sort::kTool},
    {"socat", Sort::kTool},
    {"tgpt", Sort::kTool},
    {"w3m", Sort::kTool},
    {"wget", Sort::kTool},
    {"xh", Sort::kTool},
    {"zsh", Sort::kTool},
    // Script runtimes.
    {"bun", Sort::kRuntime},
    {"deno", Sort::kRuntime},
    {"dotnet", Sort::kRuntime},
    {"elixir", Sort::kRuntime},
    {"beam.smp", Sort::kRuntime},
    {"go", Sort::kRuntime},
    {"java", Sort::kRuntime},
    {"julia", Sort::kRuntime},
    {"lua", Sort::kRuntime},
    {"luajit", Sort::kRuntime},
    {"mono", Sort::kRuntime},
    {"node", Sort::kRuntime},
    {"nodejs", Sort::kRuntime},
    {"octave-cli", Sort::kRuntime},
    {"perl", Sort::kRuntime},
    {"php", Sort::kRuntime},
    {"php-cgi", Sort::kRuntime},
    {"php-fpm", Sort::kRuntime},
    {"pwsh", Sort::kRuntime},
    {"pypy", Sort::kRuntime},
    {"python", Sort::kRuntime},
    {"r", Sort::kRuntime},
    {"ruby", Sort::kRuntime},
    {"tclsh", Sort::kRuntime},
    {"uv", Sort::kRuntime},
};

// Where a runtime lies tells more than its name. Editors bring their own.
struct Folder {
  std::string_view part;
  Sort sort;
};
constexpr Folder kFolders[] = {
    {"/jbr/bin/", Sort::kEditor},         // the Java of the JetBrains editors
    {"/.vscode-server/", Sort::kEditor},  // the far end of an editor's remote session
    {"/.vscode-server-insiders/", Sort::kEditor},
    {"/.cursor-server/", Sort::kEditor},
    {"/.windsurf-server/", Sort::kEditor},
    {"/go-build", Sort::kRuntime},  // `go run`
};

constexpr std::string_view kDeleted = " (deleted)";  // of a program that was updated while it runs
constexpr size_t kLongestName = 64;
constexpr size_t kLinuxName = 15;  // proc(5): comm is cut off there

std::string_view BaseName(std::string_view path) {
  if (path.ends_with(kDeleted)) path.remove_suffix(kDeleted.size());
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

// Lower case, without the version at its end: python3.11, idea64, emacs-29.1.
std::string Plain(std::string_view name) {
  std::string plain(name.substr(0, kLongestName));
  for (char& c : plain) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  const size_t last = plain.find_last_not_of("0123456789.");
  plain.resize(last == std::string::npos ? 0 : last + 1);
  if (plain.size() < name.size() && plain.ends_with('-')) plain.pop_back();
  return plain;
}

Sort SortOfName(std::string_view name, bool may_be_cut_off) {
  const std::string plain = Plain(name);
  if (plain.empty()) return Sort::kUnlisted;
  const bool cut_off = may_be_cut_off && plain.size() == kLinuxName;
  const auto found = std::find_if(std::begin(kPrograms), std::end(kPrograms), [&](const Entry& e) {
    return e.name == plain || (cut_off && e.name.starts_with(plain));
  });
  return found == std::end(kPrograms) ? Sort::kUnlisted : found->sort;
}

Sort SortOf(const Program& program) {
  const Sort by_file = SortOfName(BaseName(program.executable), false);
  if (by_file == Sort::kRuntime || by_file == Sort::kUnlisted) {
    for (const Folder& folder : kFolders) {
      if (program.executable.find(folder.part) != std::string_view::npos) return folder.sort;
    }
  }
  if (by_file != Sort::kRuntime && by_file != Sort::kShell && by_file != Sort::kUnlisted) {
    return by_file;
  }
  const Sort by_name = SortOfName(program.name, true);
  return by_name == Sort::kUnlisted ? by_file : by_name;
}

bool IsCommand(Sort sort) {
  return sort == Sort::kTool || sort == Sort::kRuntime;
}

}  // namespace

bool IsListed(const Program& program) {
  return SortOf(program) != Sort::kUnlisted;
}

bool AsksParents(const Program& program, bool has_terminal) {
  const Sort sort = SortOf(program);
  return sort == Sort::kHelper || (IsCommand(sort) && !has_terminal);
}

v1::Client KindOf(const Program& program, bool has_terminal, std::span<const Program> parents) {
  const Sort sort = SortOf(program);
  switch (sort) {
    case Sort::kBrowser:
      return v1::CLIENT_BROWSER;
    case Sort::kEditor:
      return v1::CLIENT_EDITOR;
    case Sort::kDesktopApp:
    case Sort::kShell:
      return v1::CLIENT_DESKTOP_APP;
    case Sort::kUnlisted:
      return v1::CLIENT_UNKNOWN;
    case Sort::kHelper:
    case Sort::kTool:
    case Sort::kRuntime:
      break;
  }
  if (IsCommand(sort) && has_terminal) return v1::CLIENT_TERMINAL;
  for (const Program& parent : parents) {
    const Sort above = SortOf(parent);
    if (above == Sort::kEditor) return v1::CLIENT_EDITOR;
    if (above == Sort::kDesktopApp) return v1::CLIENT_DESKTOP_APP;
    if (above == Sort::kBrowser && sort == Sort::kHelper) return v1::CLIENT_BROWSER;
  }
  // What a helper works for is a program with windows, listed or not.
  return sort == Sort::kHelper ? v1::CLIENT_DESKTOP_APP : v1::CLIENT_SCRIPT_RUNTIME;
}

}  // namespace gnomon::platform
