// gnomon-agent inspect: what the agent would see, shown here and nowhere else.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <functional>

#include "agent/capture/source.h"
#include "agent/commands/commands.h"
#include "agent/inspect/event_writer.h"
#include "agent/live_capture.h"
#include "agent/live_filter.h"
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
  boost::asio::io_context loop;
  const auto client_kinds = platform::MakeClientKinds();
  Pipeline pipeline(table, InspectOptions(arguments, LivePipelineOptions(config)), &writer, writer,
                    client_kinds.get());
  std::function<void()> after_read;
  LiveCapture live(loop, {arguments.interfaces, config.loopback}, CaptureOptions(config), pipeline,
                   [&] { after_read(); });
  LiveFilter filter(loop, live, pipeline.interests(), config.kernel_filter);
  after_read = [&] {
    filter.Update();
    if (!writer.writable()) loop.stop();
  };
  filter.Update();  // before the first frame
  GNOMON_RETURN_IF_ERROR(live.Start());
  if (live.open_interfaces() == 0) {
    return NotFound("no interface carries a default route; name one with -i");
  }
  std::fprintf(stderr, "Listening. End with Ctrl-C.\n");
  boost::asio::signal_set signals(loop, SIGINT, SIGTERM);
  signals.async_wait([&](const boost::system::error_code&, int) { loop.stop(); });
  boost::asio::steady_timer timer(loop);
  std::function<void()> every_second = [&] {
    timer.expires_after(std::chrono::seconds(1));
    timer.async_wait([&](const boost::system::error_code& error) {
      if (error) return;
      pipeline.Tick(SystemClock::Get().Now());
      filter.Update();
      if (!writer.writable()) loop.stop();
      every_second();
    });
  };
  every_second();
  loop.run();
  live.Drain();
  pipeline.Finish();
  const capture::CaptureStats stats = live.Stats();
  live.Stop();
  writer.Coverage(stats, pipeline, live.filter_stats());
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
