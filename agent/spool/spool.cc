#include "agent/spool/spool.h"

#include <algorithm>
#include <array>
#include <utility>

#include "agent/spool/bound.h"
#include "agent/spool/clock_trust.h"
#include "agent/spool/damaged.h"
#include "agent/spool/day_sums.h"
#include "agent/spool/freeze.h"
#include "agent/spool/payload.h"
#include "agent/spool/purge.h"
#include "agent/spool/schema.h"
#include "agent/spool/settle.h"
#include "base/fault_point.h"
#include "base/log.h"
#include "base/random.h"
#include "base/sqlite.h"

namespace gnomon::spool {
namespace {

// Keys added between two commits: a catalogue of 1,000 services by 6 clients by 3 evidences, twice.
constexpr size_t kMaxAdditions = 36'000;
constexpr size_t kMaxServiceIdBytes = 64;

const FaultPoint kCommitBegun("spool.commit.before");  // all is written, nothing is durable yet
const FaultPoint kCommitDone("spool.commit.after");    // durable, the caller does not know yet
const FaultPoint kFreezeSums("spool.freeze.sums");     // sums and marks are written, no batch row yet
const FaultPoint kFreezeBegun("spool.freeze.before");  // the batch rows too, nothing is durable yet
const FaultPoint kFreezeDone("spool.freeze.after");
const FaultPoint kOfferBegun("spool.offer.before");  // about to be sent for the first time
const FaultPoint kOfferDone("spool.offer.after");
const FaultPoint kSettleBegun("spool.settle.before");  // MarkSent, Quarantine
const FaultPoint kSettleDone("spool.settle.after");

Status CheckDelta(const anonymise::UsageDelta& delta) {
  const std::string& service = delta.key.service;
  if (service.empty() || service.size() > kMaxServiceIdBytes || service == anonymise::kAnyService) {
    return InvalidArgument("an addition without a service of the catalogue was refused");
  }
  return Status::Ok();
}

}  // namespace

class Spool::Impl {
 public:
  Impl(Database database, std::filesystem::path file, std::string department,
       const SpoolOptions& options, bool writable)
      : database_(std::move(database)),
        file_(std::move(file)),
        department_(std::move(department)),
        options_(options),
        writable_(writable) {}

  void Consume(const anonymise::UsageDelta& delta) {
    Status status = CheckDelta(delta);
    if (status.ok() && additions_.size() >= kMaxAdditions && !additions_.contains(delta.key)) {
      status = ResourceExhausted("too many additions without a commit; the newest were refused");
    }
    if (status.ok()) {
      additions_[delta.key] += delta.counts;
    } else if (refused_.ok()) {
      refused_ = std::move(status);
    }
  }

  Status Commit() {
    GNOMON_RETURN_IF_ERROR(CheckWritable());
    if (!additions_.empty()) {
      GNOMON_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
      GNOMON_RETURN_IF_ERROR(AddToSums(database_, additions_));
      GNOMON_RETURN_IF_ERROR(Pass(kCommitBegun));
      GNOMON_RETURN_IF_ERROR(transaction.Commit());
      additions_.clear();
      GNOMON_RETURN_IF_ERROR(Pass(kCommitDone));
    }
    return std::exchange(refused_, Status::Ok());
  }

  void UseBounds(const anonymise::Bounds& bounds) { options_.bounds = bounds; }

  Result<bool> Freeze(TimeUs now) {
    GNOMON_RETURN_IF_ERROR(CheckWritable());
    GNOMON_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
    GNOMON_RETURN_IF_ERROR(AddToSums(database_, additions_));
    GNOMON_ASSIGN_OR_RETURN(Today today, ObserveClock(database_, ToLocal(now).day));
    GNOMON_RETURN_IF_ERROR(DropImplausible(database_, today));
    GNOMON_ASSIGN_OR_RETURN(std::vector<v1::UsageRecord> records,
                            TakeRecords(database_, department_, options_.bounds));
    GNOMON_RETURN_IF_ERROR(Pass(kFreezeSums));
    const std::vector<std::string> payloads = MakePayloads(records);
    for (const std::string& payload : payloads) {
      GNOMON_RETURN_IF_ERROR(InsertBatch(payload, today.now));
    }
    GNOMON_RETURN_IF_ERROR(BoundPending(database_, {options_.max_pending_batches, options_.max_pending_bytes},
                                        today));
    GNOMON_RETURN_IF_ERROR(ForgetOld(database_, today));
    GNOMON_RETURN_IF_ERROR(Pass(kFreezeBegun));
    GNOMON_RETURN_IF_ERROR(transaction.Commit());
    additions_.clear();
    GNOMON_RETURN_IF_ERROR(Pass(kFreezeDone));
    return !payloads.empty();
  }

