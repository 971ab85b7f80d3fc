// Day sums -> flags, history marks and batch rows: the steps of Spool::Freeze that run inside its
// transaction.
#pragma once

#include <string>
#include <vector>

#include "agent/anonymise/record_builder.h"
#include "agent/spool/clock_trust.h"
#include "base/sqlite.h"
#include "base/status.h"
#include "gnomon/v1/record.pb.h"

namespace gnomon::spool {

// Forgets sums of days that no record may have: what a wrong clock left in the future.
Status DropImplausible(Database& database, const Today& today);

// Everything not yet reported, as records. Marks it as reported, and its days in the histories.
Result<std::vector<v1::UsageRecord>> TakeRecords(Database& database, const std::string& department,
                                                 const anonymise::Bounds& bounds);

// Deletes sums, days of histories and settled batches that are past their time; only sums while the
// day is in doubt.
Status ForgetOld(Database& database, const Today& today);

}  // namespace gnomon::spool
