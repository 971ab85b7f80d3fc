// Which day it is, as far as this laptop can know: its clock may be wrong by years, for a minute or
// for a week. docs/formats/spool.md, "A clock that is wrong".
#pragma once

#include "base/clock.h"
#include "base/sqlite.h"
#include "base/status.h"
#include "gnomon/v1/record.pb.h"

namespace gnomon::spool {

// A day this far from the last one believed is no journey or correction: a wrong clock, or a laptop
// that lay in a drawer for a month.
inline constexpr int kClockSlackDays = 31;
// Sums of a day are kept this long after it, so that bounds hold for what comes late.
inline constexpr int kSumDays = 3;

struct Today {
  Day now = 0;       // by the clock
  Day believed = 0;  // the last day that was no leap, or that the collector took as a record's day
  // While the two are apart nothing is forgotten: either may be the wrong one.
  bool in_doubt() const { return now != believed; }
  // Whether `day` is one that records of now, or of the day believed, may have.
  bool Plausible(Day day) const;
};

// Both run inside the caller's transaction. A laptop that knows no day yet believes its clock.
Result<Today> ObserveClock(Database& database, Day now);
// The collector has a clock of its own, and takes no record of a day far from it. So a batch that
// it took and that holds a record of the day on which it was frozen says that this day was right.
Status VouchForClock(Database& database, const v1::RecordSet& taken, Day frozen, Day now);

}  // namespace gnomon::spool
