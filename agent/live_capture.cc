#include "agent/live_capture.h"

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <chrono>

#include "base/log.h"

namespace gnomon::agent {
namespace {

// Frames between two looks at the event loop: about a millisecond of work.
constexpr size_t kFramesPerRead = 512;
// How soon a cable, a new Wi-Fi or a VPN is followed.
constexpr std::chrono::seconds kRefresh(30);

}  // namespace

struct LiveCapture::Port {
  Port(boost::asio::io_context& loop, std::unique_ptr<capture::FrameSource> opened)
      : source(std::move(opened)), readable(loop, source->fd()) {}
  ~Port() { readable.release(); }  // the source owns the descriptor

  std::unique_ptr<capture::FrameSource> source;
  boost::asio::posix::stream_descriptor readable;
};

LiveCapture::LiveCapture(boost::asio::io_context& loop, std::vector<std::string> interfaces,
                         capture::LiveOptions options, capture::FrameSink& sink,
                         std::function<void()> after_read)
    : loop_(loop),
      fixed_(std::move(interfaces)),
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

void LiveCapture::Stop() {
  stopped_ = true;
  refresh_timer_.cancel();
  while (!ports_.empty()) Close(ports_.back());
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

Status LiveCapture::Refresh() {
  const std::vector<std::string> wanted =
      fixed_.empty() ? capture::DefaultRouteInterfaces() : fixed_;
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
    auto source = capture::OpenInterface(name, options_);
    if (!source.ok()) {
      if (first.ok()) first = source.status();
      continue;
    }
    ports_.push_back(std::make_shared<Port>(loop_, std::move(*source)));
    log::Info("capture_open", {{"interface", name}});
    Wait(ports_.back());
  }
  return first;
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
