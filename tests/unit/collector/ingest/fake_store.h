// A store in memory that waits, fails or counts as a test tells it.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>

#include "collector/store/store.h"

namespace gnomon::ingest {

class FakeStore : public store::Store {
 public:
  Result<std::vector<store::CommitOutcome>> Commit(std::span<const store::IncomingBatch> batches,
                                                   Day) override {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
    if (!status_.ok()) return status_;
    spans_.push_back(batches.size());
    std::vector<store::CommitOutcome> outcomes;
    for (const auto& batch : batches) {
      const auto [known, fresh] = digests_.emplace(batch.nonce, batch.digest);
      outcomes.push_back(fresh                           ? store::CommitOutcome::kAccepted
                         : known->second == batch.digest ? store::CommitOutcome::kDuplicate
                                                         : store::CommitOutcome::kConflict);
    }
    return outcomes;
  }
  Result<std::vector<store::ServiceUsage>> UsageByService(Day, Day) override {
    return std::vector<store::ServiceUsage>();
  }
  Status ForEachCell(Day, Day, const std::function<void(const store::CellAddition&)>&) override {
    return Status::Ok();
  }
  Status Expire(Day) override { return Status::Ok(); }

  void Close() {
    Set([this] { open_ = false; });
  }
  void Open() {
    Set([this] { open_ = true; });
  }
  void FailWith(Status status) {
    Set([&] { status_ = std::move(status); });
  }
  // Returns when a Commit has begun, `count` in all.
  void AwaitCommits(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ >= count; });
  }
  std::vector<size_t> spans() {
    const std::lock_guard lock(mutex_);
    return spans_;
  }

 private:
  template <typename Change>
  void Set(Change change) {
    const std::lock_guard lock(mutex_);
    change();
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
  int waiting_ = 0;
  Status status_;
  std::map<store::Nonce, uint32_t> digests_;
  std::vector<size_t> spans_;
};

}  // namespace gnomon::ingest
