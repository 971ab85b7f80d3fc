// gnomon-agent inspect --watch: the same events as a screen that lives.
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <string>

#include "agent/commands/commands.h"
#include "agent/inspect/paced_replay.h"
#include "agent/inspect/watch_screen.h"
#include "agent/live_capture.h"
#include "agent/live_filter.h"
#include "agent/pipeline.h"
#include "agent/platform/client_kinds.h"
#include "base/log.h"
#include "base/screen.h"
#include "base/terminal.h"

namespace gnomon::agent {
namespace {

using std::chrono::steady_clock;

// Four a second: fluent to the eye, and next to nothing for the terminal.
constexpr std::chrono::milliseconds kRedraw(250);
constexpr size_t kFramesPerStep = 2048;

// Terminals without UTF-8 get ASCII; the first variable that is set decides (POSIX, 8.2).
bool TerminalIsUtf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    const std::string_view locale(value);
    return locale.find("UTF-8") != locale.npos || locale.find("utf8") != locale.npos;
  }
  return false;
}

std::string BaseName(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

class Watch {
 public:
  Watch(const Config& config, std::shared_ptr<const catalogue::Table> table,
        const InspectArguments& arguments, terminal::Screen& screen)
      : arguments_(arguments),
        screen_(screen),
        signals_(loop_, SIGINT, SIGTERM, SIGHUP),
        resized_(loop_, SIGWINCH),
        keys_(loop_, STDIN_FILENO),
        redraw_timer_(loop_),
        replay_timer_(loop_),
        state_(table),
        client_kinds_(arguments.files.empty() ? platform::MakeClientKinds() : nullptr),
        pipeline_(table,
                  arguments.files.empty() ? LivePipelineOptions(config) : PipelineOptionsOf(config),
                  &state_, state_, client_kinds_.get()),
        live_(loop_, {arguments.interfaces, config.loopback}, CaptureOptions(config), pipeline_,
              [this] { filter_.Update(); }),
        filter_(loop_, live_, pipeline_.interests(),
                config.kernel_filter && arguments.files.empty()) {
    frame_.colour = terminal::WantsColour(stdout);
    frame_.unicode = TerminalIsUtf8();
  }
  ~Watch() { keys_.release(); }  // standard input is the process's

  Status Run() {
    GNOMON_RETURN_IF_ERROR(arguments_.files.empty() ? StartLive() : StartReplay());
    signals_.async_wait([this](const boost::system::error_code& error, int) {
      if (!error) loop_.stop();
    });
    WaitForResize();
    WaitForKey();
    EveryRedraw();
    loop_.run();
    live_.Stop();
    return failure_;
  }

 private:
  Status StartLive() {
    GNOMON_RETURN_IF_ERROR(live_.Start());
    if (live_.open_interfaces() == 0) {
      return NotFound("no interface carries a default route; name one with -i");
    }
    for (const std::string& name : arguments_.interfaces) {
      frame_.source += (frame_.source.empty() ? "" : ", ") + name;
    }
    if (frame_.source.empty()) frame_.source = "default routes";
    state_.AdvanceTo(SystemClock::Get().Now());
    return Status::Ok();
  }

  Status StartReplay() {
    if (arguments_.files.size() != 1) {
      return InvalidArgument("--watch replays one file; more than one was given");
    }
    GNOMON_ASSIGN_OR_RETURN(auto source, capture::OpenFile(arguments_.files[0]));
    replay_.emplace(std::move(source), arguments_.speed);
    frame_.live = false;
    frame_.source = BaseName(arguments_.files[0]);
    if (arguments_.speed != 1) {
      char speed[32];
      std::snprintf(speed, sizeof speed, " x%g", arguments_.speed);
      frame_.source += speed;
    }
    started_ = steady_clock::now();
    StepReplay();
    return Status::Ok();
  }

  TimeUs Elapsed() const {
    return std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - started_)
        .count();
  }

  void StepReplay() {
    Result<bool> more = replay_->Advance(Elapsed(), pipeline_, kFramesPerStep);
    if (!more.ok() || !*more) {
      pipeline_.Finish();
      frame_.ended = true;
      if (!more.ok()) failure_ = more.status();
      return;
    }
    // At once where frames are due already, but after what else the loop has to do.
    replay_timer_.expires_at(started_ + std::chrono::microseconds(replay_->NextDue().value_or(0)));
    replay_timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) StepReplay();
    });
  }

  void EveryRedraw() {
    if (frame_.live) {
      pipeline_.Tick(SystemClock::Get().Now());
      filter_.Update();
      state_.AdvanceTo(SystemClock::Get().Now());
    } else if (!frame_.ended) {
      const TimeUs now = replay_->TimeAt(Elapsed());
      // Never beyond what is still to come: a slow reader must not end what goes on.
      if (now > state_.now() && now > pipeline_.last_time()) {
        const auto due = replay_->NextDue();
        if (due && *due > Elapsed()) pipeline_.Tick(now), state_.AdvanceTo(now);
      }
    }
    Draw();
    redraw_timer_.expires_after(kRedraw);
    redraw_timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) EveryRedraw();
    });
  }

  void Draw() {
    const terminal::Size size = screen_.size();
    if (!frame_.paused || shown_.empty() || size.columns != drawn_.columns ||
        size.rows != drawn_.rows || changed_) {
      if (!frame_.paused) paused_state_.reset();
      frame_.capture = replay_ ? replay_->Stats() : live_.Stats();
      frame_.coverage = pipeline_.coverage();
      const inspect::WatchState& state = paused_state_ ? *paused_state_ : state_;
      shown_ = inspect::RenderWatch(state, frame_, {size.columns, size.rows});
      drawn_ = size;
      changed_ = false;
    }
    if (!screen_.Draw(shown_)) loop_.stop();
  }

  void WaitForResize() {
    resized_.async_wait([this](const boost::system::error_code& error, int) {
      if (error) return;
      Draw();
      WaitForResize();
    });
  }

  // Waits and reads by itself: an asynchronous read would make the terminal non-blocking, for the
  // shell too.
  void WaitForKey() {
    keys_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [this](const boost::system::error_code& error) {
                       if (error) return;
                       char keys[64];
                       const ssize_t count = read(STDIN_FILENO, keys, sizeof keys);
                       if (count <= 0) return loop_.stop();  // the terminal has gone
                       for (ssize_t i = 0; i < count; ++i) OnKey(keys[i]);
                       Draw();
                       WaitForKey();
                     });
  }

  void OnKey(char key) {
    changed_ = true;
    if (key == 'q' || key == 'Q') return loop_.stop();
    if (key == 's' || key == 'S') frame_.sort = inspect::NextSort(frame_.sort);
    if (key == 'p' || key == 'P' || key == ' ') {
      frame_.paused = !frame_.paused;
      if (frame_.paused) paused_state_ = state_;  // what goes on is counted meanwhile
    }
  }

  const InspectArguments& arguments_;
  terminal::Screen& screen_;
  boost::asio::io_context loop_;
  boost::asio::signal_set signals_;
  boost::asio::signal_set resized_;
  boost::asio::posix::stream_descriptor keys_;
  boost::asio::steady_timer redraw_timer_;
  boost::asio::steady_timer replay_timer_;
  inspect::WatchState state_;
  std::optional<inspect::WatchState> paused_state_;
  std::unique_ptr<classify::ClientKinds> client_kinds_;
  Pipeline pipeline_;
  LiveCapture live_;
  LiveFilter filter_;
  std::optional<inspect::PacedReplay> replay_;
  steady_clock::time_point started_;
  inspect::WatchFrame frame_;
  std::vector<std::string> shown_;
  terminal::Size drawn_;
  bool changed_ = false;
  Status failure_;
};

}  // namespace

Status WatchInspect(const Config& config, std::shared_ptr<const catalogue::Table> table,
                    const InspectArguments& arguments) {
  auto screen = terminal::Screen::Open();
  if (!screen.ok()) {
    return InvalidArgument("--watch needs a terminal: " + std::string(screen.status().message()) +
                           ". Leave it out for one line an event, or use --format jsonl");
  }
  if (terminal::IsTerminal(stderr)) log::Off();  // its lines would run through the picture
  Status status = Watch(config, std::move(table), arguments, **screen).Run();
  screen->reset();  // before an error is printed
  return status;
}

}  // namespace gnomon::agent
