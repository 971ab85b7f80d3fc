#include "collector/enrol/registry.h"

#include <sodium.h>

#include "collector/access/secret_hash.h"
#include "collector/enrol/registry_impl.h"

namespace gnomon::enrol {
namespace {

constexpr int kSchemaVersion = 4;

constexpr char kSchema[] = R"sql(
  CREATE TABLE tokens (
    id         TEXT    NOT NULL PRIMARY KEY,
    hash       BLOB    NOT NULL,
    department TEXT    NOT NULL,
    uses       INTEGER NOT NULL,
    used       INTEGER NOT NULL,
    expires_us INTEGER NOT NULL,
    revoked    INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE devices (
    name       TEXT    NOT NULL PRIMARY KEY,
    department TEXT    NOT NULL,
    ends_us    INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE health (
    device            TEXT    NOT NULL PRIMARY KEY REFERENCES devices(name) ON DELETE CASCADE,
    day               INTEGER NOT NULL,
    agent_version     TEXT    NOT NULL,
    catalogue_version INTEGER NOT NULL,
    dropped_kernel    INTEGER NOT NULL,
    dropped_interface INTEGER NOT NULL,
    quarantined       INTEGER NOT NULL,
    capture_running   INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
)sql";

// Version 2: coverage. Reports from before have 0, which is "not reported" where it is an
// enumeration.
constexpr char kAddCoverage[] = R"sql(
  ALTER TABLE health ADD COLUMN encrypted_dns     INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE health ADD COLUMN tunnelled         INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE health ADD COLUMN vpn_seen          INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE health ADD COLUMN ech_without_dns   INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE health ADD COLUMN without_name      INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE health ADD COLUMN mid_stream        INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE health ADD COLUMN hello_unreadable  INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE health ADD COLUMN udp_unnamed       INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE health ADD COLUMN unattributed      INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE health ADD COLUMN client_lookups    INTEGER NOT NULL DEFAULT 0;
)sql";

// Version 3. `token`: with which a device joined, so that a leaked token's devices can be revoked;
// forgotten with the token. `account`: digest of its account's key, NULL until it first delivers.
constexpr char kAddAccess[] = R"sql(
  ALTER TABLE devices ADD COLUMN revoked INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE devices ADD COLUMN token   TEXT;
  ALTER TABLE devices ADD COLUMN account BLOB;
)sql";

// Version 4: what laptops lost.
constexpr char kAddLoss[] = R"sql(
  ALTER TABLE health ADD COLUMN dropped        INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE health ADD COLUMN spools_damaged INTEGER NOT NULL DEFAULT 0;
)sql";

access::SecretHash HashOf(const std::string& id, const std::string& secret) {
  return access::HashSecret("gnomon enrolment token", id, secret);
}

// The steps from `version` on.
Status Migrate(Database& database, int version) {
  if (version < 1) GNOMON_RETURN_IF_ERROR(database.Execute(kSchema));
  if (version < 2) GNOMON_RETURN_IF_ERROR(database.Execute(kAddCoverage));
  if (version < 3) GNOMON_RETURN_IF_ERROR(database.Execute(kAddAccess));
  if (version < 4) GNOMON_RETURN_IF_ERROR(database.Execute(kAddLoss));
  return database.SetUserVersion(kSchemaVersion);
}

}  // namespace

Registry::Registry(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Registry::~Registry() = default;

Result<std::unique_ptr<Registry>> Registry::Open(const std::filesystem::path& file) {
  if (sodium_init() < 0) return Internal("libsodium cannot start");
  GNOMON_ASSIGN_OR_RETURN(Database database, Database::Open(file));
  GNOMON_ASSIGN_OR_RETURN(const int version, database.UserVersion());
  if (version > kSchemaVersion) {
    return FailedPrecondition(file.string() + ": written by a newer version of gnomon-collector");
  }
  if (version < kSchemaVersion) {
    GNOMON_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database));
    GNOMON_RETURN_IF_ERROR(Migrate(database, version));
    GNOMON_RETURN_IF_ERROR(transaction.Commit());
  }
  return std::unique_ptr<Registry>(new Registry(std::make_unique<Impl>(std::move(database))));
}

