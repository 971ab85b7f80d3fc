// Named places at which a test ends or halts the real program, as a power cut would: before and
// after what makes something durable or tells the other side. docs/formats/delivery.md lists them,
// docs/adr/0013 says why they are in the programs that users get.
//
//   const FaultPoint kCommitted("store.commit.after");      // at namespace scope, beside the code
//   if (kCommitted.Reached()) return Unavailable(...);
//
//   GNOMON_FAULT=store.commit.after@3:kill gnomon-collector run ...
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace gnomon {

class FaultPoint {
 public:
  // Static storage only: the point is known to the program from then on. `name` must outlive it.
  explicit FaultPoint(const char* name);
  FaultPoint(const FaultPoint&) = delete;
  FaultPoint& operator=(const FaultPoint&) = delete;

  // Passes the point. Without a fault that is one load. True only where the handler of a test in
  // this process wants the operation to fail here. Threads: safe.
  bool Reached() const { return armed_.load(std::memory_order_relaxed) && Strike(); }

  const char* name() const { return name_; }

 private:
  friend Status ArmFaultFromEnvironment();
  friend void SetFaultHandler(std::function<bool(std::string_view)> handler);
  friend std::string KnownFaultPoints();
  bool Strike() const;

  static inline std::atomic<bool> armed_ = false;
  const char* const name_;
  const FaultPoint* const next_;
};

// Programs call it first in main(). GNOMON_FAULT is POINT[@N]:kill or POINT[@N]:stop: at the Nth
// pass (default 1) the process gets SIGKILL or SIGSTOP from itself. kInvalidArgument, with the
// names there are, for anything else. Not looked at where the program got rights from its file
// (secure_getenv(3)).
Status ArmFaultFromEnvironment();

// For tests within the process: called at every point; true fails the operation. Empty: none any
// more. Not while another thread is at a point.
void SetFaultHandler(std::function<bool(std::string_view name)> handler);

// One name a line, in the order of the alphabet.
std::string KnownFaultPoints();

}  // namespace gnomon
