#include "agent/spool/bound.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "agent/anonymise/record_builder.h"
#include "agent/spool/payload.h"
#include "agent/spool/schema.h"
#include "base/log.h"
#include "base/random.h"

namespace gnomon::spool {
namespace {

// The collector takes no record that is older (collector/store/retention.h: kOldestRecordDays).
constexpr Day kOldestPendingDays = 400;

struct Unsent {
  int64_t id = 0;
  Day frozen = 0;
  size_t bytes = 0;
  v1::RecordSet set;
};

bool Over(const PendingSize& size, const PendingSize& limit) {
  return size.batches > limit.batches || size.bytes > limit.bytes;
}

// All that makes a cell: adding two records with the same key adds the same to the collector's
// cells as both of them.
using RecordKey = std::tuple<std::string, int, int, int, int, int, int>;

RecordKey KeyOf(const v1::UsageRecord& record) {
  return {record.service(), record.surface(),    record.client(),   record.evidence(),
          record.tenure(),  record.regularity(), record.off_hours()};
}

// False where a sum would be over the bound that the collector checks, or a flag be set twice: both
// records stay.
bool AddTo(v1::UsageRecord* sum, const v1::UsageRecord& record) {
  const anonymise::Bounds& bounds = anonymise::kMaxBounds;
  if (uint64_t{sum->visits()} + record.visits() > bounds.visits ||
      uint64_t{sum->turns()} + record.turns() > bounds.turns ||
      uint64_t{sum->active_minutes()} + record.active_minutes() > bounds.active_minutes ||
      uint64_t{sum->uploads()} + record.uploads() > bounds.uploads ||
      sum->kib_up() + record.kib_up() > bounds.kib_up ||
      sum->kib_down() + record.kib_down() > bounds.kib_down ||
      (sum->first_today() && record.first_today()) ||
      (sum->first_this_week() && record.first_this_week()) ||
      (sum->first_this_month() && record.first_this_month())) {
    return false;
  }
  sum->set_visits(sum->visits() + record.visits());
  sum->set_turns(sum->turns() + record.turns());
  sum->set_automated_turns(sum->automated_turns() + record.automated_turns());
  sum->set_active_minutes(sum->active_minutes() + record.active_minutes());
  sum->set_uploads(sum->uploads() + record.uploads());
  sum->set_kib_up(sum->kib_up() + record.kib_up());
  sum->set_kib_down(sum->kib_down() + record.kib_down());
  sum->set_first_today(sum->first_today() || record.first_today());
  sum->set_first_this_week(sum->first_this_week() || record.first_this_week());
  sum->set_first_this_month(sum->first_this_month() || record.first_this_month());
  return true;
}

std::vector<v1::UsageRecord> Merge(const std::vector<Unsent>& batches) {
  std::vector<v1::UsageRecord> merged;
  std::map<RecordKey, size_t> places;
  for (const Unsent& batch : batches) {
    for (const v1::UsageRecord& record : batch.set.records()) {
      const auto [place, fresh] = places.emplace(KeyOf(record), merged.size());
      if (!fresh && AddTo(&merged[place->second], record)) continue;
      place->second = merged.size();
      merged.push_back(record);
    }
  }
  return merged;
}

// Batches that were never handed out, by department and the day of their records; not those that
// hold several days, as files of before version 2 may, and not those that the disk has damaged.
using ByDay = std::map<std::pair<Day, std::string>, std::vector<Unsent>>;

Result<ByDay> LoadUnsent(Database& database) {
  GNOMON_ASSIGN_OR_RETURN(
      Statement rows, database.Prepare("SELECT id, payload, department, frozen_day FROM batches "
                                       "WHERE state = 0 AND offered = 0 ORDER BY id"));
  ByDay days;
  for (;;) {
    GNOMON_ASSIGN_OR_RETURN(bool row, rows.Step());
    if (!row) return days;
    Unsent batch{rows.Int(0), static_cast<Day>(rows.Int(3)), 0, {}};
    const std::string payload = rows.Text(1);
    batch.bytes = payload.size();
    Result<v1::RecordSet> set = ParsePayload(payload);
    if (!set.ok() || set->records().empty()) continue;
    const Day day = set->records(0).day();
    const bool one_day =
        std::all_of(set->records().begin(), set->records().end(),
                    [&](const v1::UsageRecord& record) { return record.day() == day; });
    if (!one_day) continue;
    batch.set = std::move(*set);
    days[{day, rows.Text(2)}].push_back(std::move(batch));
  }
}

// The batches' rows become as many as `payloads`, with new nonces.
Status Rewrite(Database& database, const std::vector<Unsent>& batches,
               const std::vector<std::string>& payloads) {
  Day frozen = batches.front().frozen;
  for (const Unsent& batch : batches) frozen = std::max(frozen, batch.frozen);
  GNOMON_ASSIGN_OR_RETURN(
      Statement update,
      database.Prepare("UPDATE batches SET nonce = ?, payload = ?, frozen_day = ? WHERE id = ?"));
  GNOMON_ASSIGN_OR_RETURN(Statement remove, database.Prepare("DELETE FROM batches WHERE id = ?"));
  for (size_t i = 0; i < batches.size(); ++i) {
    if (i >= payloads.size()) {
      GNOMON_RETURN_IF_ERROR(remove.Bind(1, batches[i].id).Run());
      continue;
    }
    std::array<uint8_t, 16> nonce;
    FillRandom(nonce);
    update.BindBlob(1, nonce).BindBlob(2, payloads[i]).Bind(3, frozen).Bind(4, batches[i].id);
    GNOMON_RETURN_IF_ERROR(update.Run());
  }
  return Status::Ok();
}

// Oldest days first, until `size` is within `limit`.
Status MergeDays(Database& database, const PendingSize& limit, PendingSize* size) {
  GNOMON_ASSIGN_OR_RETURN(const ByDay days, LoadUnsent(database));
  int64_t merged = 0;
  for (const auto& [day, batches] : days) {
    if (!Over(*size, limit)) break;
    if (batches.size() < 2) continue;
    const std::vector<std::string> payloads = MakePayloads(Merge(batches));
    if (payloads.size() >= batches.size()) continue;
    GNOMON_RETURN_IF_ERROR(Rewrite(database, batches, payloads));
    for (const Unsent& batch : batches) size->bytes -= batch.bytes;
    for (const std::string& payload : payloads) size->bytes += payload.size();
    size->batches -= batches.size() - payloads.size();
    merged += static_cast<int64_t>(batches.size() - payloads.size());
  }
  if (merged == 0) return Status::Ok();
  log::Info("spool_batches_merged", {{"batches", merged}});
  return AddNumber(database, "merged", merged);
}

Status CountDropped(Database& database, int64_t batches) {
  if (batches == 0) return Status::Ok();
  log::Warning("spool_batches_dropped", {{"batches", batches}});
  return AddNumber(database, "dropped", batches);
}

Status DropOldest(Database& database, const PendingSize& limit, PendingSize size) {
  GNOMON_ASSIGN_OR_RETURN(
      Statement oldest,
      database.Prepare("SELECT id, length(payload) FROM batches WHERE state = 0 ORDER BY id"));
  std::vector<int64_t> ids;
  while (Over(size, limit)) {
    GNOMON_ASSIGN_OR_RETURN(bool row, oldest.Step());
    if (!row) break;
    ids.push_back(oldest.Int(0));
    --size.batches;
    size.bytes -= static_cast<uint64_t>(oldest.Int(1));
  }
  oldest.Reset();
  GNOMON_ASSIGN_OR_RETURN(Statement drop, database.Prepare("DELETE FROM batches WHERE id = ?"));
  for (const int64_t id : ids) GNOMON_RETURN_IF_ERROR(drop.Bind(1, id).Run());
  return CountDropped(database, static_cast<int64_t>(ids.size()));
}

Status DropTooOld(Database& database, const Today& today) {
  if (today.in_doubt()) return Status::Ok();
  GNOMON_ASSIGN_OR_RETURN(
      Statement drop, database.Prepare("DELETE FROM batches WHERE state = 0 AND frozen_day < ?"));
  GNOMON_RETURN_IF_ERROR(drop.Bind(1, today.now - kOldestPendingDays).Run());
  return CountDropped(database, database.Changes());
}

}  // namespace

Result<PendingSize> SizeOfPending(Database& database) {
  GNOMON_ASSIGN_OR_RETURN(
      Statement count,
      database.Prepare("SELECT count(*), coalesce(sum(length(payload)), 0) FROM batches "
                       "WHERE state = 0"));
  GNOMON_ASSIGN_OR_RETURN(bool row, count.Step());
  if (!row) return PendingSize{};
  return PendingSize{static_cast<uint64_t>(count.Int(0)), static_cast<uint64_t>(count.Int(1))};
}

Result<bool> AnyToOffer(Database& database, int64_t last_id) {
  GNOMON_ASSIGN_OR_RETURN(Statement any,
                          database.Prepare("SELECT 1 FROM batches WHERE state = 0 AND offered = 0 "
                                           "AND id <= ? LIMIT 1"));
  any.Bind(1, last_id);
  return any.Step();
}

Status MarkOffered(Database& database, int64_t last_id) {
  GNOMON_ASSIGN_OR_RETURN(Statement mark,
                          database.Prepare("UPDATE batches SET offered = 1 WHERE state = 0 AND "
                                           "offered = 0 AND id <= ?"));
  return mark.Bind(1, last_id).Run();
}

Status BoundPending(Database& database, const PendingSize& limit, const Today& today) {
  GNOMON_RETURN_IF_ERROR(DropTooOld(database, today));
  GNOMON_ASSIGN_OR_RETURN(PendingSize size, SizeOfPending(database));
  if (!Over(size, limit)) return Status::Ok();
  GNOMON_RETURN_IF_ERROR(MergeDays(database, limit, &size));
  return DropOldest(database, limit, size);
}

}  // namespace gnomon::spool
