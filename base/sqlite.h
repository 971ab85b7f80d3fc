// A thin RAII face on SQLite: open, prepare, bind, step, and one transaction type.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"

struct sqlite3;
struct sqlite3_stmt;

namespace gnomon {

// One prepared statement. Bind positions start at 1, columns at 0, as in SQLite's C interface.
// Must not outlive its Database.
class Statement {
 public:
  Statement() = default;
  ~Statement();
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;

  Statement& Bind(int at, int64_t value);
  Statement& Bind(int at, std::string_view text);
  Statement& Bind(int at, const char* text) { return Bind(at, std::string_view(text)); }
  Statement& BindBlob(int at, std::span<const uint8_t> bytes);
  Statement& BindBlob(int at, std::string_view bytes);
  Statement& BindNull(int at);

  // True where a row is ready, false at the end.
  Result<bool> Step();
  // Steps to the end, then resets and clears the bindings: for INSERT, UPDATE, DELETE.
  Status Run();
  void Reset();

  int64_t Int(int column) const;
  std::string Text(int column) const;  // text or blob, copied
  bool IsNull(int column) const;

 private:
  friend class Database;
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  sqlite3_stmt* statement_ = nullptr;
};

// One connection. Threads: one at a time; the owner serialises.
class Database {
 public:
  // Opens or creates with WAL, synchronous=FULL, secure_delete, foreign keys, and the file at mode
  // 0600. ":memory:" is allowed. A damaged file is kDataLoss.
  static Result<Database> Open(const std::filesystem::path& path);
  // Opens an existing file for reading only.
  static Result<Database> OpenReadOnly(const std::filesystem::path& path);

  ~Database();
  Database(Database&& other) noexcept;
  Database& operator=(Database&& other) noexcept;

  Status Execute(const std::string& sql);  // one or more statements without results
  Result<Statement> Prepare(std::string_view sql);
  int64_t Changes() const;  // rows changed by the last statement

  // PRAGMA user_version, for schema migrations.
  Result<int> UserVersion();
  Status SetUserVersion(int version);

 private:
  explicit Database(sqlite3* handle) : handle_(handle) {}
  Status Check(int code, std::string_view what) const;
  sqlite3* handle_ = nullptr;
};

// BEGIN IMMEDIATE now; ROLLBACK on destruction unless Commit() succeeded.
class Transaction {
 public:
  static Result<Transaction> Begin(Database& database);
  ~Transaction();
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  Status Commit();

 private:
  explicit Transaction(Database* database) : database_(database) {}
  Database* database_;
};

}  // namespace gnomon
