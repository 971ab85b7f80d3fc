#include "collector/store/sqlite_store.h"

#include "base/fault_point.h"
#include "collector/store/retention.h"

namespace gnomon::store {
namespace {

const FaultPoint kCommitStarted("store.commit.begin");  // nothing is written
const FaultPoint kCommitBegun("store.commit.before");   // all is written, nothing is durable yet
const FaultPoint kCommitDone("store.commit.after");     // durable, nobody knows yet
const FaultPoint kExpireBegun("store.expire.before");
const FaultPoint kExpireDone("store.expire.after");  // the log is not cut yet

constexpr int kSchemaVersion = 4;

// WITHOUT ROWID: rows lie in the order of their keys (random nonces, cell keys) and hold no trace
// of the order in which they came. STRICT: a sum that left 64 bits would be an error, never a
// float.
constexpr char kSchema[] = R"sql(
  CREATE TABLE nonces (
    nonce   BLOB    NOT NULL PRIMARY KEY,
    digest  INTEGER NOT NULL,
    expires INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE cells (
    day        INTEGER NOT NULL,
    department TEXT    NOT NULL,
    service    TEXT    NOT NULL,
    surface    INTEGER NOT NULL,
    client     INTEGER NOT NULL,
    evidence   INTEGER NOT NULL,
    tenure     INTEGER NOT NULL,
    regularity INTEGER NOT NULL,
    off_hours  INTEGER NOT NULL,
    visits           INTEGER NOT NULL,
    turns            INTEGER NOT NULL,
    active_minutes   INTEGER NOT NULL,
    uploads          INTEGER NOT NULL,
    kib_up           INTEGER NOT NULL,
    kib_down         INTEGER NOT NULL,
    first_today      INTEGER NOT NULL,
    first_this_week  INTEGER NOT NULL,
    first_this_month INTEGER NOT NULL,
    automated_turns  INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (day, department, service, surface, client, evidence, tenure, regularity, off_hours)
  ) STRICT, WITHOUT ROWID;
)sql";

// Version 1 did not tell whose turns they were: they count as people's.
constexpr char kToVersion2[] =
    "ALTER TABLE cells ADD COLUMN automated_turns INTEGER NOT NULL DEFAULT 0";

// Version 3: first uses by names that mean nothing without the laptop's key.
constexpr char kToVersion3[] = R"sql(
  CREATE TABLE first_uses (
    tag     BLOB    NOT NULL PRIMARY KEY,
    expires INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
)sql";

// Version 4: how often the file came back from a backup.
constexpr char kToVersion4[] = R"sql(
  CREATE TABLE epochs (epoch INTEGER NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;
)sql";

// All of the file is read once at the start: a damaged page would else be found by the batch that needs it.
Status CheckIntegrity(Database& database) {
  GNOMON_ASSIGN_OR_RETURN(Statement check, database.Prepare("PRAGMA quick_check(1)"));
  GNOMON_ASSIGN_OR_RETURN(const bool row, check.Step());
  const std::string found = row ? check.Text(0) : "no answer";
  return found == "ok" ? Status::Ok() : DataLoss("sqlite: " + found);
}

Status Damaged(const std::filesystem::path& file, const Status& status) {
  if (status.code() != StatusCode::kDataLoss) return status.WithContext(file.string());
  return DataLoss(file.string() + ": damaged (" + status.message() +
                  "). Nothing was changed, and laptops keep what they have. Put the last backup in its place without "
                  "its -wal and -shm files, then run: gnomon-collector restored --data " +
                  file.parent_path().string());
}

Status Migrate(Database& database, int version) {
  if (version == 0) GNOMON_RETURN_IF_ERROR(database.Execute(kSchema));
  if (version == 1) GNOMON_RETURN_IF_ERROR(database.Execute(kToVersion2));
  if (version < 3) GNOMON_RETURN_IF_ERROR(database.Execute(kToVersion3));
  if (version < 4) GNOMON_RETURN_IF_ERROR(database.Execute(kToVersion4));
  return database.SetUserVersion(kSchemaVersion);
}

constexpr char kAddCell[] = R"sql(
  INSERT INTO cells VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9, ?10,?11,?12,?13,?14,?15,?16,?17,?18,?19)
  ON CONFLICT DO UPDATE SET
    visits = visits + excluded.visits,
    turns = turns + excluded.turns,
    active_minutes = active_minutes + excluded.active_minutes,
    uploads = uploads + excluded.uploads,
    kib_up = kib_up + excluded.kib_up,
    kib_down = kib_down + excluded.kib_down,
    first_today = first_today + excluded.first_today,
    first_this_week = first_this_week + excluded.first_this_week,
    first_this_month = first_this_month + excluded.first_this_month,
    automated_turns = automated_turns + excluded.automated_turns
)sql";

