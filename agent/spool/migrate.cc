#include "agent/spool/migrate.h"

#include <algorithm>
#include <map>
#include <string>

#include "agent/anonymise/history.h"
#include "agent/spool/day_sums.h"
#include "agent/spool/schema.h"
#include "base/bytes.h"

namespace gnomon::spool {
namespace {

using anonymise::History;

// Version 1 kept a window: the newest day, then six words, bit i of which was the day `last` - i.
Result<History> ParseWindow(const std::string& bytes) {
  constexpr int kWords = History::kDays / 64;
  if (bytes.size() != 4 + 8 * kWords) return DataLoss("is not a history");
  ByteReader reader(Bytes(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()));
  const uint32_t last = reader.U32();
  History history;
  for (int word = 0; word < kWords; ++word) {
    uint64_t bits = static_cast<uint64_t>(reader.U32()) << 32;
    bits |= reader.U32();
    for (int bit = 0; bit < 64; ++bit) {
      if ((bits >> bit & 1) == 0) continue;
      const int64_t day = int64_t{last} - (word * 64 + bit);
      if (day <= 0 || day > INT32_MAX || !history.Mark(static_cast<Day>(day))) {
        return DataLoss("history holds no such day");
      }
    }
  }
  return history;
}

// Days for windows; what a window had dropped, and what an old repair kept silent, stays silent.
Status ToVersion2(Database& database) {
  GNOMON_ASSIGN_OR_RETURN(Statement rows, database.Prepare("SELECT service, days FROM history"));
  std::map<std::string, History> histories;
  for (;;) {
    GNOMON_ASSIGN_OR_RETURN(bool row, rows.Step());
    if (!row) break;
    Result<History> history = ParseWindow(rows.Text(1));
    if (!history.ok()) return history.status().WithContext("history of " + rows.Text(0));
    histories.emplace(rows.Text(0), std::move(*history));
  }
  for (const auto& [service, history] : histories) {
    GNOMON_RETURN_IF_ERROR(SaveHistory(database, service, history));
  }
  GNOMON_ASSIGN_OR_RETURN(int64_t latest, GetNumber(database, "latest_day"));
  GNOMON_ASSIGN_OR_RETURN(int64_t flags_from, GetNumber(database, "flags_from"));
  GNOMON_RETURN_IF_ERROR(
      SetNumber(database, "known_from", std::max(flags_from, latest - History::kDays + 1)));
  if (latest != 0) GNOMON_RETURN_IF_ERROR(SetNumber(database, "believed_day", latest));
  return database.Execute(
      "DELETE FROM state WHERE name IN ('latest_day', 'flags_from', 'history_pruned_day')");
}

// Turns that were counted before it was told whose they are count as people's.
Status ToVersion3(Database& database) {
  return database.Execute(
      "ALTER TABLE day_sums ADD COLUMN automated_turns INTEGER NOT NULL DEFAULT 0;"
      "ALTER TABLE day_sums ADD COLUMN reported_automated INTEGER NOT NULL DEFAULT 0");
}

// Nobody knows which of the waiting batches were sent before: none of them may be changed.
Status ToVersion4(Database& database) {
  return database.Execute(
      "ALTER TABLE batches ADD COLUMN offered INTEGER NOT NULL DEFAULT 1;"
      "ALTER TABLE batches ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0");
}

}  // namespace

Status Migrate(Database& database, int from) {
  GNOMON_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database));
  if (from < 2) GNOMON_RETURN_IF_ERROR(ToVersion2(database));
  if (from < 3) GNOMON_RETURN_IF_ERROR(ToVersion3(database));
  if (from < 4) GNOMON_RETURN_IF_ERROR(ToVersion4(database));
  GNOMON_RETURN_IF_ERROR(database.SetUserVersion(kSchemaVersion));
  return transaction.Commit();
}

}  // namespace gnomon::spool
