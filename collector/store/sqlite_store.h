// The embedded engine: one SQLite file. Schema and promises: docs/formats/store.md.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/sqlite.h"
#include "collector/store/store.h"

namespace gnomon::store {

// Threads: safe; one connection behind one lock.
class SqliteStore : public Store {
 public:
  // Opens or creates. kDataLoss: damaged; kFailedPrecondition: written by a newer version.
  static Result<std::unique_ptr<SqliteStore>> Open(const std::filesystem::path& file);

  Result<std::vector<CommitOutcome>> Commit(std::span<const IncomingBatch> batches,
                                            Day today) override;
  Result<std::vector<ServiceUsage>> UsageByService(Day first, Day end) override;
  // `visit` runs under the lock: it must not call the store.
  Status ForEachCell(Day first, Day end,
                     const std::function<void(const CellAddition&)>& visit) override;
  uint64_t Epoch() const override { return epoch_; }
  Status Expire(Day today) override;

  // This file came back from a backup: its epoch becomes `epoch`, or one more where it is not larger than before.
  Status BeginEpoch(uint64_t epoch);

 private:
  Status AddHabits(Day first, Day end, std::vector<ServiceUsage>& usage);
  explicit SqliteStore(Database database) : database_(std::move(database)) {}
  Status Prepare();
  // Inside the transaction of Commit().
  Result<CommitOutcome> Take(const IncomingBatch& batch, Day expires, Day cover_expires);
  Status Add(const CellAddition& addition);
  Result<bool> IsFirst(const FirstUse& first_use, Day expires);

  uint64_t epoch_ = 0;  // read once, in Open()
  std::mutex mutex_;    // guards everything below
  Database database_;
  Statement find_nonce_, insert_nonce_, insert_first_use_, add_cell_;
};

}  // namespace gnomon::store
