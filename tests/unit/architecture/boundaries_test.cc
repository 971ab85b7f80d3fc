// Arrows run downhill: which folder may include what, and why not more.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

struct Boundary {
  const char* pattern;                  // of the include's path
  std::vector<std::string> allowed;     // folders (or files) that may include it
  const char* why;
};

const std::vector<Boundary> kOnlyThere = {
    {R"(^pcap(/.*)?(\.h)?$)", {"agent/capture/"},
     "only capture sees libpcap, so that everything else builds and is fuzzed without it"},
    {R"(^linux/filter\.h$)", {"agent/capture/"}, "the kernel's packet filter belongs to capture"},
    {R"(^agent/classify/addresses_of_interest\.h$)", {"agent/classify/", "agent/live_filter"},
     "the set that goes against the stream of the data is read in one place"},
    {R"(^grpc(pp)?/.*)",
     {"wire/", "agent/stream/", "collector/ingest/", "collector/query/", "collector/enrol/", "collector/access/",
      "collector/releases/", "collector/pipeline", "cli/", "fleet/"},
     "gRPC stays at the two ends of the wire"},
    {R"(.*\.grpc\.pb\.h$)",
     {"agent/stream/", "collector/ingest/", "collector/query/", "collector/enrol/", "collector/releases/",
      "collector/access/", "cli/", "fleet/"},
     "gRPC stays at the two ends of the wire"},
    {R"(^sqlite3\.h$)", {"base/sqlite"}, "SQLite is reached through base/sqlite.h"},
    {R"(^openssl/.*)", {"pki/", "wire/", "agent/decode/", "collector/ingest/"},
     "cryptography is kept where it can be reviewed"},
    {R"(^sodium\.h$)",
     {"trust/", "collector/enrol/", "collector/access/", "collector/ingest/account.cc",
      "collector/query/audit_chain.cc"},
     "cryptography is kept where it can be reviewed"},
    {R"(^linux/(sock_diag|inet_diag|netlink|unix_diag|rtnetlink)\.h$)", {"agent/platform/linux/"},
     "who holds a socket is asked in one small place, where all that is asked can be read"},
    {R"(^agent/platform/client_kinds\.h$)",
     {"agent/platform/", "agent/daemon.cc", "agent/commands/inspect.cc",
      "agent/commands/inspect_watch.cc"},
     "the stages know the interface in classify only; live capture alone brings a system"},
    {R"(^agent/suggest/.*)", {"agent/suggest/", "agent/commands/suggest.cc"},
     "what is outside the catalogue reaches nothing but the command that shows it"},
    {R"(^agent/decode/ja4\.h$)", {"agent/decode/", "agent/classify/"},
     "a fingerprint is a hint at the kind of client and goes no further than where that is told"},
    {R"(^agent/platform/(linux|other)/.*)", {"agent/platform/"}, "CMake chooses the system"},
    {R"(^libpsl\.h$)", {"catalogue/desk/public_suffix.cc"},
     "the public suffix list is the desk's: the agent matches the catalogue and nothing else"},
    {R"(^catalogue/desk/.*)", {"catalogue/desk/", "cli/"},
     "what keepers of the rules work with stays out of the agent and the collector"},
    {R"(^csv\.h$)", {"value/csv_file.cc"}, "finance's file is the only CSV that is read"},
    {R"(^yaml-cpp/.*)", {"base/yaml", "catalogue/", "fleet/", "cli/"},
     "YAML is read through base/yaml.h, which refuses unknown keys"},
};

struct Downhill {
  const char* folder;                    // files under it
  std::vector<std::string> forbidden;    // must not include anything under these
  const char* why;
};

