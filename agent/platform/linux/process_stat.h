// One line of /proc/PID/stat (proc(5)).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gnomon::platform {

struct ProcessStat {
  std::string_view name;      // comm, of up to 15 bytes; a view into the line
  int parent = 0;             // PID
  bool has_terminal = false;  // a controlling one
  uint64_t start_time = 0;    // clock ticks after boot: tells a process from a later one of its PID
};

// Nothing where the line is not of that form. A program chooses its own name, which may hold
// spaces, parentheses, line feeds and whatever looks like the fields behind it.
std::optional<ProcessStat> ParseProcessStat(std::string_view line);

}  // namespace gnomon::platform
