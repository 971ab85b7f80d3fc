#include "collector/enrol/registry.h"

#include <sodium.h>

#include <array>
#include <mutex>

#include "base/sqlite.h"

namespace gnomon::enrol {
namespace {

constexpr int kSchemaVersion = 2;
constexpr TimeUs kDayUs = 86'400 * kSecondUs;

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

// Version 2: coverage. Reports from before have 0, which is "not reported" where it is an enumeration.
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

// What a laptop that is not one's own build may send: a value outside the enumeration says nothing.
int64_t InEnumeration(bool known, int value) {
  return known ? value : 0;
}

using Hash = std::array<uint8_t, crypto_generichash_BYTES>;

// BLAKE2b-256. A secret is 128 random bits, so there is nothing to guess and a slow password hash
// would only let strangers burn the collector's CPU. The context keeps the hash useless elsewhere.
Hash HashSecret(const std::string& id, const std::string& secret) {
  const std::string input = "gnomon enrolment token\n" + id + "\n" + secret;
  Hash hash;
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const uint8_t*>(input.data()),
                     input.size(), nullptr, 0);
  return hash;
}

bool SameHash(const std::string& stored, const Hash& hash) {
  return stored.size() == hash.size() &&
         sodium_memcmp(stored.data(), hash.data(), hash.size()) == 0;
}

// A report is text and numbers from a laptop: what does not look like a version is not kept.
std::string VersionOf(const std::string& text) {
  const bool fits = !text.empty() && text.size() <= 32 &&
                    text.find_first_not_of(
                        "0123456789abcdefghijklmnopqrstuvwxyz"
                        "ABCDEFGHIJKLMNOPQRSTUVWXYZ.+-~") == std::string::npos;
  return fits ? text : "unknown";
}

int64_t Clamp(uint64_t value) {
  return value > INT64_MAX ? INT64_MAX : static_cast<int64_t>(value);
}

}  // namespace

class Registry::Impl {
 public:
  explicit Impl(Database opened) : database(std::move(opened)) {}
  std::mutex mutex;  // guards database
  Database database;
};

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
    if (version == 0) GNOMON_RETURN_IF_ERROR(database.Execute(kSchema));
    GNOMON_RETURN_IF_ERROR(database.Execute(kAddCoverage));
    GNOMON_RETURN_IF_ERROR(database.SetUserVersion(kSchemaVersion));
    GNOMON_RETURN_IF_ERROR(transaction.Commit());
  }
  return std::unique_ptr<Registry>(new Registry(std::make_unique<Impl>(std::move(database))));
}

Status Registry::AddToken(const std::string& id, const std::string& secret,
                          const std::string& department, uint32_t uses, TimeUs expires) {
  const Hash hash = HashSecret(id, secret);
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

Result<std::string> Registry::Redeem(const std::string& id, const std::string& secret,
                                     const std::string& device, TimeUs now) {
  const Hash hash = HashSecret(id, secret);
  const std::lock_guard lock(impl_->mutex);
  Database& database = impl_->database;
  GNOMON_ASSIGN_OR_RETURN(
      Statement find,
      database.Prepare(
          "SELECT hash, department, uses, used, expires_us, revoked FROM tokens WHERE id = ?1"));
  GNOMON_ASSIGN_OR_RETURN(Statement take,
                          database.Prepare("UPDATE tokens SET used = used + 1 WHERE id = ?1"));
  GNOMON_ASSIGN_OR_RETURN(Statement add,
                          database.Prepare("INSERT INTO devices VALUES (?1, ?2, ?3)"));

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
  if (!SameHash(stored, hash)) return Unauthenticated("this enrolment token is not known here");
  if (revoked) return Unauthenticated("this enrolment token was revoked");
  if (used >= uses) return Unauthenticated("this enrolment token is used up");
  GNOMON_RETURN_IF_ERROR(take.Bind(1, id).Run());
  GNOMON_RETURN_IF_ERROR(
      add.Bind(1, device).Bind(2, department).Bind(3, now + kDeviceCertificateDays * kDayUs).Run());
  GNOMON_RETURN_IF_ERROR(transaction.Commit());
  return department;
}

Result<std::vector<v1::ListTokensResponse::Token>> Registry::Tokens() {
  const std::lock_guard lock(impl_->mutex);
  GNOMON_ASSIGN_OR_RETURN(
      Statement rows,
      impl_->database.Prepare("SELECT id, department, uses, used, expires_us, revoked FROM tokens "
                              "ORDER BY department, expires_us, id"));
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
  }
}

