// Day sums -> flags, history marks and batch rows: the steps of Spool::Freeze that run inside its
// transaction.
#pragma once

#include <string>
#include <vector>

#include "agent/anonymise/record_builder.h"
#include "base/sqlite.h"
#include "base/status.h"
#include "gnomon/v1/record.pb.h"

namespace gnomon::spool {

// Sums of a day are kept this long after it, so that bounds hold for what comes late.
inline constexpr int kSumDays = 3;
// A clock that is this far off is taken to be wrong, not a journey or a correction.
inline constexpr int kClockSlackDays = 31;

// Forgets what a wrong clock left in the future, so that the flags come back when it is right
// again. First-flags then wait for the next month: none is set twice.
Status RepairAfterClockStep(Database& database, Day today);

// Everything not yet reported, as records. Marks it as reported, and its days in the histories.
Result<std::vector<v1::UsageRecord>> TakeRecords(Database& database, const std::string& department,
                                                 const anonymise::Bounds& bounds);

// Deletes sums, histories and settled batches that are past their time.
Status ForgetOld(Database& database, Day today);

}  // namespace gnomon::spool
