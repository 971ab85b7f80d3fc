#include "agent/commands/listen.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>

#include "agent/live_capture.h"
#include "agent/live_filter.h"

namespace gnomon::agent {

Result<Listened> Listen(const Config& config, const std::vector<std::string>& interfaces,
                        bool kernel_filter, Pipeline& pipeline,
                        const std::function<bool()>& go_on) {
  boost::asio::io_context loop;
  std::function<void()> after_read;
  LiveCapture live(loop, {interfaces, config.loopback}, CaptureOptions(config), pipeline,
                   [&] { after_read(); });
  LiveFilter filter(loop, live, pipeline.interests(), kernel_filter);
  after_read = [&] {
    filter.Update();
    if (!go_on()) loop.stop();
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
      if (!go_on()) loop.stop();
      every_second();
    });
  };
  every_second();
  loop.run();
  live.Drain();
  pipeline.Finish();
  const Listened listened{live.Stats(), live.filter_stats()};
  live.Stop();
  return listened;
}

}  // namespace gnomon::agent
