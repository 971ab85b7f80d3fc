// What is known of a service's turns: the `turns:` mapping of the rules, and its bounds.
#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"
#include "base/yaml.h"
#include "gnomon/v1/catalogue.pb.h"

namespace gnomon::catalogue {

// Beacons reach 4 kB on every service that was measured, so a range that begins lower tells nothing
// apart.
inline constexpr uint32_t kPromptFromMin = 4096;
// A burst of 100 kB or more passes for an attachment.
inline constexpr uint32_t kPromptToMax = 100'000;
// In-turn pauses have a 95th percentile of 0.5-5.4 s.
inline constexpr uint32_t kStreamEndMin = 1;
inline constexpr uint32_t kStreamEndMax = 15;
// Below 5 s a prompt would be gone before an ordinary answer begins; nobody measured over a minute,
// and a wrong prompt must not wait for ever.
inline constexpr uint32_t kPromptLifeMin = 5;
inline constexpr uint32_t kPromptLifeMax = 600;

// Reads the mapping; an error names file, line and field.
Status ReadTurns(const YAML::Node& mapping, const std::string& origin, v1::Turns* turns);
// What is wrong with a compiled one, or an empty string.
std::string TurnsProblem(const v1::Turns& turns);

}  // namespace gnomon::catalogue
