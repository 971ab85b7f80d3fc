// Load over time: many agents that each live a day, freeze and deliver every few seconds, until the
// time is over; then what is left is delivered.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/status.h"
#include "catalogue/table.h"
#include "fleet/progress.h"
#include "fleet/soak_report.h"

namespace gnomon::fleet {

struct SoakOptions {
  std::string collector;  // host:port
  std::string department;
  std::string token;
  uint32_t agents = 1000;
  double minutes = 10;
  double every_seconds = 10;  // an agent's deliveries, a fifth more or less by chance
  bool together = false;      // all agents at the same moments, as after an outage
  unsigned threads = 16;
  unsigned patience_seconds = 120;  // in the end, for a collector that is away
  uint64_t seed = 1;
  std::filesystem::path catalogue, workdir;  // workdir: missing or empty
  std::filesystem::path json;                // empty: none is written
  pid_t collector_pid = 0;                   // on this machine, to watch its memory; 0: not

  // kInvalidArgument that names the flag.
  Status Validate() const;
};

// An error where the fleet could not be set up; what goes wrong afterwards stands in the result.
Result<SoakResult> Soak(const SoakOptions& options, std::shared_ptr<const catalogue::Table> table,
                        Progress& progress, bool live_line);

}  // namespace gnomon::fleet
