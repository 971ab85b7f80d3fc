// What a virtual person does with AI services, day by day. Deterministic for a seed; all of it is
// invented, and resembles nobody.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "agent/sessionise/events.h"
#include "base/clock.h"
#include "base/status.h"
#include "catalogue/table.h"

namespace gnomon::fleet {

enum class Habit : uint8_t { kNone, kLight, kRegular, kHeavy, kDeveloper, kSupport, kTrial };
inline constexpr char kHabitNames[] = "none, light, regular, heavy, developer, support, trial";
Result<Habit> ParseHabit(std::string_view name);

// A department of one habit has other people in it too.
Habit HabitOfMember(Habit department, uint64_t seed);

struct Favourite {
  catalogue::ServiceIndex service = catalogue::kNoService;
  v1::Client client = v1::CLIENT_BROWSER;
  int weight = 1;
};

struct Persona {
  Habit habit = Habit::kNone;
  uint64_t seed = 0;
  std::vector<Favourite> favourites;
  Day starts = 0, ends = 0;                  // uses AI in [starts, ends) only
  Day holiday_starts = 0, holiday_ends = 0;  // and not in [holiday_starts, holiday_ends)
};

// `from` and `end` bound the time that is played. The table must have a service.
Persona MakePersona(Habit habit, const catalogue::Table& table, Day from, Day end, uint64_t seed);

// The visits that begin on `day`, in the order of time, each in the slices in which the agent would
// give it. Days are those of UTC. A late visit may reach into the next day.
std::vector<sessionise::Visit> VisitsOn(const Persona& persona, Day day);

}  // namespace gnomon::fleet
