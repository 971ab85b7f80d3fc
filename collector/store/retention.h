// How long the collector remembers, the same for every engine. docs/formats/store.md has the
// argument.
#pragma once

#include "base/clock.h"

namespace gnomon::store {

// A record is taken for days in [today - kOldestRecordDays, today + kNewestRecordDays]; a day ahead
// because laptops live in other time zones.
inline constexpr Day kOldestRecordDays = 400;
inline constexpr Day kNewestRecordDays = 1;

inline constexpr int kCellMonths = 25;

// Expiry days fall on multiples of this, so that they do not tell the day of a delivery.
inline constexpr Day kNonceExpiryStep = 32;

// First day on which a nonce committed on `today` may be forgotten: by then every record of its
// batch is too old to be taken, so that a resend is refused and never counted twice.
Day NonceExpiry(Day today);

// The same of a batch without a record, which adds nothing however often it comes: soon. A laptop sends one an hour.
Day CoverExpiry(Day today);

// Cells of days before this one are forgotten.
Day FirstKeptDay(Day today);

}  // namespace gnomon::store
