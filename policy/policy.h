// The policy of an organisation: reading, and the limits that hold whoever has signed it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/status.h"
#include "gnomon/v1/policy.pb.h"

namespace gnomon::policy {

// Compiled in. A policy below or above one of these is refused whole, however it is signed.
inline constexpr uint32_t kLeastFloor = 5;
inline constexpr uint32_t kLargestFloor = 1000;
inline constexpr size_t kMaxDepartments = 2000;
inline constexpr size_t kMaxPauses = 50;
inline constexpr size_t kMaxSanctioned = 500;
inline constexpr uint32_t kMaxHeads = 10'000'000;
inline constexpr size_t kMaxBytes = 1u << 20;

struct MaxBounds {  // the values of anonymise::kMaxBounds; a test holds them together
  static constexpr uint32_t kVisits = 200;
  static constexpr uint32_t kTurns = 2000;
  static constexpr uint32_t kActiveMinutes = 24 * 60;
  static constexpr uint32_t kUploads = 500;
  static constexpr uint64_t kMibUp = 16ull << 10;
  static constexpr uint64_t kMibDown = 64ull << 10;
};

// What holds where there is no policy: floor 10, working hours 7 to 20, the compiled bounds.
v1::Policy Default();

// What is wrong with it, or ok: every limit above, ids and codes, unknown fields anywhere.
Status Check(const v1::Policy& policy);
// Of a release: bounded, parsed, checked.
Result<v1::Policy> Parse(std::string_view serialised);
// docs/formats/policy.md. Errors name file, line and key.
Result<v1::Policy> FromYaml(const std::string& text, const std::string& origin);

// Is nothing to be captured at this moment?
bool PausedAt(const v1::Policy& policy, const LocalTime& time);

}  // namespace gnomon::policy
