// The agent's durable state: day sums, history, frozen batches, what was sent. One SQLite file.
// docs/formats/spool.md has the schema and the promises.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/anonymise/record_builder.h"
#include "agent/anonymise/usage_delta.h"
#include "base/clock.h"
#include "base/status.h"
#include "gnomon/v1/ingest.pb.h"

namespace gnomon::spool {

struct SpoolOptions {
  // What may wait for a collector that is away: a year of hourly batches merged by day, and what
  // they take with the largest padding that ordinary use needs. Over either, batches that were
  // never sent are merged, oldest days first; then the oldest are dropped, and counted.
  uint64_t max_pending_batches = 2000;
  uint64_t max_pending_bytes = 32u << 20;
  anonymise::Bounds bounds;
};

struct SpoolCounters {
  uint64_t batches_pending = 0;  // now
  uint64_t bytes_pending = 0;    // of their payloads, now
  uint64_t files_damaged = 0;    // that lie beside the file, set aside (damaged.h)
  // Since the file was made:
  uint64_t batches_quarantined = 0;
  uint64_t batches_sent = 0;     // with a receipt
  uint64_t batches_dropped = 0;  // over a limit, or too old to be taken
  uint64_t batches_merged = 0;   // into another one of the same day; nothing is lost by that
  uint64_t batches_sent_again = 0;  // since the collector was restored from a backup
};

enum class BatchState { kPending, kSent, kQuarantined };

struct StoredBatch {
  BatchState state = BatchState::kPending;
  Day day = 0;       // when it was frozen
  Day sent_day = 0;  // when its receipt came; 0: none yet
  v1::Receipt::Reason reason = v1::Receipt::REASON_UNSPECIFIED;  // of a quarantine
  std::vector<v1::UsageRecord> records;
};

// Threads: one at a time; the pipeline owns it and the uplink thread gets copies of batches.
//
// Every error names the file. kDataLoss: the file is damaged; kResourceExhausted: the disk is full.
// After any error nothing of the call has happened, and the call may be made again.
class Spool : public anonymise::UsageSink {
 public:
  // `department` is written into every record frozen from now on. Where the device was enrolled
  // anew for another department, pending batches of the old one are quarantined: the collector
  // would refuse them under the new certificate.
  static Result<std::unique_ptr<Spool>> Open(const std::filesystem::path& file,
                                             const std::string& department,
                                             const SpoolOptions& options);
  // For `sent` and `status`: no lock is taken, nothing is written. Only Pending(), Counters() and
  // History() may be used; the others return kFailedPrecondition.
  static Result<std::unique_ptr<Spool>> OpenReadOnly(const std::filesystem::path& file);
  ~Spool() override;

  // Adds to the day sums in memory; Commit() makes all additions durable in one transaction.
  void Consume(const anonymise::UsageDelta& delta) override;
  Status Commit();

  // From the next Freeze() on. They can lower anonymise::kMaxBounds and not raise them.
  void UseBounds(const anonymise::Bounds& bounds);

  // In one transaction: commits, then turns everything not yet reported into batches: flags,
  // history, reported sums and the batch rows. One batch for each day nearly always, more where a
  // payload does not hold it (spool/payload.h). False where there was nothing to report.
  Result<bool> Freeze(TimeUs now);
  // Where no batch waits: makes one without a record, so that a laptop without use sends what one with use sends. It is
  // forgotten with its receipt. After Freeze().
  Status AddCover(TimeUs now);

  // Deletes day sums, history, and batches whether sent or not, also in memory, and cuts the file and its log so that nothing
  // of them is left on the disk. `today` and the days before it set no first-flag any more: nothing is counted twice.
  Status Purge(Day today);

  // Oldest first; never more than `limit`.
  Result<std::vector<v1::Batch>> Pending(size_t limit);
  // The same, for sending: from now on these may be at the collector, and are never changed again.
  Result<std::vector<v1::Batch>> Offer(size_t limit);
  // End a pending batch: its records stay for `sent`, 90 days, its nonce and padding for kSendAgainDays
  // where it was sent. A nonce that is not pending is passed over: a second receipt, or one for a
  // batch dropped since. `epoch` is the receipt's: what was confirmed under an older one waits again,
  // once a day at most, since the collector's store may have lost it.
  Status MarkSent(const std::string& nonce, Day today, uint64_t epoch = 0);
  Status Quarantine(const std::string& nonce, v1::Receipt::Reason reason, Day today);

  Result<SpoolCounters> Counters();
  Result<std::vector<StoredBatch>> History(size_t limit);  // newest first

 private:
  class Impl;
  explicit Spool(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gnomon::spool
