// gnomon-agent inspect: what the agent would see, shown here and nowhere else.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <functional>

#include "agent/capture/source.h"
#include "agent/commands/commands.h"
#include "agent/commands/listen.h"
#include "agent/inspect/event_writer.h"
#include "agent/pipeline.h"
#include "agent/platform/client_kinds.h"
#include "base/terminal.h"

namespace gnomon::agent {
namespace {

PipelineOptions InspectOptions(const InspectArguments& arguments, PipelineOptions options) {
  options.classifier.all_names = arguments.all_names;
  return options;
}

// One file: its events, then its coverage.
Status InspectFile(const Config& config, const std::string& file,
                   std::shared_ptr<const catalogue::Table> table,
                   const InspectArguments& arguments, inspect::EventWriter& writer) {
  GNOMON_ASSIGN_OR_RETURN(auto source, capture::OpenFile(file));
  Pipeline pipeline(table, InspectOptions(arguments, PipelineOptionsOf(config)), &writer, writer);
  Status status;
  while (writer.writable()) {
    Result<size_t> frames = source->Poll(pipeline, 1024);
    if (!frames.ok()) {
      status = frames.status();
      break;
    }
    if (*frames == 0) break;
  }
  pipeline.Finish();
  writer.Coverage(source->Stats(), pipeline);
  return status;
}

Status InspectLive(const Config& config, std::shared_ptr<const catalogue::Table> table,
                   const InspectArguments& arguments, inspect::EventWriter& writer) {
  const auto client_kinds = platform::MakeClientKinds();
  Pipeline pipeline(table, InspectOptions(arguments, LivePipelineOptions(config)), &writer, writer,
                    client_kinds.get());
  GNOMON_ASSIGN_OR_RETURN(
      const Listened listened,
      Listen(config, arguments.interfaces, config.kernel_filter, pipeline,
             [&] { return writer.writable(); }));
  writer.Coverage(listened.capture, pipeline, listened.filter);
  return Status::Ok();
}

}  // namespace

int RunInspect(const Config& config, const InspectArguments& arguments) {
  // A reader that goes away (`| head`) is seen as a failed write and ends the run quietly.
  std::signal(SIGPIPE, SIG_IGN);
  const Result<ReleasesInUse> releases = OpenReleases(config);
  if (!releases.ok()) return Fail(releases.status());
  const std::shared_ptr<const catalogue::Table> table = releases->table();
  if (table == nullptr) return Fail(FailedPrecondition(releases->reason()));
  if (arguments.watch) {
    Status status = WatchInspect(config, table, arguments);
    return status.ok() ? 0 : Fail(status);
  }
  const auto format =
      arguments.json_lines ? inspect::Format::kJsonLines : inspect::Format::kTable;
  const bool live = arguments.files.empty();
  // A capture that another program is still writing to our standard input is live too.
  const bool at_once = live || terminal::IsTerminal(stdout) ||
                       std::find(arguments.files.begin(), arguments.files.end(), "-") !=
                           arguments.files.end();
  inspect::EventWriter writer(table, format, terminal::WantsColour(stdout), at_once, stdout);
  if (live) {
    Status status = InspectLive(config, table, arguments, writer);
    return status.ok() ? 0 : Fail(status);
  }
  int exit_code = 0;
  for (const std::string& file : arguments.files) {
    Status status = InspectFile(config, file, table, arguments, writer);
    if (!status.ok()) exit_code = Fail(status);
  }
  return exit_code;
}

}  // namespace gnomon::agent
