// The interfaces that are being listened to, on one event loop: opens, reads, reopens, follows the
// default routes of a laptop that roams.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/capture/source.h"
#include "base/status.h"

namespace gnomon::agent {

class LiveCapture {
 public:
  // Which interfaces. `named` empty: those of the default routes, and with `loopback` this machine's
  // own, where local model servers are. Names that are given are all there is.
  struct Choice {
    std::vector<std::string> named;
    bool loopback = true;
  };

  // `after_read` runs after each batch of frames.
  LiveCapture(boost::asio::io_context& loop, Choice interfaces,
              capture::LiveOptions options, capture::FrameSink& sink,
              std::function<void()> after_read = {});
  ~LiveCapture();

  // An error where no interface could be opened and none will be by waiting: no permission, or a
  // name that does not exist. Without a default route it waits for one.
  Status Start();
  // Reads what the kernel still holds back to hand it over in one go. Waits for it: some 20 ms.
  void Drain();
  // It may be started again.
  void Stop();

  // The kernel shall hold back the rest (capture::FrameSource::Follow), also on interfaces that are
  // opened later. Before the first call, or where the kernel takes no filter, everything comes.
  void Follow(capture::FilterSet set);

  // Sums over all interfaces since the start, closed ones included.
  capture::CaptureStats Stats();
  const capture::FilterStats& filter_stats() const { return filter_stats_; }
  size_t open_interfaces() const { return ports_.size(); }
  // Of those listened to and those of the default routes, as of the last look at them.
  size_t vpn_interfaces() const { return vpn_interfaces_; }
  // At any time since the start.
  bool vpn_seen() const { return vpn_seen_; }

 private:
  struct Port;
  void Read(const std::shared_ptr<Port>& port);
  void Wait(const std::shared_ptr<Port>& port);
  void Close(std::shared_ptr<Port> port);
  std::vector<std::string> Wanted(std::vector<std::string> routes,
                                  const std::string& loopback) const;
  void ApplyFilter(Port& port);
  // Opens what should be open and closes what should not; the first error.
  Status Refresh();
  void LookForVpn(std::vector<std::string> names);
  void ScheduleRefresh();

  boost::asio::io_context& loop_;
  const Choice choice_;
  const capture::LiveOptions options_;
  capture::FrameSink& sink_;
  std::function<void()> after_read_;
  std::vector<std::shared_ptr<Port>> ports_;
  boost::asio::steady_timer refresh_timer_;
  std::optional<capture::FilterSet> filter_;
  capture::FilterStats filter_stats_;
  capture::CaptureStats closed_;
  size_t vpn_interfaces_ = 0;
  bool vpn_seen_ = false;
  bool stopped_ = false;
};

}  // namespace gnomon::agent