  Status AddCover(TimeUs now) {
    GNOMON_RETURN_IF_ERROR(CheckWritable());
    GNOMON_ASSIGN_OR_RETURN(const uint64_t pending, CountPending());
    return pending != 0 ? Status::Ok() : InsertBatch(CoverPayload(), ToLocal(now).day);
  }

  Status Purge(Day today) {
    GNOMON_RETURN_IF_ERROR(CheckWritable());
    GNOMON_RETURN_IF_ERROR(PurgeUsage(database_, today));
    additions_.clear();
    GNOMON_RETURN_IF_ERROR(CutFile(database_));
    return RemoveSetAside(file_);
  }

  // With the id of the last one.
  Result<std::pair<std::vector<v1::Batch>, int64_t>> ReadPending(size_t limit) {
    GNOMON_ASSIGN_OR_RETURN(Statement rows,
                            database_.Prepare("SELECT nonce, payload, id FROM batches WHERE state = 0 "
                                              "ORDER BY id LIMIT ?"));
    rows.Bind(1, ToLimit(limit));
    std::pair<std::vector<v1::Batch>, int64_t> read;
    for (;;) {
      GNOMON_ASSIGN_OR_RETURN(bool row, rows.Step());
      if (!row) return read;
      v1::Batch& batch = read.first.emplace_back();
      batch.set_nonce(rows.Text(0));
      batch.set_payload(rows.Text(1));
      read.second = rows.Int(2);
    }
  }

  Result<std::vector<v1::Batch>> Pending(size_t limit) {
    GNOMON_ASSIGN_OR_RETURN(auto read, ReadPending(limit));
    return std::move(read.first);
  }

  Result<std::vector<v1::Batch>> Offer(size_t limit) {
    GNOMON_RETURN_IF_ERROR(CheckWritable());
    GNOMON_ASSIGN_OR_RETURN(auto read, ReadPending(limit));
    GNOMON_ASSIGN_OR_RETURN(bool fresh, AnyToOffer(database_, read.second));
    if (fresh) {
      GNOMON_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
      GNOMON_RETURN_IF_ERROR(MarkOffered(database_, read.second));
      GNOMON_RETURN_IF_ERROR(Pass(kOfferBegun));
      GNOMON_RETURN_IF_ERROR(transaction.Commit());
      GNOMON_RETURN_IF_ERROR(Pass(kOfferDone));
    }
    return std::move(read.first);
  }

  Status End(const std::string& nonce, const Ending& ending) {
    GNOMON_RETURN_IF_ERROR(CheckWritable());
    GNOMON_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
    GNOMON_ASSIGN_OR_RETURN(bool settled, Settle(database_, nonce, ending));
    GNOMON_ASSIGN_OR_RETURN(int64_t again, SendAgain(database_, ending));
    if (!settled && again == 0) return Status::Ok();
    GNOMON_RETURN_IF_ERROR(Pass(kSettleBegun));
    GNOMON_RETURN_IF_ERROR(transaction.Commit());
    return Pass(kSettleDone);
  }

  Status MarkSent(const std::string& nonce, Day today, uint64_t epoch) {
    const uint64_t largest = INT64_MAX;  // that the file can hold
    return End(nonce, {kStoredSent, v1::Receipt::REASON_UNSPECIFIED, today, std::min(epoch, largest)});
  }
  Status Quarantine(const std::string& nonce, v1::Receipt::Reason reason, Day today) {
    return End(nonce, {kStoredQuarantined, reason, today, 0});
  }