constexpr char kUsageByService[] = R"sql(
  SELECT department, service, SUM(visits), SUM(turns), SUM(active_minutes), SUM(uploads),
         SUM(kib_up), SUM(kib_down), SUM(first_today), SUM(first_this_week), SUM(first_this_month),
         SUM(automated_turns), SUM(CASE WHEN tenure = ?3 THEN first_today ELSE 0 END)
  FROM cells WHERE day >= ?1 AND day < ?2
  GROUP BY department, service ORDER BY department, service
)sql";

// A laptop counts once a day, so the largest day counts different ones.
constexpr char kHabits[] = R"sql(
  SELECT department, service, MAX(devices) FROM (
    SELECT department, service, day, SUM(first_today) AS devices
    FROM cells WHERE day >= ?1 AND day < ?2 AND regularity = ?3
    GROUP BY department, service, day)
  GROUP BY department, service ORDER BY department, service
)sql";

constexpr char kEachCell[] = R"sql(
  SELECT day, department, service, surface, client, evidence, tenure, regularity, off_hours,
         visits, turns, active_minutes, uploads, kib_up, kib_down,
         first_today, first_this_week, first_this_month, automated_turns
  FROM cells WHERE day >= ?1 AND day < ?2
)sql";

// The sums in the order of every list above, from column or parameter `at` on.
Sums ReadSums(const Statement& row, int at) {
  Sums sums;
  for (uint64_t* field : {&sums.visits, &sums.turns, &sums.active_minutes, &sums.uploads,
                          &sums.kib_up, &sums.kib_down, &sums.first_today, &sums.first_this_week,
                          &sums.first_this_month, &sums.automated_turns}) {
    *field = static_cast<uint64_t>(row.Int(at++));
  }
  return sums;
}

Status BindSums(Statement& statement, int at, const Sums& sums) {
  for (const uint64_t value :
       {sums.visits, sums.turns, sums.active_minutes, sums.uploads, sums.kib_up, sums.kib_down,
        sums.first_today, sums.first_this_week, sums.first_this_month, sums.automated_turns}) {
    if (value > INT64_MAX) return InvalidArgument("a sum is over 2^63-1");
    statement.Bind(at++, static_cast<int64_t>(value));
  }
  return Status::Ok();
}

}  // namespace

Result<std::unique_ptr<SqliteStore>> SqliteStore::Open(const std::filesystem::path& file) {
  Result<Database> opened = Database::Open(file);
  if (!opened.ok()) return Damaged(file, opened.status());
  Database database = std::move(*opened);
  if (Status status = CheckIntegrity(database); !status.ok()) return Damaged(file, status);
  GNOMON_ASSIGN_OR_RETURN(const int version, database.UserVersion());
  if (version > kSchemaVersion) {
    return FailedPrecondition(file.string() + ": written by a newer version of gnomon-collector");
  }
  if (version < kSchemaVersion) {
    GNOMON_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database));
    GNOMON_RETURN_IF_ERROR(Migrate(database, version));
    GNOMON_RETURN_IF_ERROR(transaction.Commit());
  }
  std::unique_ptr<SqliteStore> store(new SqliteStore(std::move(database)));
  GNOMON_RETURN_IF_ERROR(store->Prepare());
  GNOMON_ASSIGN_OR_RETURN(Statement epoch, store->database_.Prepare("SELECT coalesce(max(epoch), 0) FROM epochs"));
  GNOMON_ASSIGN_OR_RETURN(const bool row, epoch.Step());
  store->epoch_ = row ? static_cast<uint64_t>(epoch.Int(0)) : 0;
  return store;
}

