// The collector's usage store: batches in, cells added up, typed questions out. Nothing in here can
// hold a device, and nothing in here speaks SQL: an embedded and a scale-out engine both fit.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "gnomon/v1/record.pb.h"

namespace gnomon::store {

using Nonce = std::array<uint8_t, 16>;

struct CellKey {
  Day day = 0;
  std::string department;
  std::string service;
  v1::Surface surface = v1::SURFACE_UNSPECIFIED;
  v1::Client client = v1::CLIENT_UNKNOWN;
  v1::Evidence evidence = v1::EVIDENCE_UNSPECIFIED;
  v1::Tenure tenure = v1::TENURE_UNSPECIFIED;
  v1::Regularity regularity = v1::REGULARITY_UNSPECIFIED;
  v1::OffHours off_hours = v1::OFF_HOURS_UNSPECIFIED;
};

// Sums over any number of records. first_* count devices (docs/formats/record.md).
struct Sums {
  uint64_t visits = 0;
  uint64_t turns = 0;
  uint64_t automated_turns = 0;  // of them
  uint64_t active_minutes = 0;
  uint64_t uploads = 0;
  uint64_t kib_up = 0;
  uint64_t kib_down = 0;
  uint64_t first_today = 0;
  uint64_t first_this_week = 0;
  uint64_t first_this_month = 0;

  Sums& operator+=(const Sums& other);
  bool operator==(const Sums&) const = default;
};

struct CellAddition {
  CellKey key;
  Sums sums;
};

// A first-flag of a week or month under the name that only its laptop's key can make again (ADR 0011): without that
// key a random number. The first addition that claims one counts; the flag of any later one is left out.
using FirstUseTag = std::array<uint8_t, 8>;
struct FirstUse {
  enum class Period : uint8_t { kWeek, kMonth };
  size_t addition = 0;  // its place in the batch
  Period period = Period::kWeek;
  FirstUseTag tag{};
};

struct IncomingBatch {
  Nonce nonce{};
  uint32_t digest = 0;  // of the payload's bytes: tells a resend from a conflict (ADR 0004)
  std::vector<CellAddition> additions;
  std::vector<FirstUse> first_uses = {};  // in the order of the additions
};

enum class CommitOutcome {
  kAccepted,   // nonce new: added
  kDuplicate,  // nonce known with this digest: added before
  kConflict,   // nonce known with another digest: nothing added
};

// Usage of one service in one department over a range of days.
struct ServiceUsage {
  std::string department;
  std::string service;  // catalogue id, or anonymise::kAnyService
  Sums sums;
  // Of the days of use (sums.first_today), those on laptops that have used it for over 91 days.
  uint64_t long_tenure_days = 0;
  // Laptops with a habit (12 days of 28 or more) on the day on which there were most of them: no fewer have it.
  uint64_t habit_devices = 0;
};

class Store {
 public:
  virtual ~Store() = default;

  // All of `batches` in one durable transaction: {check nonce, insert nonce, check and insert first uses, add cells}
  // each.
  // Outcomes are in the order of the batches. On an error nothing was counted.
  virtual Result<std::vector<CommitOutcome>> Commit(std::span<const IncomingBatch> batches,
                                                    Day today) = 0;

  // Sums by department and service over local days [first, end). Order: department, service.
  virtual Result<std::vector<ServiceUsage>> UsageByService(Day first, Day end) = 0;

  // Every cell of [first, end): export, audits and tests that compare totals.
  virtual Status ForEachCell(Day first, Day end,
                             const std::function<void(const CellAddition&)>& visit) = 0;

  // Grows where the store was restored from a backup; the same for the life of this object.
  virtual uint64_t Epoch() const { return 0; }

  // Forgets nonces and first uses whose expiry has passed and cells older than the retention (25 months).
  virtual Status Expire(Day today) = 0;
};

}  // namespace gnomon::store
