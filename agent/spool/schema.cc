#include "agent/spool/schema.h"

#include "agent/spool/migrate.h"

namespace gnomon::spool {
namespace {

constexpr char kSchema[] = R"sql(
CREATE TABLE state (
  name  TEXT PRIMARY KEY,
  value NOT NULL
) WITHOUT ROWID;

CREATE TABLE day_sums (
  day INTEGER NOT NULL, service TEXT NOT NULL, surface INTEGER NOT NULL, client INTEGER NOT NULL,
  evidence INTEGER NOT NULL,
  visits INTEGER NOT NULL, turns INTEGER NOT NULL, active_seconds INTEGER NOT NULL,
  uploads INTEGER NOT NULL, bytes_up INTEGER NOT NULL, bytes_down INTEGER NOT NULL,
  off_hours_seconds INTEGER NOT NULL, total_seconds INTEGER NOT NULL,
  reported_visits INTEGER NOT NULL DEFAULT 0, reported_turns INTEGER NOT NULL DEFAULT 0,
  reported_minutes INTEGER NOT NULL DEFAULT 0, reported_uploads INTEGER NOT NULL DEFAULT 0,
  reported_kib_up INTEGER NOT NULL DEFAULT 0, reported_kib_down INTEGER NOT NULL DEFAULT 0,
  automated_turns INTEGER NOT NULL DEFAULT 0, reported_automated INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (day, service, surface, client, evidence)
) WITHOUT ROWID;

CREATE TABLE history (
  service TEXT PRIMARY KEY,
  days    BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE batches (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  state       INTEGER NOT NULL,
  nonce       BLOB UNIQUE,
  payload     BLOB NOT NULL,
  department  TEXT NOT NULL,
  frozen_day  INTEGER NOT NULL,
  settled_day INTEGER NOT NULL DEFAULT 0,
  reason      INTEGER NOT NULL DEFAULT 0,
  offered     INTEGER NOT NULL DEFAULT 1,
  epoch       INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX batches_by_state ON batches (state, id);
)sql";

Result<int64_t> SingleNumber(Database& database, std::string_view sql) {
  GNOMON_ASSIGN_OR_RETURN(Statement statement, database.Prepare(sql));
  GNOMON_ASSIGN_OR_RETURN(bool row, statement.Step());
  return row ? statement.Int(0) : 0;
}

Status CheckIntegrity(Database& database) {
  GNOMON_ASSIGN_OR_RETURN(Statement check, database.Prepare("PRAGMA quick_check(1)"));
  GNOMON_ASSIGN_OR_RETURN(bool row, check.Step());
  const std::string found = row ? check.Text(0) : "no answer";
  return found == "ok" ? Status::Ok() : DataLoss("damaged: " + found);
}

Result<Statement> Lookup(Database& database, std::string_view name) {
  GNOMON_ASSIGN_OR_RETURN(Statement get,
                          database.Prepare("SELECT value FROM state WHERE name = ?"));
  get.Bind(1, name);
  return get;
}

}  // namespace

Status CheckSchema(Database& database) {
  GNOMON_RETURN_IF_ERROR(CheckIntegrity(database));
  GNOMON_ASSIGN_OR_RETURN(int version, database.UserVersion());
  if (version > kSchemaVersion) {
    return FailedPrecondition("written by a newer version (schema " + std::to_string(version) +
                              ", this program knows " + std::to_string(kSchemaVersion) + ")");
  }
  GNOMON_ASSIGN_OR_RETURN(
      int64_t tables,
      SingleNumber(database,
                   "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN "
                   "('state', 'day_sums', 'history', 'batches')"));
  if (version < 1 || tables != 4) return DataLoss("is not a spool");
  return Status::Ok();
}

Status PrepareSchema(Database& database) {
  GNOMON_RETURN_IF_ERROR(CheckIntegrity(database));
  GNOMON_ASSIGN_OR_RETURN(int64_t objects,
                          SingleNumber(database, "SELECT count(*) FROM sqlite_schema"));
  GNOMON_ASSIGN_OR_RETURN(int version, database.UserVersion());
  if (objects != 0 || version != 0) {
    GNOMON_RETURN_IF_ERROR(CheckSchema(database));
    return version < kSchemaVersion ? Migrate(database, version) : Status::Ok();
  }
  GNOMON_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database));
  GNOMON_RETURN_IF_ERROR(database.Execute(kSchema));
  GNOMON_RETURN_IF_ERROR(database.SetUserVersion(kSchemaVersion));
  return transaction.Commit();
}

Result<int64_t> GetNumber(Database& database, std::string_view name) {
  GNOMON_ASSIGN_OR_RETURN(Statement get, Lookup(database, name));
  GNOMON_ASSIGN_OR_RETURN(bool row, get.Step());
  return row ? get.Int(0) : 0;
}

Result<std::string> GetText(Database& database, std::string_view name) {
  GNOMON_ASSIGN_OR_RETURN(Statement get, Lookup(database, name));
  GNOMON_ASSIGN_OR_RETURN(bool row, get.Step());
  return row ? get.Text(0) : std::string();
}

Status SetNumber(Database& database, std::string_view name, int64_t value) {
  GNOMON_ASSIGN_OR_RETURN(Statement set,
                          database.Prepare("INSERT OR REPLACE INTO state VALUES (?, ?)"));
  return set.Bind(1, name).Bind(2, value).Run();
}

Status SetText(Database& database, std::string_view name, std::string_view value) {
  GNOMON_ASSIGN_OR_RETURN(Statement set,
                          database.Prepare("INSERT OR REPLACE INTO state VALUES (?, ?)"));
  return set.Bind(1, name).Bind(2, value).Run();
}

Status AddNumber(Database& database, std::string_view name, int64_t by) {
  GNOMON_ASSIGN_OR_RETURN(Statement add,
                          database.Prepare("INSERT INTO state VALUES (?1, ?2) ON CONFLICT (name) "
                                           "DO UPDATE SET value = value + ?2"));
  return add.Bind(1, name).Bind(2, by).Run();
}

}  // namespace gnomon::spool