Status Registry::AddToken(const std::string& id, const std::string& secret,
                          const std::string& department, uint32_t uses, TimeUs expires) {
  const access::SecretHash hash = HashOf(id, secret);
  const std::lock_guard lock(impl_->mutex);
  GNOMON_ASSIGN_OR_RETURN(
      Statement insert,
      impl_->database.Prepare("INSERT INTO tokens VALUES (?1, ?2, ?3, ?4, 0, ?5, 0)"));
  return insert.Bind(1, id)
      .BindBlob(2, std::span<const uint8_t>(hash))
      .Bind(3, department)
      .Bind(4, static_cast<int64_t>(uses))
      .Bind(5, expires)
      .Run();
}

Result<Joined> Registry::Redeem(const std::string& id, const std::string& secret,
                                const Joining& joining, TimeUs now) {
  const access::SecretHash hash = HashOf(id, secret);
  const std::lock_guard lock(impl_->mutex);
  Database& database = impl_->database;
  GNOMON_ASSIGN_OR_RETURN(
      Statement find,
      database.Prepare(
          "SELECT hash, department, uses, used, expires_us, revoked FROM tokens WHERE id = ?1"));
  GNOMON_ASSIGN_OR_RETURN(Statement take,
                          database.Prepare("UPDATE tokens SET used = used + 1 WHERE id = ?1"));
  GNOMON_ASSIGN_OR_RETURN(Statement earlier,
                          database.Prepare("SELECT revoked FROM devices WHERE name = ?1"));
  // A health report of before stays: it is the same laptop. Its account begins anew, for that costs
  // a use.
  GNOMON_ASSIGN_OR_RETURN(
      Statement add, database.Prepare("INSERT INTO devices (name, department, ends_us, token) "
                                      "VALUES (?1, ?2, ?3, ?4) ON CONFLICT (name) DO UPDATE SET "
                                      "department = ?2, ends_us = ?3, token = ?4, account = NULL"));

  GNOMON_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database));
  GNOMON_ASSIGN_OR_RETURN(const bool known, find.Bind(1, id).Step());
  if (!known) return Unauthenticated("this enrolment token is not known here");
  const std::string stored = find.Text(0), department = find.Text(1);
  const int64_t uses = find.Int(2), used = find.Int(3), expires = find.Int(4);
  const bool revoked = find.Int(5) != 0;
  find.Reset();
  // The order matters: what state a token is in is told only to somebody who holds it. An expired
  // token's hash may be gone (Expire), so its age is told first; that gives nothing away.
  if (now >= expires) return Unauthenticated("this enrolment token has expired");
  if (!access::SameSecret(stored, hash)) {
    return Unauthenticated("this enrolment token is not known here");
  }
  if (revoked) return Unauthenticated("this enrolment token was revoked");
  if (used >= uses) return Unauthenticated("this enrolment token is used up");
  Joined joined{joining.name, department, false};
  if (!joining.previous.empty()) {
    GNOMON_ASSIGN_OR_RETURN(joined.again, earlier.Bind(1, joining.previous).Step());
    if (joined.again && earlier.Int(0) != 0) {
      return PermissionDenied(
          "this laptop was revoked here; IT lets it join again with: gnomon "
          "devices forget " +
          joining.previous.substr(0, 8));
    }
    earlier.Reset();
    if (joined.again) joined.name = joining.previous;
  }
  GNOMON_RETURN_IF_ERROR(take.Bind(1, id).Run());
  GNOMON_RETURN_IF_ERROR(
      add.Bind(1, joined.name).Bind(2, department).Bind(3, joining.ends).Bind(4, id).Run());
  GNOMON_RETURN_IF_ERROR(transaction.Commit());
  return joined;
}

Result<std::vector<v1::ListTokensResponse::Token>> Registry::Tokens() {
  const std::lock_guard lock(impl_->mutex);
  GNOMON_ASSIGN_OR_RETURN(
      Statement rows,
      impl_->database.Prepare(
          "SELECT id, department, uses, used, expires_us, revoked,"
          "       (SELECT COUNT(*) FROM devices WHERE token = id AND devices.revoked = 0) "
          "FROM tokens ORDER BY department, expires_us, id"));
  std::vector<v1::ListTokensResponse::Token> tokens;
  for (;;) {
    GNOMON_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) return tokens;
    v1::ListTokensResponse::Token& token = tokens.emplace_back();
    token.set_id(rows.Text(0));
    token.set_department(rows.Text(1));
    token.set_uses(static_cast<uint32_t>(rows.Int(2)));
    token.set_used(static_cast<uint32_t>(rows.Int(3)));
    token.set_expires(rows.Int(4) / kSecondUs);
    token.set_revoked(rows.Int(5) != 0);
    token.set_devices(static_cast<uint32_t>(rows.Int(6)));
  }
}

