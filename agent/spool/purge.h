// What a person of the laptop may delete: all that says anything about use.
#pragma once

#include <filesystem>

#include "base/clock.h"
#include "base/sqlite.h"
#include "base/status.h"

namespace gnomon::spool {

// In one transaction.
Status PurgeUsage(Database& database, Day today);
// Writes the file anew without what was deleted, and empties its log.
Status CutFile(Database& database);
// Deletes FILE.damaged-N, which hold what the file held before.
Status RemoveSetAside(const std::filesystem::path& file);

}  // namespace gnomon::spool