Status SqliteStore::Prepare() {
  GNOMON_ASSIGN_OR_RETURN(find_nonce_,
                          database_.Prepare("SELECT digest FROM nonces WHERE nonce = ?1"));
  GNOMON_ASSIGN_OR_RETURN(insert_nonce_,
                          database_.Prepare("INSERT INTO nonces VALUES (?1, ?2, ?3)"));
  GNOMON_ASSIGN_OR_RETURN(
      insert_first_use_,
      database_.Prepare("INSERT INTO first_uses VALUES (?1, ?2) ON CONFLICT DO NOTHING"));
  GNOMON_ASSIGN_OR_RETURN(add_cell_, database_.Prepare(kAddCell));
  return Status::Ok();
}

Result<std::vector<CommitOutcome>> SqliteStore::Commit(std::span<const IncomingBatch> batches,
                                                       Day today) {
  const std::lock_guard lock(mutex_);
  GNOMON_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  if (kCommitStarted.Reached()) return Unavailable("interrupted by a test");
  std::vector<CommitOutcome> outcomes;
  outcomes.reserve(batches.size());
  const Day expires = NonceExpiry(today);
  for (const IncomingBatch& batch : batches) {
    GNOMON_ASSIGN_OR_RETURN(const CommitOutcome outcome, Take(batch, expires, CoverExpiry(today)));
    outcomes.push_back(outcome);
  }
  if (kCommitBegun.Reached()) return Unavailable("interrupted by a test");
  GNOMON_RETURN_IF_ERROR(transaction.Commit());
  if (kCommitDone.Reached()) return Unavailable("interrupted by a test");
  return outcomes;
}

Result<CommitOutcome> SqliteStore::Take(const IncomingBatch& batch, Day expires,
                                        Day cover_expires) {
  find_nonce_.BindBlob(1, std::span<const uint8_t>(batch.nonce));
  const Result<bool> known = find_nonce_.Step();
  const uint32_t digest = known.ok() && *known ? static_cast<uint32_t>(find_nonce_.Int(0)) : 0;
  find_nonce_.Reset();
  GNOMON_RETURN_IF_ERROR(known.status());
  if (*known) {
    return digest == batch.digest ? CommitOutcome::kDuplicate : CommitOutcome::kConflict;
  }
  insert_nonce_.BindBlob(1, std::span<const uint8_t>(batch.nonce))
      .Bind(2, static_cast<int64_t>(batch.digest))
      .Bind(3, static_cast<int64_t>(batch.additions.empty() ? cover_expires : expires));
  GNOMON_RETURN_IF_ERROR(insert_nonce_.Run());
  auto first = batch.first_uses.begin();
  for (size_t i = 0; i < batch.additions.size(); ++i) {
    if (first == batch.first_uses.end() || first->addition != i) {
      GNOMON_RETURN_IF_ERROR(Add(batch.additions[i]));
      continue;
    }
    CellAddition addition = batch.additions[i];
    for (; first != batch.first_uses.end() && first->addition == i; ++first) {
      GNOMON_ASSIGN_OR_RETURN(const bool fresh, IsFirst(*first, expires));
      if (fresh) continue;
      (first->period == FirstUse::Period::kWeek ? addition.sums.first_this_week
                                                : addition.sums.first_this_month) = 0;
    }
    GNOMON_RETURN_IF_ERROR(Add(addition));
  }
  return CommitOutcome::kAccepted;
}

Result<bool> SqliteStore::IsFirst(const FirstUse& first_use, Day expires) {
  insert_first_use_.BindBlob(1, std::span<const uint8_t>(first_use.tag))
      .Bind(2, static_cast<int64_t>(expires));
  GNOMON_RETURN_IF_ERROR(insert_first_use_.Run());
  return database_.Changes() == 1;
}

Status SqliteStore::Add(const CellAddition& addition) {
  const CellKey& key = addition.key;
  GNOMON_RETURN_IF_ERROR(BindSums(add_cell_, 10, addition.sums));
  add_cell_.Bind(1, static_cast<int64_t>(key.day))
      .Bind(2, key.department)
      .Bind(3, key.service)
      .Bind(4, static_cast<int64_t>(key.surface))
      .Bind(5, static_cast<int64_t>(key.client))
      .Bind(6, static_cast<int64_t>(key.evidence))
      .Bind(7, static_cast<int64_t>(key.tenure))
      .Bind(8, static_cast<int64_t>(key.regularity))
      .Bind(9, static_cast<int64_t>(key.off_hours));
  return add_cell_.Run();
}

