// What a fleet is made of, and where it goes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "fleet/crowd/habits.h"

namespace gnomon::fleet {

struct DepartmentOptions {
  std::string code;
  uint32_t devices = 0;
  Habit habit = Habit::kRegular;
};

struct FleetOptions {
  std::string collector;  // host:port
  std::vector<DepartmentOptions> departments;
  std::map<std::string, std::string> tokens;  // department -> enrolment token
  Day from = 0;
  Day days = 42;
  uint64_t seed = 1;
  std::filesystem::path catalogue;
  std::filesystem::path workdir;  // missing or empty
  std::filesystem::path truth;    // empty: none is written
  unsigned threads = 4;
  unsigned patience_seconds = 60;  // for a collector that is away at the end

  // kInvalidArgument that names the flag.
  Status Validate() const;
};

// "finance:24:heavy"
Result<DepartmentOptions> ParseDepartment(std::string_view text);
// "finance=gnm1-..."
Status AddToken(std::string_view text, std::map<std::string, std::string>* tokens);
// Lines of a department and its token; empty lines and those that begin with # are passed over.
Status ReadTokens(const std::filesystem::path& file, std::map<std::string, std::string>* tokens);

}  // namespace gnomon::fleet
