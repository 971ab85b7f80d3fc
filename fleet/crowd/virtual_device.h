// One virtual laptop: a persona's visits through the agent's own anonymiser and spool.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "agent/spool/spool.h"
#include "base/clock.h"
#include "base/status.h"
#include "catalogue/table.h"
#include "fleet/crowd/habits.h"
#include "fleet/crowd/truth.h"

namespace gnomon::fleet {

struct VirtualDeviceOptions {
  std::string department;
  std::filesystem::path folder;  // exists; holds its enrolment and its spool
  Persona persona;
};

// Threads: one at a time.
class VirtualDevice {
 public:
  VirtualDevice(VirtualDeviceOptions options, std::shared_ptr<const catalogue::Table> table);

  // Starts the laptop: opens its spool. Close() shuts it down; what is in the spool stays.
  Status Open();
  void Close() { spool_.reset(); }

  // Lives the days [first, end), and freezes what is new at the end of each day with use.
  Status Live(Day first, Day end);

  spool::Spool& spool() { return *spool_; }  // while it is open
  const DeviceTruth& truth() const { return truth_; }
  const std::string& department() const { return options_.department; }
  const std::filesystem::path& folder() const { return options_.folder; }

 private:
  const VirtualDeviceOptions options_;
  std::shared_ptr<const catalogue::Table> table_;
  std::unique_ptr<spool::Spool> spool_;
  DeviceTruth truth_;
};

}  // namespace gnomon::fleet
