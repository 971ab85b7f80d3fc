// A made-up company whose truth is known, and what it answers: the ground that attacks are tried
// on.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"

namespace gnomon::attacks {

// What one laptop did with one service on one day, and the day on which the collector had it.
struct Use {
  uint32_t device = 0;
  std::string department;
  std::string service;
  Day day = 0;
  Day arrived = 0;
  uint64_t turns = 0;
};

struct Company {
  uint32_t devices = 0;
  Day first = 0, end = 0;  // one calendar month
  std::vector<Use> uses;
};

// The same company for the same seed. Departments from three laptops on, services from those that
// most use to those that one or two try, turns with a long tail, and now and
// then a script that makes very many; three of a hundred records arrive
// after the month.
Company MakeCompany(uint32_t devices, uint64_t seed);

enum class Gate {
  kOff,        // every number is shown
  kFloorOnly,  // cells under the floor are hidden, and nothing else
  kOn,         // collector/cube/release_gate.h
};

// Turns as a reader sees them; unset: hidden. A service that is hidden is still listed where the
// gate lists it.
struct Answer {
  struct Department {
    std::optional<uint64_t> total;
    std::map<std::string, std::optional<uint64_t>> services;
  };
  std::map<std::string, Department> departments;
  std::map<std::string, uint64_t> services;  // of the whole company, as its row says
};

// About local days [company.first, end), asked in the morning of `asked`.
Answer Ask(const Company& company, Gate gate, Day end, Day asked, uint32_t floor);

// What an attacker says to know: the turns of these departments with these services, on days
// [first, end), in records that arrived on [arrived_first, arrived_end).
struct Claim {
  std::set<std::string> departments, services;
  Day first = 0, end = 0, arrived_first = 0, arrived_end = 0;
  uint64_t turns = 0;
  bool one_laptop = false;  // says instead: nine tenths of these turns or more are one laptop's
};

// Is it true, to the turn, and about at least one and fewer than `floor` laptops?
bool Hits(const Company& company, const Claim& claim, uint32_t floor);

}  // namespace gnomon::attacks
