// What anonymise hands to the spool. From here on no type can hold an address, a host name, a
// process, a user, or a time finer than a day; tests/unit/architecture_test.cc holds the line.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/status.h"
#include "gnomon/v1/record.pb.h"

namespace gnomon::anonymise {

// The reserved service id of records that carry only the first_* flags of "any AI service".
inline constexpr char kAnyService[] = "any";

// Which day record an addition goes to.
struct UsageKey {
  Day day = 0;
  std::string service;  // catalogue id
  v1::Surface surface = v1::SURFACE_UNSPECIFIED;
  v1::Client client = v1::CLIENT_UNKNOWN;
  v1::Evidence evidence = v1::EVIDENCE_UNSPECIFIED;
  auto operator<=>(const UsageKey&) const = default;
};

struct UsageCounts {
  uint64_t visits = 0;
  uint64_t turns = 0;
  uint64_t automated_turns = 0;  // of them
  uint64_t active_seconds = 0;
  uint64_t uploads = 0;
  uint64_t bytes_up = 0;
  uint64_t bytes_down = 0;
  uint64_t off_hours_seconds = 0;  // of visits, outside working hours
  uint64_t total_seconds = 0;      // of visits

  UsageCounts& operator+=(const UsageCounts& other) {
    visits += other.visits;
    turns += other.turns;
    automated_turns += other.automated_turns;
    active_seconds += other.active_seconds;
    uploads += other.uploads;
    bytes_up += other.bytes_up;
    bytes_down += other.bytes_down;
    off_hours_seconds += other.off_hours_seconds;
    total_seconds += other.total_seconds;
    return *this;
  }
  bool operator==(const UsageCounts&) const = default;
};

struct UsageDelta {
  UsageKey key;
  UsageCounts counts;
};

// anonymise -> spool.
class UsageSink {
 public:
  virtual ~UsageSink() = default;
  // The sink keeps its first error and reports it where it is asked (Spool::Commit()).
  virtual void Consume(const UsageDelta& delta) = 0;
};

}  // namespace gnomon::anonymise