  // Batches of another department can never be accepted under this device's new certificate.
  Status AdoptDepartment() {
    GNOMON_ASSIGN_OR_RETURN(std::string before, GetText(database_, "department"));
    if (before == department_) return Status::Ok();
    GNOMON_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
    GNOMON_ASSIGN_OR_RETURN(Statement select,
                            database_.Prepare("SELECT nonce, frozen_day FROM batches "
                                              "WHERE state = 0 AND department <> ?"));
    select.Bind(1, department_);
    std::vector<std::pair<std::string, Day>> foreign;
    for (;;) {
      GNOMON_ASSIGN_OR_RETURN(bool row, select.Step());
      if (!row) break;
      foreign.emplace_back(select.Text(0), static_cast<Day>(select.Int(1)));
    }
    select.Reset();
    for (const auto& [nonce, day] : foreign) {
      GNOMON_RETURN_IF_ERROR(
          Settle(database_, nonce,
                 {kStoredQuarantined, v1::Receipt::REASON_WRONG_DEPARTMENT, day, 0})
              .status());
    }
    GNOMON_RETURN_IF_ERROR(SetText(database_, "department", department_));
    GNOMON_RETURN_IF_ERROR(transaction.Commit());
    if (!foreign.empty()) {
      log::Warning("spool_department_changed", {{"batches_quarantined", foreign.size()}});
    }
    return Status::Ok();
  }

  Result<SpoolCounters> Counters() {
    SpoolCounters counters;
    GNOMON_ASSIGN_OR_RETURN(const PendingSize pending, SizeOfPending(database_));
    counters.batches_pending = pending.batches;
    counters.bytes_pending = pending.bytes;
    counters.files_damaged = CountSetAside(file_);
    const std::array<std::pair<const char*, uint64_t*>, 5> totals = {{
        {"quarantined", &counters.batches_quarantined},
        {"sent", &counters.batches_sent},
        {"dropped", &counters.batches_dropped},
        {"merged", &counters.batches_merged},
        {"sent_again", &counters.batches_sent_again},
    }};
    for (const auto& [name, out] : totals) {
      GNOMON_ASSIGN_OR_RETURN(int64_t value, GetNumber(database_, name));
      *out = static_cast<uint64_t>(value);
    }
    return counters;
  }

  Result<std::vector<StoredBatch>> History(size_t limit) {
    GNOMON_ASSIGN_OR_RETURN(
        Statement rows,
        database_.Prepare("SELECT state, frozen_day, settled_day, reason, payload FROM batches "
                          "ORDER BY id DESC LIMIT ?"));
    rows.Bind(1, ToLimit(limit));
    std::vector<StoredBatch> batches;
    for (;;) {
      GNOMON_ASSIGN_OR_RETURN(bool row, rows.Step());
      if (!row) return batches;
      StoredBatch& batch = batches.emplace_back();
      const int64_t state = rows.Int(0);
      batch.state = state == kStoredPending ? BatchState::kPending
                    : state == kStoredSent  ? BatchState::kSent
                                            : BatchState::kQuarantined;
      batch.day = static_cast<Day>(rows.Int(1));
      batch.sent_day = static_cast<Day>(rows.Int(2));
      batch.reason = static_cast<v1::Receipt::Reason>(rows.Int(3));
      const Result<v1::RecordSet> set = ParsePayload(rows.Text(4));
      if (!set.ok()) continue;  // damaged by the disk: the collector refuses it, and that is shown
      batch.records.assign(set->records().begin(), set->records().end());
    }
  }

  // The file's name in front of an error of any call.
  Status Named(const Status& status) const {
    return status.ok() ? status : status.WithContext(file_.string());
  }
  template <typename T>
  Result<T> Named(Result<T> result) const {
    if (!result.ok()) return Named(result.status());
    return result;
  }

 private:
  // `records` are in the order of their days. The collector refuses a batch as a whole, so each day
  // has its own: one that a wrong clock made up takes no other with it.
  static std::vector<std::string> MakePayloads(const std::vector<v1::UsageRecord>& records) {
    std::vector<std::string> payloads;
    for (auto from = records.begin(); from != records.end();) {
      const auto to = std::find_if(from, records.end(), [&](const v1::UsageRecord& record) {
        return record.day() != from->day();
      });
      for (std::string& payload : spool::MakePayloads({from, to})) {
        payloads.push_back(std::move(payload));
      }
      from = to;
    }
    return payloads;
  }

