// What one laptop may move in a day, over all of its batches: bounds beside those of each record.
// In memory only, by digests that mean nothing without the laptop's key (account.h).
// docs/threat-model.md, "A rogue laptop", has the resulting bound.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "agent/anonymise/record_builder.h"
#include "base/clock.h"
#include "collector/ingest/account.h"
#include "collector/store/store.h"

namespace gnomon::ingest {

struct QuotaLimits {
  // Of a service on one record day, over all surfaces, clients and evidence: twice what one key may
  // hold, so that a laptop with a browser and a script both at their bounds is whole.
  uint32_t keys = 2;  // times anonymise::kMaxBounds
  // Of one delivery day. An honest laptop sends some 24 batches of a few records; after months
  // without a collector a few thousand. More waits for the next day.
  uint32_t batches = 4096;
  uint32_t records = 131'072;
  // (service, record day) pairs that are remembered of one laptop, and of all; then batches wait.
  size_t entries = 8192;
  size_t all_entries = 4'000'000;  // some 400 MB
};

// How long an entry is kept: until a record day is a week old, and a late record's for 35 days.
inline constexpr Day kRecentDays = 7;
inline constexpr Day kLateDays = 35;

struct QuotaCounters {
  uint64_t cut = 0;      // additions of which a part was over the quota and not counted
  uint64_t put_off = 0;  // batches that must wait
  uint64_t entries = 0;  // remembered now
};

// Threads: safe.
class Quota {
 public:
  explicit Quota(const QuotaLimits& limits = {}) : limits_(limits) {}

  // What a batch took, to give it back where it was not counted (a resend, a failed commit).
  struct Charge {
    struct Part {
      uint64_t tag = 0;
      store::Sums sums;
    };
    uint64_t account = 0;
    std::vector<Part> parts;
  };

  // Cuts the batch's sums down to what is left of the quota and takes that. False: the laptop has
  // sent all that it may today; nothing is taken, and the batch should come again.
  bool Take(const Account& account, Day today, store::IncomingBatch& batch, Charge* charge);
  void GiveBack(const Charge& charge);

  QuotaCounters counters() const;

 private:
  struct Entry {
    store::Sums used;
    Day keep_until = 0;
  };
  struct Laptop {
    Day day = 0;  // of what follows
    uint32_t batches = 0;
    uint32_t records = 0;
    std::unordered_map<uint64_t, Entry> entries;  // by Account::DayTag
  };
  void Forget(Day today);
  bool HasRoom(const Laptop& laptop, const std::vector<uint64_t>& tags) const;

  const QuotaLimits limits_;
  mutable std::mutex mutex_;                      // guards what follows
  std::unordered_map<uint64_t, Laptop> laptops_;  // by Account::Id
  Day forgotten_ = 0;
  QuotaCounters counters_;
};

}  // namespace gnomon::ingest
