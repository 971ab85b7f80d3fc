// How a waiting batch ends, and how one that had ended comes back. Inside the caller's transaction.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/sqlite.h"
#include "base/status.h"
#include "gnomon/v1/ingest.pb.h"

namespace gnomon::spool {

enum StoredState : int { kStoredPending = 0, kStoredSent = 1, kStoredQuarantined = 2 };

// As long as this a sent batch keeps its nonce and its exact bytes, to be sent again to a collector
// that was restored from a backup: longer than the time between two backups
// (docs/adr/0014-restored-collector.md).
inline constexpr Day kSendAgainDays = 14;

struct Ending {
  StoredState state = kStoredSent;
  v1::Receipt::Reason reason = v1::Receipt::REASON_UNSPECIFIED;
  Day today = 0;
  uint64_t epoch = 0;  // of the collector's store, by the receipt
};

// Ends the pending batch with this nonce and counts it; false where there is none. One whose bytes
// the disk has damaged is quarantined as malformed, whatever the ending.
Result<bool> Settle(Database& database, const std::string& nonce, const Ending& ending);

// What was sent before the store's epoch waits again, as it was; how many. At most once a day.
Result<int64_t> SendAgain(Database& database, const Ending& ending);

// Forgets nonces and padding of what was sent more than kSendAgainDays ago.
Status ForgetNonces(Database& database, Day today);

}  // namespace gnomon::spool