Result<std::vector<ServiceUsage>> SqliteStore::UsageByService(Day first, Day end) {
  const std::lock_guard lock(mutex_);
  GNOMON_ASSIGN_OR_RETURN(Statement rows, database_.Prepare(kUsageByService));
  rows.Bind(1, static_cast<int64_t>(first))
      .Bind(2, static_cast<int64_t>(end))
      .Bind(3, static_cast<int64_t>(v1::TENURE_LONGER));
  std::vector<ServiceUsage> usage;
  for (;;) {
    GNOMON_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) break;
    usage.push_back(
        {rows.Text(0), rows.Text(1), ReadSums(rows, 2), static_cast<uint64_t>(rows.Int(12)), 0});
  }
  GNOMON_RETURN_IF_ERROR(AddHabits(first, end, usage));
  return usage;
}

Status SqliteStore::AddHabits(Day first, Day end, std::vector<ServiceUsage>& usage) {
  GNOMON_ASSIGN_OR_RETURN(Statement rows, database_.Prepare(kHabits));
  rows.Bind(1, static_cast<int64_t>(first))
      .Bind(2, static_cast<int64_t>(end))
      .Bind(3, static_cast<int64_t>(v1::REGULARITY_HABIT));
  // Both are in one order, and each row here has one there.
  auto row = usage.begin();
  for (;;) {
    GNOMON_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) return Status::Ok();
    while (row != usage.end() &&
           (row->department != rows.Text(0) || row->service != rows.Text(1))) {
      ++row;
    }
    if (row == usage.end()) return Internal("a habit without use");
    row->habit_devices = static_cast<uint64_t>(rows.Int(2));
  }
}

Status SqliteStore::ForEachCell(Day first, Day end,
                                const std::function<void(const CellAddition&)>& visit) {
  const std::lock_guard lock(mutex_);
  GNOMON_ASSIGN_OR_RETURN(Statement rows, database_.Prepare(kEachCell));
  rows.Bind(1, static_cast<int64_t>(first)).Bind(2, static_cast<int64_t>(end));
  for (;;) {
    GNOMON_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) return Status::Ok();
    CellAddition cell;
    cell.key = {.day = static_cast<Day>(rows.Int(0)),
                .department = rows.Text(1),
                .service = rows.Text(2),
                .surface = static_cast<v1::Surface>(rows.Int(3)),
                .client = static_cast<v1::Client>(rows.Int(4)),
                .evidence = static_cast<v1::Evidence>(rows.Int(5)),
                .tenure = static_cast<v1::Tenure>(rows.Int(6)),
                .regularity = static_cast<v1::Regularity>(rows.Int(7)),
                .off_hours = static_cast<v1::OffHours>(rows.Int(8))};
    cell.sums = ReadSums(rows, 9);
    visit(cell);
  }
}

Status SqliteStore::BeginEpoch(uint64_t epoch) {
  const std::lock_guard lock(mutex_);
  GNOMON_ASSIGN_OR_RETURN(Statement begin, database_.Prepare("INSERT INTO epochs SELECT max(?1, 1 + coalesce(max(epoch), "
                                                             "0)) FROM epochs"));
  return begin.Bind(1, static_cast<int64_t>(epoch)).Run();
}

Status SqliteStore::Expire(Day today) {
  const std::lock_guard lock(mutex_);
  {
    GNOMON_ASSIGN_OR_RETURN(Statement nonces,
                            database_.Prepare("DELETE FROM nonces WHERE expires <= ?1"));
    GNOMON_ASSIGN_OR_RETURN(Statement first_uses,
                            database_.Prepare("DELETE FROM first_uses WHERE expires <= ?1"));
    GNOMON_ASSIGN_OR_RETURN(Statement cells, database_.Prepare("DELETE FROM cells WHERE day < ?1"));
    GNOMON_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
    GNOMON_RETURN_IF_ERROR(nonces.Bind(1, static_cast<int64_t>(today)).Run());
    GNOMON_RETURN_IF_ERROR(first_uses.Bind(1, static_cast<int64_t>(today)).Run());
    GNOMON_RETURN_IF_ERROR(cells.Bind(1, static_cast<int64_t>(FirstKeptDay(today))).Run());
    (void)kExpireBegun.Reached();
    GNOMON_RETURN_IF_ERROR(transaction.Commit());
    (void)kExpireDone.Reached();
  }
  // The write-ahead log still has the last transactions in the order in which they came.
  return database_.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

}  // namespace gnomon::store
