// The day sums of the spool file: what this laptop counted for each key, and what it has reported.
#pragma once

#include <functional>
#include <map>
#include <string_view>
#include <vector>

#include "agent/anonymise/record_builder.h"
#include "agent/anonymise/usage_delta.h"
#include "base/sqlite.h"
#include "base/status.h"

namespace gnomon::spool {

using Additions = std::map<anonymise::UsageKey, anonymise::UsageCounts>;

struct DaySum {
  anonymise::UsageKey key;
  anonymise::UsageCounts counts;
  anonymise::Reported reported;
};

// All of them run inside the caller's transaction.
Status AddToSums(Database& database, const Additions& additions);
// Ordered by day, service, surface, client, evidence. Days in [first, end).
Result<std::vector<DaySum>> LoadSums(Database& database, Day first, Day end);
Status SaveReported(Database& database, const DaySum& sum);
// Deletes the sums of days before `first` and from `end` on; how many.
Result<int64_t> DeleteSumsOutside(Database& database, Day first, Day end);
// Deletes the sums of all days but those for which `keep` is true.
Status DeleteSumsUnless(Database& database, const std::function<bool(Day)>& keep);

// The history of a service; an empty one where it has none. kDataLoss where it is damaged.
Result<anonymise::History> LoadHistory(Database& database, std::string_view service);
Status SaveHistory(Database& database, std::string_view service, const anonymise::History& history);

}  // namespace gnomon::spool