const std::vector<Downhill> kDownhill = {
    {"base/",
     {"agent/", "collector/", "cli/", "fleet/", "wire/", "pki/", "trust/", "catalogue/", "gnomon/"},
     "base depends on nothing of the project"},
    {"policy/", {"agent/", "collector/", "cli/", "fleet/", "wire/", "pki/", "trust/"},
     "the limits that hold whoever signs are readable in one place"},
    {"value/", {"agent/", "collector/", "cli/", "fleet/", "wire/", "pki/", "trust/"},
     "findings see released numbers, and nothing of how they came about"},
    {"trust/", {"agent/", "collector/", "cli/", "fleet/", "wire/", "pki/", "catalogue/", "gnomon/"},
     "a release is believed before anything of its body is read"},
    {"agent/capture/", {"agent/decode/", "agent/classify/", "agent/sessionise/", "agent/anonymise/",
                        "agent/spool/", "agent/stream/"},
     "capture is the first stage"},
    {"agent/decode/", {"agent/classify/", "agent/sessionise/", "agent/anonymise/", "agent/spool/",
                       "agent/stream/", "agent/capture/source.h", "base/log.h", "base/file.h"},
     "decode is pure and the second stage"},
    {"agent/classify/", {"agent/sessionise/", "agent/anonymise/", "agent/spool/", "agent/stream/",
                         "agent/capture/", "agent/platform/"},
     "classify is the third stage"},
    {"agent/platform/", {"agent/capture/", "agent/sessionise/", "agent/anonymise/", "agent/spool/",
                         "agent/stream/", "agent/inspect/", "base/log.h", "base/file.h",
                         "base/sqlite.h", "wire/"},
     "what is learnt of a process is neither logged nor stored, and only its kind goes on"},
    {"agent/sessionise/", {"agent/anonymise/", "agent/spool/", "agent/stream/", "agent/capture/"},
     "sessionise is the fourth stage"},
    {"agent/suggest/", {"agent/anonymise/", "agent/spool/", "agent/stream/", "agent/capture/", "base/file.h",
                        "base/log.h", "base/sqlite.h"},
     "hosts outside the catalogue are shown to this laptop's user and neither kept nor sent"},
    {"agent/spool/", {"agent/capture/", "agent/decode/", "agent/classify/", "agent/sessionise/",
                      "agent/stream/", "agent/anonymise/anonymiser.h"},
     "after anonymise no type may hold an address, a host name or a moment"},
    {"agent/anonymise/usage_delta.h", {"agent/"}, "what leaves anonymise knows no earlier stage"},
    {"agent/anonymise/record_builder", {"agent/sessionise/", "agent/classify/", "agent/decode/"},
     "records are built from day sums only"},
    {"agent/control/", {"agent/capture/", "agent/decode/", "agent/classify/", "agent/sessionise/",
                        "agent/stream/", "base/log.h"},
     "a laptop's user is shown what may leave, and what they ask for is in no log"},
    {"agent/stream/", {"agent/capture/", "agent/decode/", "agent/classify/", "agent/sessionise/"},
     "after anonymise no type may hold an address, a host name or a moment"},
    {"collector/", {"agent/capture/", "agent/decode/", "agent/classify/", "agent/sessionise/",
                    "agent/spool/", "agent/stream/", "cli/", "fleet/"},
     "the collector knows records, not laptops"},
    {"collector/store/", {"collector/ingest/", "collector/cube/", "collector/query/",
                          "collector/enrol/", "pki/", "wire/"},
     "the usage store has no type in common with identities"},
    {"collector/cube/", {"collector/ingest/", "collector/query/", "collector/enrol/", "pki/", "wire/"},
     "the release gate sees sums only"},
    {"cli/", {"agent/capture/", "agent/decode/", "agent/classify/", "agent/sessionise/",
              "collector/store/"},
     "the command line asks; it does not read stores"},
};

bool StartsWith(const std::string& text, const std::string& prefix) {
  return text.compare(0, prefix.size(), prefix) == 0;
}

struct Include {
  std::string file;    // relative to the source folder
  std::string path;    // what it includes
};

std::vector<Include> AllIncludes() {
  const fs::path root = GNOMON_SOURCE_DIR;
  const std::regex line_pattern(R"re(^\s*#\s*include\s*[<"]([^>"]+)[>"])re");
  std::vector<Include> found;
  for (const char* folder : {"base", "pki", "wire", "trust", "policy", "value", "catalogue", "agent", "collector", "cli", "fleet"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const std::string extension = entry.path().extension();
      if (extension != ".h" && extension != ".cc") continue;
      std::ifstream in(entry.path());
      std::string line;
      while (std::getline(in, line)) {
        std::smatch match;
        if (std::regex_search(line, match, line_pattern)) {
          found.push_back({fs::relative(entry.path(), root).generic_string(), match[1]});
        }
      }
    }
  }
  return found;
}

TEST(Boundaries, TheSourcesAreFound) { EXPECT_GT(AllIncludes().size(), 200u); }

TEST(Boundaries, OutsideLibrariesAreIncludedOnlyWhereTheyBelong) {
  for (const Include& include : AllIncludes()) {
    for (const Boundary& boundary : kOnlyThere) {
      if (!std::regex_match(include.path, std::regex(boundary.pattern))) continue;
      bool allowed = false;
      for (const std::string& folder : boundary.allowed) allowed |= StartsWith(include.file, folder);
      EXPECT_TRUE(allowed) << include.file << " includes " << include.path << ": " << boundary.why;
    }
  }
}

TEST(Boundaries, NoStageIncludesALaterOneAndNoneReachesBackPastAnonymise) {
  for (const Include& include : AllIncludes()) {
    for (const Downhill& rule : kDownhill) {
      if (!StartsWith(include.file, rule.folder)) continue;
      for (const std::string& forbidden : rule.forbidden) {
        EXPECT_FALSE(StartsWith(include.path, forbidden))
            << include.file << " includes " << include.path << ": " << rule.why;
      }
    }
  }
}

}  // namespace