Result<uint32_t> Registry::Revoke(const std::string& id) {
  const std::lock_guard lock(impl_->mutex);
  Database& database = impl_->database;
  GNOMON_ASSIGN_OR_RETURN(Statement revoke,
                          database.Prepare("UPDATE tokens SET revoked = 1 WHERE id = ?1"));
  GNOMON_ASSIGN_OR_RETURN(
      Statement count,
      database.Prepare("SELECT COUNT(*) FROM devices WHERE token = ?1 AND revoked = 0"));
  GNOMON_RETURN_IF_ERROR(revoke.Bind(1, id).Run());
  if (database.Changes() != 1) return NotFound("there is no token with this id");
  GNOMON_ASSIGN_OR_RETURN(const bool row, count.Bind(1, id).Step());
  if (!row) return Internal("a count without a row");
  return static_cast<uint32_t>(count.Int(0));
}

Result<std::vector<std::string>> Registry::RevokeWithDevices(const std::string& id) {
  const std::lock_guard lock(impl_->mutex);
  Database& database = impl_->database;
  GNOMON_ASSIGN_OR_RETURN(Statement revoke,
                          database.Prepare("UPDATE tokens SET revoked = 1 WHERE id = ?1"));
  GNOMON_ASSIGN_OR_RETURN(
      Statement devices,
      database.Prepare(
          "UPDATE devices SET revoked = 1 WHERE token = ?1 AND revoked = 0 RETURNING name"));
  GNOMON_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database));
  GNOMON_RETURN_IF_ERROR(revoke.Bind(1, id).Run());
  if (database.Changes() != 1) return NotFound("there is no token with this id");
  devices.Bind(1, id);
  std::vector<std::string> names;
  for (;;) {
    GNOMON_ASSIGN_OR_RETURN(const bool more, devices.Step());
    if (!more) break;
    names.push_back(devices.Text(0));
  }
  devices.Reset();
  GNOMON_RETURN_IF_ERROR(transaction.Commit());
  return names;
}

Status Registry::Expire(TimeUs now) {
  const std::lock_guard lock(impl_->mutex);
  Database& database = impl_->database;
  GNOMON_ASSIGN_OR_RETURN(Statement tokens,
                          database.Prepare("UPDATE tokens SET hash = x'' WHERE expires_us <= ?1"));
  GNOMON_ASSIGN_OR_RETURN(Statement old_tokens,
                          database.Prepare("DELETE FROM tokens WHERE expires_us <= ?1"));
  GNOMON_ASSIGN_OR_RETURN(
      Statement joined, database.Prepare("UPDATE devices SET token = NULL WHERE token IS NOT NULL "
                                         "AND token NOT IN (SELECT id FROM tokens)"));
  GNOMON_ASSIGN_OR_RETURN(Statement devices,
                          database.Prepare("DELETE FROM devices WHERE ends_us <= ?1"));
  GNOMON_ASSIGN_OR_RETURN(Statement health, database.Prepare("DELETE FROM health WHERE day < ?1"));
  GNOMON_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database));
  GNOMON_RETURN_IF_ERROR(tokens.Bind(1, now).Run());
  // An expired token stays in the list for a month, so that IT sees what became of it.
  GNOMON_RETURN_IF_ERROR(old_tokens.Bind(1, now - 30 * kDayUs).Run());
  GNOMON_RETURN_IF_ERROR(joined.Run());
  GNOMON_RETURN_IF_ERROR(devices.Bind(1, now - kReturnDays * kDayUs).Run());
  GNOMON_RETURN_IF_ERROR(
      health.Bind(1, static_cast<int64_t>(ToLocal(now).day - kHealthDays)).Run());
  return transaction.Commit();
}

}  // namespace gnomon::enrol
