// START HERE. The collector's stages and how they are joined:
//
//   laptops  --Batch-->  ingest  --IncomingBatch-->  store  --ServiceUsage-->  cube
//   --ReleasedCube--> query  --Answer-->  operators
//
// and, apart from usage and without a type in common with it, enrol: tokens, devices, health.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/status.h"
#include "collector/config.h"

namespace gnomon::collector {

// A collector that serves. Threads: its owner's only; the stages have their own.
class Pipeline {
 public:
  // Opens the data folder that `init` made and listens. `clock` must outlive the pipeline.
  // kFailedPrecondition where the folder holds no collector; kUnavailable where the address is
  // taken.
  static Result<std::unique_ptr<Pipeline>> Start(const Config& config, const Clock& clock);
  ~Pipeline();

  int port() const;  // the bound one

  // Forgets what has outlived its retention. Called at the start and once a day.
  Status Expire();

  // Takes no more calls, gives those under way a few seconds, commits what is queued.
  void Stop();

 private:
  class Impl;
  explicit Pipeline(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gnomon::collector
