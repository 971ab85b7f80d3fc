// The interfaces that are being listened to, on one event loop: opens, reads, reopens, follows the
// default routes of a laptop that roams.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/capture/source.h"
#include "base/status.h"

namespace gnomon::agent {

class LiveCapture {
 public:
  // `interfaces` empty: those of the default routes. `after_read` runs after each batch of frames.
  LiveCapture(boost::asio::io_context& loop, std::vector<std::string> interfaces,
              capture::LiveOptions options, capture::FrameSink& sink,
              std::function<void()> after_read = {});
  ~LiveCapture();

  // An error where no interface could be opened and none will be by waiting: no permission, or a
  // name that does not exist. Without a default route it waits for one.
  Status Start();
  // It may be started again.
  void Stop();

  // Sums over all interfaces since the start, closed ones included.
  capture::CaptureStats Stats();
  size_t open_interfaces() const { return ports_.size(); }

 private:
  struct Port;
  void Read(const std::shared_ptr<Port>& port);
  void Wait(const std::shared_ptr<Port>& port);
  void Close(std::shared_ptr<Port> port);
  // Opens what should be open and closes what should not; the first error.
  Status Refresh();
  void ScheduleRefresh();

  boost::asio::io_context& loop_;
  const std::vector<std::string> fixed_;
  const capture::LiveOptions options_;
  capture::FrameSink& sink_;
  std::function<void()> after_read_;
  std::vector<std::shared_ptr<Port>> ports_;
  boost::asio::steady_timer refresh_timer_;
  capture::CaptureStats closed_;
  bool stopped_ = false;
};

}  // namespace gnomon::agent
