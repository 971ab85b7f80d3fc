#include "collector/access/operators.h"

#include <sodium.h>

#include <mutex>

#include "base/sqlite.h"
#include "collector/access/secret_hash.h"
#include "pki/identity.h"
#include "pki/operator_token.h"

namespace gnomon::access {
namespace {

constexpr int kSchemaVersion = 1;
constexpr TimeUs kDayUs = 86'400 * kSecondUs;
constexpr TimeUs kListedAfterEndUs = 30 * kDayUs;

constexpr char kSchema[] = R"sql(
  CREATE TABLE operators (
    id         TEXT    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    role       TEXT    NOT NULL,
    hash       BLOB    NOT NULL,
    expires_us INTEGER NOT NULL,
    revoked    INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE revoked_certificates (
    name TEXT NOT NULL PRIMARY KEY
  ) STRICT, WITHOUT ROWID;
)sql";

SecretHash HashOf(const pki::OperatorToken& token) {
  return HashSecret("gnomon operator token", token.id, token.secret);
}

Status CheckRequest(const v1::CreateOperatorRequest& request) {
  const pki::Identity identity{pki::Identity::Kind::kOperator, request.name(), request.role()};
  GNOMON_RETURN_IF_ERROR(pki::CheckIdentity(identity));
  if (request.lifetime_seconds() < kMinOperatorSeconds ||
      request.lifetime_seconds() > kMaxOperatorSeconds) {
    return InvalidArgument("lifetime: from one hour to 366 days");
  }
  return Status::Ok();
}

}  // namespace

class Operators::Impl {
 public:
  explicit Impl(Database opened) : database(std::move(opened)) {}
  std::mutex mutex;  // guards database
  Database database;
};

Operators::Operators(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Operators::~Operators() = default;

Result<std::unique_ptr<Operators>> Operators::Open(const std::filesystem::path& file) {
  if (sodium_init() < 0) return Internal("libsodium cannot start");
  GNOMON_ASSIGN_OR_RETURN(Database database, Database::Open(file));
  GNOMON_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database));
  GNOMON_ASSIGN_OR_RETURN(const int version, database.UserVersion());
  if (version > kSchemaVersion) {
    return FailedPrecondition(file.string() + ": written by a newer version of gnomon-collector");
  }
  if (version == 0) {
    GNOMON_RETURN_IF_ERROR(database.Execute(kSchema));
    GNOMON_RETURN_IF_ERROR(database.SetUserVersion(kSchemaVersion));
  }
  GNOMON_RETURN_IF_ERROR(transaction.Commit());
  return std::unique_ptr<Operators>(new Operators(std::make_unique<Impl>(std::move(database))));
}

Result<v1::CreateOperatorResponse> Operators::Create(const v1::CreateOperatorRequest& request,
                                                     TimeUs now) {
  GNOMON_RETURN_IF_ERROR(CheckRequest(request));
  const pki::OperatorToken token = pki::OperatorToken::Make();
  const SecretHash hash = HashOf(token);
  const TimeUs expires = now + static_cast<TimeUs>(request.lifetime_seconds()) * kSecondUs;
  const std::lock_guard lock(impl_->mutex);
  GNOMON_ASSIGN_OR_RETURN(
      Statement insert,
      impl_->database.Prepare("INSERT INTO operators VALUES (?1, ?2, ?3, ?4, ?5, 0)"));
  GNOMON_RETURN_IF_ERROR(insert.Bind(1, token.id)
                             .Bind(2, request.name())
                             .Bind(3, request.role())
                             .BindBlob(4, std::span<const uint8_t>(hash))
                             .Bind(5, expires)
                             .Run());
  v1::CreateOperatorResponse made;
  made.set_token(token.ToString());
  made.set_id(token.id);
  made.set_expires(expires / kSecondUs);
  return made;
}

Result<std::vector<v1::Operator>> Operators::List() {
  const std::lock_guard lock(impl_->mutex);
  GNOMON_ASSIGN_OR_RETURN(
      Statement rows,
      impl_->database.Prepare("SELECT id, name, role, expires_us, revoked FROM operators "
                              "UNION ALL SELECT '', name, '', 0, 1 FROM revoked_certificates "
                              "ORDER BY 2, 4, 1"));
  std::vector<v1::Operator> operators;
  for (;;) {
    GNOMON_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) return operators;
    v1::Operator& one = operators.emplace_back();
    one.set_id(rows.Text(0));
    one.set_name(rows.Text(1));
    one.set_role(rows.Text(2));
    one.set_expires(rows.Int(3) / kSecondUs);
    one.set_revoked(rows.Int(4) != 0);
  }
}

