#include "agent/live_capture.h"

#include <poll.h>

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <chrono>

#include "agent/capture/loopback.h"
#include "agent/capture/vpn_interface.h"
#include "base/log.h"

namespace gnomon::agent {
namespace {

// Frames between two looks at the event loop: about a millisecond of work.
constexpr size_t kFramesPerRead = 512;
// How soon a cable, a new Wi-Fi or a VPN is followed.
constexpr std::chrono::seconds kRefresh(30);

// What stays on the machine passes the kernel filter only where it speaks in clear.
constexpr uint32_t kLoopbackBuffer = 768u << 10;

}  // namespace

struct LiveCapture::Port {
  Port(boost::asio::io_context& loop, std::unique_ptr<capture::FrameSource> opened)
      : source(std::move(opened)), readable(loop, source->fd()) {}
  ~Port() { readable.release(); }  // the source owns the descriptor

  std::unique_ptr<capture::FrameSource> source;
  boost::asio::posix::stream_descriptor readable;
};

LiveCapture::LiveCapture(boost::asio::io_context& loop, Choice interfaces,
                         capture::LiveOptions options, capture::FrameSink& sink,
                         std::function<void()> after_read)
    : loop_(loop),
      choice_(std::move(interfaces)),
      options_(std::move(options)),
      sink_(sink),
      after_read_(std::move(after_read)),
      refresh_timer_(loop) {}

LiveCapture::~LiveCapture() { Stop(); }

Status LiveCapture::Start() {
  stopped_ = false;
  Status status = Refresh();
  // A laptop without a network yet is no error; a name that is wrong or a missing right is one.
  if (ports_.empty() && !status.ok()) return status;
  ScheduleRefresh();
  return Status::Ok();
}

void LiveCapture::Drain() {
  using Clock = std::chrono::steady_clock;
  // A block that has begun to fill is handed over after at most two periods, and a tick of a kernel
  // that ticks 100 times a second.
  const auto end = Clock::now() + std::chrono::milliseconds(2 * options_.batch_ms + 10);
  std::vector<pollfd> readable;
  for (const auto& port : ports_) readable.push_back({port->source->fd(), POLLIN, 0});
  for (auto left = end - Clock::now(); left.count() > 0; left = end - Clock::now()) {
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(left).count();
    if (poll(readable.data(), readable.size(), static_cast<int>(wait)) <= 0) return;
    for (size_t i = 0; i < readable.size(); ++i) {
      if (readable[i].revents == 0) continue;
      const Result<size_t> frames = ports_[i]->source->Poll(sink_, kFramesPerRead);
      if (!frames.ok()) readable[i].fd = -1;  // it is gone; poll() leaves it out
    }
  }
}

void LiveCapture::Stop() {
  stopped_ = true;
  refresh_timer_.cancel();
  while (!ports_.empty()) Close(ports_.back());
}

void LiveCapture::Follow(capture::FilterSet set) {
  filter_ = std::move(set);
  filter_stats_.rules = filter_->rules.size();
  for (const auto& port : ports_) ApplyFilter(*port);
}

void LiveCapture::ApplyFilter(Port& port) {
  Status status = port.source->Follow(*filter_);
  if (status.code() == StatusCode::kFailedPrecondition) return;
  bool everything = filter_->everything;
  if (!status.ok()) {
    // The one before would go on, which knows nothing of what is new. This one is short, and once it
    // has taken the place of that one, there may be room.
    ++filter_stats_.refused;
    status = port.source->Follow({.rules = {}, .everything = true});
    if (status.ok() && !everything) everything = !port.source->Follow(*filter_).ok();
  }
  if (!status.ok()) {
    ++filter_stats_.refused;
    log::Warning("filter_not_attached", {{"interface", port.source->name()},
                                         {"error", StatusCodeName(status.code())}});
    return;
  }
  filter_stats_.in_use = true;
  ++filter_stats_.programs;
  if (everything) ++filter_stats_.everything;
}

capture::CaptureStats LiveCapture::Stats() {
  capture::CaptureStats sum = closed_;
  for (const auto& port : ports_) {
    const capture::CaptureStats stats = port->source->Stats();
    sum.received += stats.received;
    sum.dropped_kernel += stats.dropped_kernel;
    sum.dropped_interface += stats.dropped_interface;
  }
  return sum;
}

std::vector<std::string> LiveCapture::Wanted(std::vector<std::string> routes,
                                             const std::string& loopback) const {
  if (!choice_.named.empty()) return choice_.named;
  // Linux shows each packet of it twice, as sent and as received; libpcap leaves out the first.
  if (choice_.loopback && !loopback.empty()) routes.push_back(loopback);
  return routes;
}

Status LiveCapture::Refresh() {
  const std::vector<std::string> routes = capture::DefaultRouteInterfaces();
  const std::string loopback = capture::LoopbackInterface();
  const std::vector<std::string> wanted = Wanted(routes, loopback);
  LookForVpn(routes);
  for (size_t i = ports_.size(); i-- > 0;) {
    if (std::find(wanted.begin(), wanted.end(), ports_[i]->source->name()) == wanted.end()) {
      Close(ports_[i]);
    }
  }
  Status first;
  for (const std::string& name : wanted) {
    const bool open = std::any_of(ports_.begin(), ports_.end(), [&](const auto& port) {
      return port->source->name() == name;
    });
    if (open) continue;
    capture::LiveOptions options = options_;
    if (filter_ && name == loopback) {
      options.buffer_bytes = std::min(options.buffer_bytes, kLoopbackBuffer);
    }
    auto source = capture::OpenInterface(name, options);
    if (!source.ok()) {
      if (first.ok()) first = source.status();
      continue;
    }
    ports_.push_back(std::make_shared<Port>(loop_, std::move(*source)));
    if (filter_) ApplyFilter(*ports_.back());
    log::Info("capture_open", {{"interface", name}});
    Wait(ports_.back());
  }
  return first;
}

void LiveCapture::LookForVpn(std::vector<std::string> names) {
  names.insert(names.end(), choice_.named.begin(), choice_.named.end());
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  vpn_interfaces_ = static_cast<size_t>(std::count_if(
      names.begin(), names.end(), [](const auto& name) { return capture::IsVpnInterface(name); }));
  vpn_seen_ |= vpn_interfaces_ > 0;
}

void LiveCapture::ScheduleRefresh() {
  refresh_timer_.expires_after(kRefresh);
  refresh_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || stopped_) return;
    if (Status status = Refresh(); !status.ok()) {
      log::Warning("capture_not_opened", {{"error", StatusCodeName(status.code())}});
    }
    ScheduleRefresh();
  });
}

void LiveCapture::Wait(const std::shared_ptr<Port>& port) {
  port->readable.async_wait(
      boost::asio::posix::stream_descriptor::wait_read,
      [this, weak = std::weak_ptr<Port>(port)](const boost::system::error_code& error) {
        const std::shared_ptr<Port> alive = weak.lock();
        if (!error && alive != nullptr && !stopped_) Read(alive);
      });
}

void LiveCapture::Read(const std::shared_ptr<Port>& port) {
  Result<size_t> frames = port->source->Poll(sink_, kFramesPerRead);
  if (!frames.ok()) {
    log::Warning("capture_lost", {{"interface", port->source->name()},
                                  {"error", StatusCodeName(frames.status().code())}});
    Close(port);
    return;
  }
  if (after_read_) after_read_();
  Wait(port);
}

void LiveCapture::Close(std::shared_ptr<Port> port) {
  const capture::CaptureStats stats = port->source->Stats();
  closed_.received += stats.received;
  closed_.dropped_kernel += stats.dropped_kernel;
  closed_.dropped_interface += stats.dropped_interface;
  std::erase(ports_, port);
}

}  // namespace gnomon::agent
