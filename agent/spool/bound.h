// What waits is bounded: merged by day before anything is dropped. docs/formats/spool.md has the
// argument. Inside the caller's transaction.
#pragma once

#include <cstdint>

#include "agent/spool/clock_trust.h"
#include "base/sqlite.h"
#include "base/status.h"

namespace gnomon::spool {

struct PendingSize {
  uint64_t batches = 0;
  uint64_t bytes = 0;
};

Result<PendingSize> SizeOfPending(Database& database);

// Whether a pending batch up to `last_id` was never handed out for sending; marks them as handed
// out.
Result<bool> AnyToOffer(Database& database, int64_t last_id);
Status MarkOffered(Database& database, int64_t last_id);

// Within `limit` afterwards. Batches that were handed out may be at the collector: they are never
// merged. Counts what it merges and drops in `merged` and `dropped`.
Status BoundPending(Database& database, const PendingSize& limit, const Today& today);

}  // namespace gnomon::spool
