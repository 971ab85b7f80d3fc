// Group commit: one thread that writes what has queued up in one transaction and gives the outcomes
// back. An fsync costs the same for one batch as for hundreds.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <random>
#include <thread>

#include "base/clock.h"
#include "collector/store/store.h"

namespace gnomon::ingest {

struct CommitterOptions {
  size_t max_queued = 4096;   // then Submit refuses, and the laptops come back later
  size_t max_together = 512;  // batches in one transaction
};

struct CommitterCounters {
  uint64_t commits = 0;  // transactions
  uint64_t batches = 0;  // that they held
  uint64_t failed = 0;   // batches whose transaction failed
  uint64_t refused = 0;  // batches that found the queue full or the committer stopped
};

// Threads: safe.
class Committer {
 public:
  // Called once, on the committer's thread, without its lock. An error means: not known to be
  // counted, send again.
  using Done = std::function<void(const Result<store::CommitOutcome>&)>;

  // Both must outlive the committer.
  Committer(store::Store& store, const Clock& clock, CommitterOptions options = {});
  ~Committer();  // stops
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  // False where the queue is full or the committer was stopped: `done` will not be called.
  bool Submit(store::IncomingBatch batch, Done done);

  // Takes no more, commits what is queued, and returns when the last `done` has returned.
  void Stop();

  CommitterCounters counters() const;

 private:
  struct Waiting {
    store::IncomingBatch batch;
    Done done;
  };
  void Run();
  void CommitTogether(std::deque<Waiting> waiting);

  store::Store& store_;
  const Clock& clock_;
  const CommitterOptions options_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<Waiting> queue_;
  bool stopping_ = false;
  CommitterCounters counters_;

  std::minstd_rand random_{std::random_device{}()};  // on the thread only
  std::once_flag joined_;
  std::thread thread_;  // last: starts when everything above is there
};

}  // namespace gnomon::ingest
