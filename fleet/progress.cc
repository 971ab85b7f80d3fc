#include "fleet/progress.h"

#include <unistd.h>

#include <cstdio>
#include <utility>

namespace gnomon::fleet {
namespace {

constexpr int kBarWidth = 30;
constexpr std::chrono::milliseconds kRedraw(80);

double SecondsSince(std::chrono::steady_clock::time_point then) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - then).count();
}

}  // namespace

Progress::Progress(Mode mode)
    : bar_(mode == Mode::kAlways || (mode == Mode::kAuto && isatty(STDERR_FILENO) != 0)) {}

void Progress::Begin(std::string phase, size_t total) {
  const std::lock_guard lock(mutex_);
  phase_ = std::move(phase);
  total_ = total;
  done_ = 0;
  begun_ = std::chrono::steady_clock::now();
  Draw();
}

void Progress::Done() {
  const std::lock_guard lock(mutex_);
  ++done_;
  if (std::chrono::steady_clock::now() - drawn_ >= kRedraw) Draw();
}

void Progress::End() {
  const std::lock_guard lock(mutex_);
  if (bar_) {
    Draw();
    std::fputc('\n', stderr);
  } else {
    std::fprintf(stderr, "%s: %zu/%zu in %.1f s\n", phase_.c_str(), done_, total_,
                 SecondsSince(begun_));
  }
}

void Progress::Draw() {
  if (!bar_) return;
  drawn_ = std::chrono::steady_clock::now();
  const int filled = total_ == 0 ? kBarWidth : static_cast<int>(kBarWidth * done_ / total_);
  std::string bar(static_cast<size_t>(filled), '#');
  bar.resize(kBarWidth, '.');
  std::fprintf(stderr, "\r%-24s [%s] %zu/%zu %5.1f s", phase_.c_str(), bar.c_str(), done_, total_,
               SecondsSince(begun_));
  std::fflush(stderr);
}

}  // namespace gnomon::fleet
