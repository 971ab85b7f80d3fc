// The subcommands of gnomon-agent, one file each. Each returns the process's exit code.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/commands/language.h"
#include "agent/config.h"
#include "agent/releases/releases_in_use.h"
#include "base/clock.h"
#include "base/status.h"
#include "catalogue/table.h"
#include "gnomon/v1/control.pb.h"

namespace gnomon::agent {

// The catalogue that the configuration names: signed where it names a root.
Result<ReleasesInUse> OpenReleases(const Config& config);

// 0 done, 1 failed, 2 wrong input, 3 refused or not enrolled, 4 collector not reachable.
int ExitCode(const Status& status);
// Prints "gnomon-agent: message" on standard error and returns ExitCode().
int Fail(const Status& status);

struct EnrollArguments {
  std::string collector;  // host:port
  std::string token;
  std::string token_file;  // instead of `token`; "-": standard input
  bool again = false;      // also where this laptop is enrolled
};
int RunEnroll(const Config& config, const EnrollArguments& arguments);

// Captures and delivers until SIGTERM or SIGINT.
int RunLive(const Config& config);
// Reads capture files through every stage, delivers, waits for the receipts.
struct RunFilesArguments {
  std::vector<std::string> files;
  std::optional<Day> as_day;  // count the capture as if it had been taken on this local day
};
int RunFiles(const Config& config, const RunFilesArguments& arguments);

struct InspectArguments {
  std::vector<std::string> files;
  std::vector<std::string> interfaces;
  bool json_lines = false;
  bool all_names = false;
  bool watch = false;   // a screen instead of lines
  double speed = 1;     // of a file's replay on that screen
};
int RunInspect(const Config& config, const InspectArguments& arguments);
// The part of it behind --watch. kInvalidArgument without a terminal.
Status WatchInspect(const Config& config, std::shared_ptr<const catalogue::Table> table,
                    const InspectArguments& arguments);

struct SuggestArguments {
  std::vector<std::string> files;
  std::vector<std::string> interfaces;
  bool json = false;
  std::vector<std::string> hosts;  // to write to `output`; empty: asks, on a terminal
  std::string output;              // empty: nothing is written
};
int RunSuggest(const Config& config, const SuggestArguments& arguments);

struct SentArguments {
  std::string format = "table";  // json, csv
  bool explain = false;
  Language language = Language::kEnglish;
  bool pending_only = false;
  size_t limit = 50;  // batches
};
int RunSent(const Config& config, const SentArguments& arguments);

// The same as the running agent shows everybody, or from the state folder where none runs.
Result<v1::ControlReply> ReadSent(const Config& config, size_t limit);

struct PauseArguments {
  std::string for_time;  // "2h"; empty: see until
  std::string until;     // "17:30" or "2026-11-30 08:00", local; empty too: until `resume`
  Language language = Language::kEnglish;
};
int RunPause(const Config& config, const PauseArguments& arguments);
int RunResume(const Config& config, Language language);
int RunPurge(const Config& config, bool yes, Language language);

int RunStatus(const Config& config, bool json);

}  // namespace gnomon::agent