Status Registry::Revoke(const std::string& id) {
  const std::lock_guard lock(impl_->mutex);
  GNOMON_ASSIGN_OR_RETURN(Statement revoke,
                          impl_->database.Prepare("UPDATE tokens SET revoked = 1 WHERE id = ?1"));
  GNOMON_RETURN_IF_ERROR(revoke.Bind(1, id).Run());
  return impl_->database.Changes() == 1 ? Status::Ok() : NotFound("there is no token with this id");
}

Result<std::map<std::string, uint32_t>> Registry::DevicesByDepartment() {
  const std::lock_guard lock(impl_->mutex);
  GNOMON_ASSIGN_OR_RETURN(
      Statement rows,
      impl_->database.Prepare("SELECT department, COUNT(*) FROM devices GROUP BY department"));
  std::map<std::string, uint32_t> devices;
  for (;;) {
    GNOMON_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) return devices;
    devices[rows.Text(0)] = static_cast<uint32_t>(rows.Int(1));
  }
}

Result<bool> Registry::Known(const std::string& device) {
  const std::lock_guard lock(impl_->mutex);
  GNOMON_ASSIGN_OR_RETURN(Statement find,
                          impl_->database.Prepare("SELECT 1 FROM devices WHERE name = ?1"));
  return find.Bind(1, device).Step();
}

Status Registry::RecordHealth(const std::string& device, const v1::HealthReport& report,
                              Day today) {
  const std::lock_guard lock(impl_->mutex);
  GNOMON_ASSIGN_OR_RETURN(
      Statement upsert, impl_->database.Prepare(
                            "INSERT OR REPLACE INTO health SELECT name, ?2, ?3, ?4, ?5, ?6, ?7, ?8,"
                            "       ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18 "
                            "FROM devices WHERE name = ?1"));
  GNOMON_RETURN_IF_ERROR(upsert.Bind(1, device)
                             .Bind(2, static_cast<int64_t>(today))
                             .Bind(3, VersionOf(report.agent_version()))
                             .Bind(4, Clamp(report.catalogue_version()))
                             .Bind(5, Clamp(report.frames_dropped_kernel()))
                             .Bind(6, Clamp(report.frames_dropped_interface()))
                             .Bind(7, static_cast<int64_t>(report.batches_quarantined()))
                             .Bind(8, static_cast<int64_t>(report.capture_running()))
                             .Bind(9, Clamp(report.flows_encrypted_dns()))
                             .Bind(10, Clamp(report.flows_tunnelled()))
                             .Bind(11, static_cast<int64_t>(report.vpn_seen()))
                             .Bind(12, Clamp(report.flows_ech_without_dns()))
                             .Bind(13, Clamp(report.flows_without_name()))
                             .Bind(14, Clamp(report.flows_mid_stream()))
                             .Bind(15, Clamp(report.flows_hello_unreadable()))
                             .Bind(16, Clamp(report.flows_udp_unnamed()))
                             .Bind(17, InEnumeration(v1::Part_IsValid(report.flows_unattributed()),
                                             report.flows_unattributed()))
                             .Bind(18, InEnumeration(v1::ClientLookups_IsValid(report.client_lookups()),
                                             report.client_lookups()))
                             .Run());
  return impl_->database.Changes() == 1 ? Status::Ok()
                                        : NotFound("this laptop is not enrolled here");
}

