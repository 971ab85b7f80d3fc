// The tables of the spool file and its few named values (docs/formats/spool.md).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/sqlite.h"
#include "base/status.h"

namespace gnomon::spool {

inline constexpr int kSchemaVersion = 4;

// Checks the whole file, then makes the tables where it is new, or brings those of an older version
// up to this one (agent/spool/migrate.h). kDataLoss: damaged, or another
// program's file; kFailedPrecondition: written by a newer version.
Status PrepareSchema(Database& database);
// The same checks for a reader; nothing is made. A file of an older version may be read: what a
// reader asks for has not changed.
Status CheckSchema(Database& database);

// Named values: 0 or "" where there is none.
Result<int64_t> GetNumber(Database& database, std::string_view name);
Result<std::string> GetText(Database& database, std::string_view name);
Status SetNumber(Database& database, std::string_view name, int64_t value);
Status SetText(Database& database, std::string_view name, std::string_view value);
Status AddNumber(Database& database, std::string_view name, int64_t by);

}  // namespace gnomon::spool
