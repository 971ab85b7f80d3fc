// How far the fleet is: a bar on a terminal, plain lines in a pipe. On standard error.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>

namespace gnomon::fleet {

// Threads: any thread may call Done().
class Progress {
 public:
  enum class Mode { kAuto, kAlways, kNever };  // kAlways and kNever say whether there is a bar
  explicit Progress(Mode mode);

  void Begin(std::string phase, size_t total);
  void Done();  // one more of the phase
  void End();

 private:
  void Draw();

  const bool bar_;
  std::mutex mutex_;
  std::string phase_;  // guarded by mutex_, as are all below
  size_t total_ = 0;
  size_t done_ = 0;
  std::chrono::steady_clock::time_point begun_, drawn_;
};

}  // namespace gnomon::fleet
