#include "agent/spool/day_sums.h"

namespace gnomon::spool {
namespace {

// Binds the five columns of a key from position `at` on.
void BindKey(const anonymise::UsageKey& key, int at, Statement* statement) {
  statement->Bind(at, key.day)
      .Bind(at + 1, key.service)
      .Bind(at + 2, key.surface)
      .Bind(at + 3, key.client)
      .Bind(at + 4, key.evidence);
}

int64_t Signed(uint64_t value) {
  return static_cast<int64_t>(value);
}
uint64_t Unsigned(int64_t value) {
  return value < 0 ? 0 : static_cast<uint64_t>(value);
}

}  // namespace

Status AddToSums(Database& database, const Additions& additions) {
  if (additions.empty()) return Status::Ok();
  GNOMON_ASSIGN_OR_RETURN(
      Statement add,
      database.Prepare("INSERT INTO day_sums (day, service, surface, client, evidence, visits, "
                       "turns, active_seconds, uploads, bytes_up, bytes_down, off_hours_seconds, "
                       "total_seconds, automated_turns) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
                       "ON CONFLICT (day, service, surface, client, evidence) DO UPDATE SET "
                       "visits = visits + excluded.visits, turns = turns + excluded.turns, "
                       "active_seconds = active_seconds + excluded.active_seconds, "
                       "uploads = uploads + excluded.uploads, "
                       "bytes_up = bytes_up + excluded.bytes_up, "
                       "bytes_down = bytes_down + excluded.bytes_down, "
                       "off_hours_seconds = off_hours_seconds + excluded.off_hours_seconds, "
                       "total_seconds = total_seconds + excluded.total_seconds, "
                       "automated_turns = automated_turns + excluded.automated_turns"));
  for (const auto& [key, counts] : additions) {
    BindKey(key, 1, &add);
    GNOMON_RETURN_IF_ERROR(add.Bind(6, Signed(counts.visits))
                               .Bind(7, Signed(counts.turns))
                               .Bind(8, Signed(counts.active_seconds))
                               .Bind(9, Signed(counts.uploads))
                               .Bind(10, Signed(counts.bytes_up))
                               .Bind(11, Signed(counts.bytes_down))
                               .Bind(12, Signed(counts.off_hours_seconds))
                               .Bind(13, Signed(counts.total_seconds))
                               .Bind(14, Signed(counts.automated_turns))
                               .Run());
  }
  return Status::Ok();
}

Result<std::vector<DaySum>> LoadSums(Database& database, Day first, Day end) {
  GNOMON_ASSIGN_OR_RETURN(
      Statement rows,
      database.Prepare("SELECT day, service, surface, client, evidence, visits, turns, "
                       "active_seconds, uploads, bytes_up, bytes_down, off_hours_seconds, "
                       "total_seconds, reported_visits, reported_turns, reported_minutes, "
                       "reported_uploads, reported_kib_up, reported_kib_down, automated_turns, "
                       "reported_automated FROM day_sums "
                       "WHERE day >= ? AND day < ? "
                       "ORDER BY day, service, surface, client, evidence"));
  rows.Bind(1, first).Bind(2, end);
  std::vector<DaySum> sums;
  for (;;) {
    GNOMON_ASSIGN_OR_RETURN(bool row, rows.Step());
    if (!row) return sums;
    DaySum sum;
    sum.key.day = static_cast<Day>(rows.Int(0));
    sum.key.service = rows.Text(1);
    sum.key.surface = static_cast<v1::Surface>(rows.Int(2));
    sum.key.client = static_cast<v1::Client>(rows.Int(3));
    sum.key.evidence = static_cast<v1::Evidence>(rows.Int(4));
    sum.counts.visits = Unsigned(rows.Int(5));
    sum.counts.turns = Unsigned(rows.Int(6));
    sum.counts.active_seconds = Unsigned(rows.Int(7));
    sum.counts.uploads = Unsigned(rows.Int(8));
    sum.counts.bytes_up = Unsigned(rows.Int(9));
    sum.counts.bytes_down = Unsigned(rows.Int(10));
    sum.counts.off_hours_seconds = Unsigned(rows.Int(11));
    sum.counts.total_seconds = Unsigned(rows.Int(12));
    sum.reported.visits = static_cast<uint32_t>(rows.Int(13));
    sum.reported.turns = static_cast<uint32_t>(rows.Int(14));
    sum.reported.active_minutes = static_cast<uint32_t>(rows.Int(15));
    sum.reported.uploads = static_cast<uint32_t>(rows.Int(16));
    sum.reported.kib_up = Unsigned(rows.Int(17));
    sum.reported.kib_down = Unsigned(rows.Int(18));
    sum.counts.automated_turns = Unsigned(rows.Int(19));
    sum.reported.automated_turns = static_cast<uint32_t>(rows.Int(20));
    sums.push_back(std::move(sum));
  }
}

Status SaveReported(Database& database, const DaySum& sum) {
  GNOMON_ASSIGN_OR_RETURN(
      Statement save,
      database.Prepare("UPDATE day_sums SET reported_visits = ?, reported_turns = ?, "
                       "reported_minutes = ?, reported_uploads = ?, reported_kib_up = ?, "
                       "reported_kib_down = ?, reported_automated = ? WHERE day = ? AND service = ? AND surface = ? AND "
                       "client = ? AND evidence = ?"));
  save.Bind(1, sum.reported.visits)
      .Bind(2, sum.reported.turns)
      .Bind(3, sum.reported.active_minutes)
      .Bind(4, sum.reported.uploads)
      .Bind(5, Signed(sum.reported.kib_up))
      .Bind(6, Signed(sum.reported.kib_down))
      .Bind(7, sum.reported.automated_turns);
  BindKey(sum.key, 8, &save);
  return save.Run();
}

Result<int64_t> DeleteSumsOutside(Database& database, Day first, Day end) {
  GNOMON_ASSIGN_OR_RETURN(Statement remove,
                          database.Prepare("DELETE FROM day_sums WHERE day < ? OR day >= ?"));
  GNOMON_RETURN_IF_ERROR(remove.Bind(1, first).Bind(2, end).Run());
  return database.Changes();
}

Status DeleteSumsUnless(Database& database, const std::function<bool(Day)>& keep) {
  GNOMON_ASSIGN_OR_RETURN(Statement rows, database.Prepare("SELECT DISTINCT day FROM day_sums"));
  std::vector<Day> remove;
  for (;;) {
    GNOMON_ASSIGN_OR_RETURN(bool row, rows.Step());
    if (!row) break;
    const auto day = static_cast<Day>(rows.Int(0));
    if (!keep(day)) remove.push_back(day);
  }
  GNOMON_ASSIGN_OR_RETURN(Statement erase, database.Prepare("DELETE FROM day_sums WHERE day = ?"));
  for (const Day day : remove) GNOMON_RETURN_IF_ERROR(erase.Bind(1, day).Run());
  return Status::Ok();
}

Result<anonymise::History> LoadHistory(Database& database, std::string_view service) {
  GNOMON_ASSIGN_OR_RETURN(Statement get,
                          database.Prepare("SELECT days FROM history WHERE service = ?"));
  get.Bind(1, service);
  GNOMON_ASSIGN_OR_RETURN(bool row, get.Step());
  if (!row) return anonymise::History{};
  return anonymise::History::Parse(get.Text(0));
}

Status SaveHistory(Database& database, std::string_view service,
                   const anonymise::History& history) {
  GNOMON_ASSIGN_OR_RETURN(Statement save,
                          database.Prepare("INSERT OR REPLACE INTO history VALUES (?, ?)"));
  return save.Bind(1, service).BindBlob(2, history.Serialise()).Run();
}

}  // namespace gnomon::spool
