#include "agent/control/stored.h"

#include "agent/control/message.h"
#include "agent/spool/spool.h"
#include "base/clock.h"

namespace gnomon::control {
namespace {

// Room for the other fields of a reply.
constexpr size_t kBatchBytes = kMaxReplyBytes - 4096;

v1::StoredBatch::State StateOf(spool::BatchState state) {
  switch (state) {
    case spool::BatchState::kPending: return v1::StoredBatch::STATE_WAITING;
    case spool::BatchState::kSent: return v1::StoredBatch::STATE_SENT;
    case spool::BatchState::kQuarantined: return v1::StoredBatch::STATE_REFUSED;
  }
  return v1::StoredBatch::STATE_UNSPECIFIED;
}

}  // namespace

Status AddBatches(const std::filesystem::path& file, size_t limit, v1::ControlReply* reply) {
  auto spool = spool::Spool::OpenReadOnly(file);
  if (!spool.ok()) {
    return spool.status().code() == StatusCode::kNotFound ? Status::Ok() : spool.status();
  }
  GNOMON_ASSIGN_OR_RETURN(const auto history, (*spool)->History(limit));
  size_t bytes = 0;
  for (const spool::StoredBatch& stored : history) {
    if (stored.records.empty()) continue;  // a cover batch says nothing
    v1::StoredBatch batch;
    batch.set_state(StateOf(stored.state));
    batch.set_frozen(stored.day);
    batch.set_sent(stored.sent_day);
    if (stored.state == spool::BatchState::kQuarantined) {
      batch.set_reason(v1::Receipt::Reason_Name(stored.reason));
    }
    for (const v1::UsageRecord& record : stored.records) *batch.add_records() = record;
    bytes += batch.ByteSizeLong() + 8;
    if (bytes > kBatchBytes) {
      reply->set_more(true);
      break;
    }
    *reply->add_batches() = std::move(batch);
  }
  return Status::Ok();
}

Status PurgeStored(const std::filesystem::path& file, const std::string& department) {
  std::error_code error;
  if (!std::filesystem::exists(file, error) && !error) return Status::Ok();
  GNOMON_ASSIGN_OR_RETURN(auto spool, spool::Spool::Open(file, department, {}));
  return spool->Purge(ToLocal(SystemClock::Get().Now()).day);
}

}  // namespace gnomon::control
