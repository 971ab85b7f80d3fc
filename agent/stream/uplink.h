// Spool -> collector -> receipts -> spool: the one place where a frozen batch is let go.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

#include "agent/spool/spool.h"
#include "agent/stream/collector_link.h"
#include "base/clock.h"
#include "base/status.h"

namespace gnomon::stream {

// Batches in one call: 64 of at most 256 KiB stay well within a stream's minute.
inline constexpr size_t kBatchesPerCall = 64;

struct Settled {
  uint64_t sent = 0;
  uint64_t quarantined = 0;
  uint64_t retry = 0;  // the collector asked to send them again later
};

// Applies receipts: accepted batches leave the queue, refused ones go to quarantine, the others stay.
Result<Settled> Settle(spool::Spool& spool, std::span<const v1::Receipt> receipts, Day today);

// Delivers everything that is pending, oldest first, and waits for every receipt. The status is
// retryable where the rest may go later.
struct DrainOutcome {
  Settled settled;
  Status status;
  std::vector<std::chrono::microseconds> calls;  // from connecting to the last receipt, each
};
DrainOutcome Drain(spool::Spool& spool, CollectorLink& link, Day today, int timeout_seconds);

}  // namespace gnomon::stream
