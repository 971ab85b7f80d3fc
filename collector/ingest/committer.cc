#include "collector/ingest/committer.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "base/fault_point.h"
#include "base/log.h"

namespace gnomon::ingest {
namespace {

const FaultPoint kTaken("ingest.queue.after");  // off the queue, not at the store

}  // namespace

Committer::Committer(store::Store& store, const Clock& clock, CommitterOptions options)
    : store_(store), clock_(clock), options_(options), thread_([this] { Run(); }) {}

Committer::~Committer() {
  Stop();
}

bool Committer::Submit(store::IncomingBatch batch, Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= options_.max_queued) {
      ++counters_.refused;
      return false;
    }
    queue_.push_back({std::move(batch), std::move(done)});
  }
  changed_.notify_one();
  return true;
}

void Committer::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  std::call_once(joined_, [this] { thread_.join(); });
}

CommitterCounters Committer::counters() const {
  const std::lock_guard lock(mutex_);
  return counters_;
}

void Committer::Run() {
  for (;;) {
    std::deque<Waiting> together;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;  // stopping, and nothing is left
      const size_t count = std::min(queue_.size(), options_.max_together);
      const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(count);
      together.assign(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
      queue_.erase(queue_.begin(), end);
    }
    CommitTogether(std::move(together));
  }
}

void Committer::CommitTogether(std::deque<Waiting> waiting) {
  (void)kTaken.Reached();
  // The order in which they came is that of the laptops; no page of the store or its log shall show it.
  std::shuffle(waiting.begin(), waiting.end(), random_);
  std::vector<store::IncomingBatch> batches;
  batches.reserve(waiting.size());
  for (Waiting& one : waiting) batches.push_back(std::move(one.batch));
  Result<std::vector<store::CommitOutcome>> outcomes =
      store_.Commit(batches, ToLocal(clock_.Now()).day);
  if (outcomes.ok() && outcomes->size() != batches.size()) {
    outcomes = Internal("the store gave another number of outcomes than it got batches");
  }
  {
    const std::lock_guard lock(mutex_);
    ++counters_.commits;
    counters_.batches += batches.size();
    if (!outcomes.ok()) counters_.failed += batches.size();
  }
  if (!outcomes.ok()) {
    log::Error("commit_failed", {{"batches", batches.size()},
                                 {"code", StatusCodeName(outcomes.status().code())},
                                 {"error", outcomes.status().message()}});
  }
  for (size_t i = 0; i < waiting.size(); ++i) {
    waiting[i].done(outcomes.ok() ? Result<store::CommitOutcome>((*outcomes)[i])
                                  : Result<store::CommitOutcome>(outcomes.status()));
  }
}

}  // namespace gnomon::ingest