Result<v1::HealthSummary> Registry::Health(Day today) {
  const std::lock_guard lock(impl_->mutex);
  GNOMON_ASSIGN_OR_RETURN(
      Statement sums,
      impl_->database.Prepare(
          "SELECT COUNT(day), COUNT(*) - COUNT(day), COUNT(*) FILTER (WHERE capture_running = 0),"
          "       COUNT(*) FILTER (WHERE dropped_kernel > 0), COUNT(*) FILTER (WHERE quarantined > "
          "0),"
          // 0: from before version 2, or UNSPECIFIED; every agent since says what it may look at.
          "       COUNT(*) FILTER (WHERE client_lookups > 0),"
          "       COUNT(*) FILTER (WHERE vpn_seen > 0 OR tunnelled > 0),"
          "       COUNT(*) FILTER (WHERE encrypted_dns > 0),"
          "       COUNT(*) FILTER (WHERE ech_without_dns > 0),"
          "       COUNT(*) FILTER (WHERE unattributed = ?2),"
          "       COUNT(*) FILTER (WHERE client_lookups > 0 AND client_lookups < ?3) "
          "FROM devices LEFT JOIN health ON device = name AND day > ?1"));
  GNOMON_ASSIGN_OR_RETURN(
      Statement versions,
      impl_->database.Prepare("SELECT agent_version, catalogue_version, COUNT(*) FROM health "
                              "WHERE day > ?1 GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2"));
  const int64_t before = today - 7;
  v1::HealthSummary summary;
  GNOMON_ASSIGN_OR_RETURN(const bool row, sums.Bind(1, before)
                                              .Bind(2, static_cast<int64_t>(v1::PART_MOST))
                                              .Bind(3, static_cast<int64_t>(
                                                           v1::CLIENT_LOOKUPS_EVERY_USER))
                                              .Step());
  if (!row) return Internal("a count without a row");
  summary.set_devices(static_cast<uint32_t>(sums.Int(0)));
  summary.set_devices_silent(static_cast<uint32_t>(sums.Int(1)));
  summary.set_devices_without_capture(static_cast<uint32_t>(sums.Int(2)));
  summary.set_devices_with_kernel_drops(static_cast<uint32_t>(sums.Int(3)));
  summary.set_devices_with_quarantine(static_cast<uint32_t>(sums.Int(4)));
  summary.set_devices_with_coverage(static_cast<uint32_t>(sums.Int(5)));
  summary.set_devices_with_vpn(static_cast<uint32_t>(sums.Int(6)));
  summary.set_devices_with_encrypted_dns(static_cast<uint32_t>(sums.Int(7)));
  summary.set_devices_with_ech_without_dns(static_cast<uint32_t>(sums.Int(8)));
  summary.set_devices_mostly_unattributed(static_cast<uint32_t>(sums.Int(9)));
  summary.set_devices_without_client_lookups(static_cast<uint32_t>(sums.Int(10)));
  versions.Bind(1, before);
  for (;;) {
    GNOMON_ASSIGN_OR_RETURN(const bool more, versions.Step());
    if (!more) return summary;
    v1::HealthSummary::Version* version = summary.add_versions();
    version->set_agent_version(versions.Text(0));
    version->set_catalogue_version(static_cast<uint64_t>(versions.Int(1)));
    version->set_devices(static_cast<uint32_t>(versions.Int(2)));
  }
}

Status Registry::Expire(TimeUs now) {
  const std::lock_guard lock(impl_->mutex);
  Database& database = impl_->database;
  GNOMON_ASSIGN_OR_RETURN(Statement tokens,
                          database.Prepare("UPDATE tokens SET hash = x'' WHERE expires_us <= ?1"));
  GNOMON_ASSIGN_OR_RETURN(Statement old_tokens,
                          database.Prepare("DELETE FROM tokens WHERE expires_us <= ?1"));
  GNOMON_ASSIGN_OR_RETURN(Statement devices,
                          database.Prepare("DELETE FROM devices WHERE ends_us <= ?1"));
  GNOMON_ASSIGN_OR_RETURN(Statement health, database.Prepare("DELETE FROM health WHERE day < ?1"));
  GNOMON_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database));
  GNOMON_RETURN_IF_ERROR(tokens.Bind(1, now).Run());
  // An expired token stays in the list for a month, so that IT sees what became of it.
  GNOMON_RETURN_IF_ERROR(old_tokens.Bind(1, now - 30 * kDayUs).Run());
  GNOMON_RETURN_IF_ERROR(devices.Bind(1, now).Run());
  GNOMON_RETURN_IF_ERROR(
      health.Bind(1, static_cast<int64_t>(ToLocal(now).day - kHealthDays)).Run());
  return transaction.Commit();
}

}  // namespace gnomon::enrol