  static int64_t ToLimit(size_t limit) {
    return static_cast<int64_t>(std::min<size_t>(limit, 1u << 30));
  }

  Status CheckWritable() const {
    return writable_ ? Status::Ok() : FailedPrecondition("is open for reading only");
  }

  static Status Pass(const FaultPoint& point) {
    return point.Reached() ? Unavailable("interrupted by a test") : Status::Ok();
  }

  Status InsertBatch(const std::string& payload, Day today) {
    std::array<uint8_t, 16> nonce;
    FillRandom(nonce);
    GNOMON_ASSIGN_OR_RETURN(
        Statement insert,
        database_.Prepare("INSERT INTO batches (state, nonce, payload, department, frozen_day, offered) "
                          "VALUES (0, ?, ?, ?, ?, 0)"));
    insert.BindBlob(1, nonce).BindBlob(2, payload).Bind(3, department_).Bind(4, today);
    return insert.Run();
  }

  Result<uint64_t> CountPending() {
    GNOMON_ASSIGN_OR_RETURN(Statement count,
                            database_.Prepare("SELECT count(*) FROM batches WHERE state = 0"));
    GNOMON_ASSIGN_OR_RETURN(bool row, count.Step());
    return static_cast<uint64_t>(row ? count.Int(0) : 0);
  }

  Database database_;
  const std::filesystem::path file_;
  const std::string department_;
  SpoolOptions options_;
  const bool writable_;
  Additions additions_;
  Status refused_;  // the first addition that was no usage, until Commit() has told it
};

Spool::Spool(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Spool::~Spool() = default;

Result<std::unique_ptr<Spool>> Spool::Open(const std::filesystem::path& file,
                                           const std::string& department,
                                           const SpoolOptions& options) {
  GNOMON_ASSIGN_OR_RETURN(Database database, Database::Open(file));
  if (Status status = PrepareSchema(database); !status.ok()) {
    return status.WithContext(file.string());
  }
  auto impl = std::make_unique<Impl>(std::move(database), file, department, options, true);
  GNOMON_RETURN_IF_ERROR(impl->Named(impl->AdoptDepartment()));
  return std::unique_ptr<Spool>(new Spool(std::move(impl)));
}

Result<std::unique_ptr<Spool>> Spool::OpenReadOnly(const std::filesystem::path& file) {
  GNOMON_ASSIGN_OR_RETURN(Database database, Database::OpenReadOnly(file));
  if (Status status = CheckSchema(database); !status.ok()) {
    return status.WithContext(file.string());
  }
  return std::unique_ptr<Spool>(
      new Spool(std::make_unique<Impl>(std::move(database), file, "", SpoolOptions{}, false)));
}

void Spool::Consume(const anonymise::UsageDelta& delta) {
  impl_->Consume(delta);
}
Status Spool::Commit() {
  return impl_->Named(impl_->Commit());
}
void Spool::UseBounds(const anonymise::Bounds& bounds) {
  impl_->UseBounds(bounds);
}
Result<bool> Spool::Freeze(TimeUs now) {
  return impl_->Named(impl_->Freeze(now));
}
Status Spool::AddCover(TimeUs now) {
  return impl_->Named(impl_->AddCover(now));
}
Status Spool::Purge(Day today) {
  return impl_->Named(impl_->Purge(today));
}
Result<std::vector<v1::Batch>> Spool::Pending(size_t limit) {
  return impl_->Named(impl_->Pending(limit));
}
Result<std::vector<v1::Batch>> Spool::Offer(size_t limit) {
  return impl_->Named(impl_->Offer(limit));
}
Status Spool::MarkSent(const std::string& nonce, Day today, uint64_t epoch) {
  return impl_->Named(impl_->MarkSent(nonce, today, epoch));
}
Status Spool::Quarantine(const std::string& nonce, v1::Receipt::Reason reason, Day today) {
  return impl_->Named(impl_->Quarantine(nonce, reason, today));
}
Result<SpoolCounters> Spool::Counters() {
  return impl_->Named(impl_->Counters());
}
Result<std::vector<StoredBatch>> Spool::History(size_t limit) {
  return impl_->Named(impl_->History(limit));
}

}  // namespace gnomon::spool
