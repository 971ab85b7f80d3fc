#include "base/sqlite.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cctype>
#include <system_error>
#include <utility>

#include "base/fault_point.h"

namespace gnomon {
namespace {

// Of every database: the operators', devices' and audit files too.
const FaultPoint kCommitBegun("sqlite.commit.before");
const FaultPoint kCommitDone("sqlite.commit.after");

Status FromSqlite(int code, std::string message) {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return Unavailable(std::move(message));
    case SQLITE_FULL: return ResourceExhausted(std::move(message));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return DataLoss(std::move(message));
    case SQLITE_CANTOPEN: return NotFound(std::move(message));
    case SQLITE_READONLY:
    case SQLITE_PERM: return PermissionDenied(std::move(message));
    case SQLITE_CONSTRAINT: return AlreadyExists(std::move(message));
    default: return Internal(std::move(message));
  }
}

Status FromStatement(sqlite3_stmt* statement, int code) {
  return FromSqlite(code, std::string("sqlite: ") + sqlite3_errmsg(sqlite3_db_handle(statement)));
}

// A path within a "file:" URI (sqlite.org/uri.html): everything but these is percent-encoded.
std::string EscapeUri(std::string_view path) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : path) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '/' || c == '-' || c == '_' ||
        c == '.') {
      out += c;
    } else {
      out += {'%', kDigits[static_cast<unsigned char>(c) >> 4], kDigits[c & 15]};
    }
  }
  return out;
}

// SQLite says "cannot open" both where there is no file and where it may not be read.
Status CannotRead(const std::filesystem::path& path, const Status& status) {
  std::error_code error;
  const bool missing = !std::filesystem::exists(path, error) && !error;
  if (status.code() == StatusCode::kNotFound && !missing) {
    return PermissionDenied(path.string() + ": there is no right to read it");
  }
  return status.WithContext(path.string());
}

}  // namespace

Statement::~Statement() { sqlite3_finalize(statement_); }
Statement::Statement(Statement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)) {}
Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(statement_, other.statement_);
  return *this;
}

Statement& Statement::Bind(int at, int64_t value) {
  sqlite3_bind_int64(statement_, at, value);
  return *this;
}
Statement& Statement::Bind(int at, std::string_view text) {
  sqlite3_bind_text(statement_, at, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
  return *this;
}
Statement& Statement::BindBlob(int at, std::span<const uint8_t> bytes) {
  sqlite3_bind_blob(statement_, at, bytes.data(), static_cast<int>(bytes.size()), SQLITE_TRANSIENT);
  return *this;
}
Statement& Statement::BindBlob(int at, std::string_view bytes) {
  sqlite3_bind_blob(statement_, at, bytes.data(), static_cast<int>(bytes.size()), SQLITE_TRANSIENT);
  return *this;
}
Statement& Statement::BindNull(int at) {
  sqlite3_bind_null(statement_, at);
  return *this;
}

Result<bool> Statement::Step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return FromStatement(statement_, code);
}

Status Statement::Run() {
  Status status;
  for (;;) {
    Result<bool> row = Step();
    if (!row.ok()) status = row.status();
    if (!row.ok() || !*row) break;
  }
  Reset();
  return status;
}

void Statement::Reset() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

int64_t Statement::Int(int column) const { return sqlite3_column_int64(statement_, column); }

std::string Statement::Text(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return data ? std::string(static_cast<const char*>(data), static_cast<size_t>(size)) : "";
}

bool Statement::IsNull(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

Result<Database> Database::Open(const std::filesystem::path& path) {
  if (path != ":memory:") {
    // SQLite would create the file with the process's umask; it holds usage, so 0600 from the start.
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return NotFound(path.string() + ": cannot be opened for writing");
    ::close(fd);
  }
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                                   nullptr);
  Database database(handle);
  if (code != SQLITE_OK) return FromSqlite(code, path.string() + ": " + sqlite3_errstr(code));
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, 10'000);
  // FULL: a receipt promises that the data survives a power cut (WAL alone does not fsync a commit).
  Status status = database.Execute(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;"
      "PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF;");
  if (!status.ok()) return status.WithContext(path.string());
  return database;
}

Result<Database> Database::OpenReadOnly(const std::filesystem::path& path) {
  constexpr int kFlags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, kFlags, nullptr);
  Database database(handle);
  if (code != SQLITE_OK) return CannotRead(path, FromSqlite(code, sqlite3_errstr(code)));
  sqlite3_busy_timeout(handle, 10'000);
  // The file is opened by the first read. A WAL database wants its -shm file for that, and a reader
  // without rights to the folder cannot make one. Where no writer has left a -wal, the main file holds
  // everything and nobody is changing it, so it may be read as it is (sqlite.org/wal.html, section 5).
  Status status = database.UserVersion().status();
  std::error_code error;
  const bool refused =
      status.code() == StatusCode::kNotFound || status.code() == StatusCode::kPermissionDenied;
  if (refused && !std::filesystem::exists(path.string() + "-wal", error)) {
    sqlite3* immutable = nullptr;
    const std::string uri = "file:" + EscapeUri(path.string()) + "?immutable=1";
    const int again = sqlite3_open_v2(uri.c_str(), &immutable, kFlags | SQLITE_OPEN_URI, nullptr);
    database = Database(immutable);
    if (again != SQLITE_OK) return CannotRead(path, FromSqlite(again, sqlite3_errstr(again)));
    status = database.UserVersion().status();
  }
  if (!status.ok()) return CannotRead(path, status);
  return database;
}

Database::~Database() { sqlite3_close_v2(handle_); }
Database::Database(Database&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
Database& Database::operator=(Database&& other) noexcept {
  std::swap(handle_, other.handle_);
  return *this;
}

Status Database::Check(int code, std::string_view what) const {
  if (code == SQLITE_OK) return Status::Ok();
  return FromSqlite(code, std::string(what) + ": " + sqlite3_errmsg(handle_));
}

Status Database::Execute(const std::string& sql) {
  return Check(sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr), "sqlite");
}

Result<Statement> Database::Prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(handle_, sql.data(), static_cast<int>(sql.size()), &statement,
                                      nullptr);
  GNOMON_RETURN_IF_ERROR(Check(code, "sqlite"));
  return Statement(statement);
}

int64_t Database::Changes() const { return sqlite3_changes64(handle_); }

Result<int> Database::UserVersion() {
  GNOMON_ASSIGN_OR_RETURN(Statement statement, Prepare("PRAGMA user_version"));
  GNOMON_ASSIGN_OR_RETURN(bool row, statement.Step());
  return row ? static_cast<int>(statement.Int(0)) : 0;
}

Status Database::SetUserVersion(int version) {
  return Execute("PRAGMA user_version=" + std::to_string(version));
}

Result<Transaction> Transaction::Begin(Database& database) {
  GNOMON_RETURN_IF_ERROR(database.Execute("BEGIN IMMEDIATE"));
  return Transaction(&database);
}

Transaction::~Transaction() {
  if (database_ != nullptr) (void)database_->Execute("ROLLBACK");
}
Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Status Transaction::Commit() {
  (void)kCommitBegun.Reached();
  GNOMON_RETURN_IF_ERROR(database_->Execute("COMMIT"));
  database_ = nullptr;
  (void)kCommitDone.Reached();
  return Status::Ok();
}

}  // namespace gnomon