Result<v1::Operator> Operators::Revoke(const std::string& id) {
  const std::lock_guard lock(impl_->mutex);
  GNOMON_ASSIGN_OR_RETURN(
      Statement revoke,
      impl_->database.Prepare("UPDATE operators SET revoked = 1, hash = x'' WHERE id = ?1 "
                              "RETURNING name, role, expires_us"));
  GNOMON_ASSIGN_OR_RETURN(const bool found, revoke.Bind(1, id).Step());
  if (!found) return NotFound("there is no operator's token with this id");
  v1::Operator revoked;
  revoked.set_id(id);
  revoked.set_name(revoke.Text(0));
  revoked.set_role(revoke.Text(1));
  revoked.set_expires(revoke.Int(2) / kSecondUs);
  revoked.set_revoked(true);
  return revoked;
}

Status Operators::RevokeCertificates(const std::string& name) {
  GNOMON_RETURN_IF_ERROR(
      pki::CheckIdentity({pki::Identity::Kind::kOperator, name, "administrator"}));
  const std::lock_guard lock(impl_->mutex);
  GNOMON_ASSIGN_OR_RETURN(
      Statement insert,
      impl_->database.Prepare("INSERT OR IGNORE INTO revoked_certificates VALUES (?1)"));
  return insert.Bind(1, name).Run();
}

Result<bool> Operators::CertificateRevoked(const std::string& name) {
  const std::lock_guard lock(impl_->mutex);
  GNOMON_ASSIGN_OR_RETURN(
      Statement find,
      impl_->database.Prepare("SELECT 1 FROM revoked_certificates WHERE name = ?1"));
  return find.Bind(1, name).Step();
}

Result<uint32_t> Operators::Administrators(TimeUs now) {
  const std::lock_guard lock(impl_->mutex);
  GNOMON_ASSIGN_OR_RETURN(
      Statement count,
      impl_->database.Prepare("SELECT COUNT(*) FROM operators WHERE role = 'administrator' "
                              "AND revoked = 0 AND expires_us > ?1"));
  GNOMON_ASSIGN_OR_RETURN(const bool row, count.Bind(1, now).Step());
  if (!row) return Internal("a count without a row");
  return static_cast<uint32_t>(count.Int(0));
}

bool Operators::Recognises(std::string_view credential) const {
  return credential.starts_with(pki::kOperatorTokenPrefix);
}

Result<pki::Identity> Operators::Verify(std::string_view credential, TimeUs now) {
  // One sentence for every token whose secret is not the right one: what state a token is in is
  // told only to somebody who holds it.
  const Status unknown = Unauthenticated("this operator's token is not known here");
  const Result<pki::OperatorToken> token = pki::OperatorToken::Parse(credential);
  if (!token.ok()) return unknown;
  const SecretHash hash = HashOf(*token);
  const std::lock_guard lock(impl_->mutex);
  GNOMON_ASSIGN_OR_RETURN(
      Statement find,
      impl_->database.Prepare(
          "SELECT hash, name, role, expires_us, revoked FROM operators WHERE id = ?1"));
  GNOMON_ASSIGN_OR_RETURN(const bool known, find.Bind(1, token->id).Step());
  if (!known) return unknown;
  // A revoked token's hash is gone, so that it is unknown again.
  if (!SameSecret(find.Text(0), hash) || find.Int(4) != 0) return unknown;
  if (now >= find.Int(3)) {
    return Unauthenticated("this operator's token has ended; ask an administrator for a new one");
  }
  return pki::Identity{pki::Identity::Kind::kOperator, find.Text(1), find.Text(2)};
}

Status Operators::Expire(TimeUs now) {
  const std::lock_guard lock(impl_->mutex);
  GNOMON_ASSIGN_OR_RETURN(Statement old,
                          impl_->database.Prepare("DELETE FROM operators WHERE expires_us <= ?1"));
  return old.Bind(1, now - kListedAfterEndUs).Run();
}

}  // namespace gnomon::access
