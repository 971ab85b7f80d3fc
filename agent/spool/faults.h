// Named points at which a test lets the power fail.
#pragma once

#include <cstdint>

namespace gnomon::spool {

enum class FaultPoint : uint8_t {
  kCommitBegun,  // Commit: all is written, nothing is durable yet
  kCommitDone,   // Commit: durable, the caller does not know yet
  kFreezeSums,   // Freeze: sums and marks are written, no batch row yet
  kFreezeBegun,  // Freeze: the batch rows too, nothing is durable yet
  kFreezeDone,   // Freeze: durable, the caller does not know yet
  kSettleBegun,  // MarkSent, Quarantine: written, not durable
  kSettleDone,   // MarkSent, Quarantine: durable, the caller does not know yet
};

// Set in SpoolOptions by tests only. What At() does there (copy the files as a power cut would
// leave them, say that the disk is full) is the test's business.
class Faults {
 public:
  virtual ~Faults() = default;
  // True: the operation stops here with kUnavailable, as if it had been interrupted.
  virtual bool At(FaultPoint point) = 0;
};

}  // namespace gnomon::spool
