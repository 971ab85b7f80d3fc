// Spool files of older versions.
#pragma once

#include "base/sqlite.h"
#include "base/status.h"

namespace gnomon::spool {

// Brings a spool of version `from`, at least 1, up to kSchemaVersion, in one transaction.
Status Migrate(Database& database, int from);

}  // namespace gnomon::spool
