#include "agent/spool/settle.h"

#include <utility>
#include <vector>

#include "agent/spool/clock_trust.h"
#include "agent/spool/payload.h"
#include "agent/spool/schema.h"
#include "base/log.h"

namespace gnomon::spool {

Result<bool> Settle(Database& database, const std::string& nonce, const Ending& ending) {
  GNOMON_ASSIGN_OR_RETURN(Statement find,
                          database.Prepare("SELECT id, payload, frozen_day FROM batches "
                                           "WHERE state = 0 AND nonce = ?"));
  find.BindBlob(1, nonce);
  GNOMON_ASSIGN_OR_RETURN(bool row, find.Step());
  if (!row) return false;
  const int64_t id = find.Int(0);
  std::string payload = find.Text(1);
  const auto frozen = static_cast<Day>(find.Int(2));
  find.Reset();
  const Result<v1::RecordSet> set = ParsePayload(payload);
  const bool sent = ending.state == kStoredSent && set.ok();
  if (sent && set->records_size() == 0) {
    // A cover has done its work, and is nothing that left this laptop.
    GNOMON_ASSIGN_OR_RETURN(Statement erase, database.Prepare("DELETE FROM batches WHERE id = ?"));
    GNOMON_RETURN_IF_ERROR(erase.Bind(1, id).Run());
    return true;
  }
  const v1::Receipt::Reason reason = set.ok() ? ending.reason : v1::Receipt::REASON_MALFORMED;
  if (!sent) payload = set.ok() ? WithoutPadding(*set) : std::string();
  GNOMON_ASSIGN_OR_RETURN(
      Statement update,
      database.Prepare(
          "UPDATE batches SET state = ?1, settled_day = ?2, reason = ?3, payload = ?4, epoch = ?5, "
          "nonce = iif(?1 = 1, nonce, NULL) WHERE id = ?6"));
  update.Bind(1, sent ? kStoredSent : kStoredQuarantined)
      .Bind(2, ending.today)
      .Bind(3, reason)
      .BindBlob(4, payload)
      .Bind(5, static_cast<int64_t>(ending.epoch))
      .Bind(6, id);
  GNOMON_RETURN_IF_ERROR(update.Run());
  if (sent) GNOMON_RETURN_IF_ERROR(VouchForClock(database, *set, frozen, ending.today));
  GNOMON_RETURN_IF_ERROR(AddNumber(database, sent ? "sent" : "quarantined", 1));
  return true;
}

Result<int64_t> SendAgain(Database& database, const Ending& ending) {
  if (ending.state != kStoredSent || ending.epoch == 0) return int64_t{0};
  GNOMON_ASSIGN_OR_RETURN(int64_t known, GetNumber(database, "epoch"));
  if (static_cast<uint64_t>(known) >= ending.epoch) return int64_t{0};
  GNOMON_ASSIGN_OR_RETURN(int64_t last, GetNumber(database, "sent_again_day"));
  if (last == ending.today) return int64_t{0};
  GNOMON_RETURN_IF_ERROR(SetNumber(database, "epoch", static_cast<int64_t>(ending.epoch)));
  GNOMON_ASSIGN_OR_RETURN(
      Statement again,
      database.Prepare("UPDATE batches SET state = 0, settled_day = 0, offered = 1 "
                       "WHERE state = 1 AND epoch < ? AND nonce IS NOT NULL"));
  GNOMON_RETURN_IF_ERROR(again.Bind(1, static_cast<int64_t>(ending.epoch)).Run());
  const int64_t batches = database.Changes();
  if (batches == 0) return batches;
  GNOMON_RETURN_IF_ERROR(SetNumber(database, "sent_again_day", ending.today));
  GNOMON_RETURN_IF_ERROR(AddNumber(database, "sent", -batches));
  GNOMON_RETURN_IF_ERROR(AddNumber(database, "sent_again", batches));
  log::Warning("collector_was_restored", {{"batches_sent_again", batches}});
  return batches;
}

Status ForgetNonces(Database& database, Day today) {
  GNOMON_ASSIGN_OR_RETURN(
      Statement old,
      database.Prepare("SELECT id, payload FROM batches WHERE state = 1 AND nonce IS NOT NULL "
                       "AND abs(settled_day - ?1) > ?2"));
  old.Bind(1, today).Bind(2, kSendAgainDays);
  std::vector<std::pair<int64_t, std::string>> stripped;
  for (;;) {
    GNOMON_ASSIGN_OR_RETURN(bool row, old.Step());
    if (!row) break;
    const Result<v1::RecordSet> set = ParsePayload(old.Text(1));
    stripped.emplace_back(old.Int(0), set.ok() ? WithoutPadding(*set) : std::string());
  }
  GNOMON_ASSIGN_OR_RETURN(
      Statement forget,
      database.Prepare("UPDATE batches SET nonce = NULL, payload = ? WHERE id = ?"));
  for (const auto& [id, payload] : stripped) {
    GNOMON_RETURN_IF_ERROR(forget.BindBlob(1, payload).Bind(2, id).Run());
  }
  return Status::Ok();
}

}  // namespace gnomon::spool
