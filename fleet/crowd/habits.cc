#include "fleet/crowd/habits.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "fleet/crowd/dice.h"

namespace gnomon::fleet {
namespace {

constexpr TimeUs kDayUs = 86'400 * kSecondUs;
// Well under the sessioniser's gap, and often enough that long visits come in slices.
constexpr TimeUs kSliceUs = 600 * kSecondUs;

struct Choice {
  const char* id;
  v1::Surface surface;  // of a stand-in where the catalogue has no such service
  int weight;
};

struct Profile {
  const char* name;
  double weekday;  // chance of a day with use
  double weekend;
  double visits;     // a day with use, mean
  double turns;      // a visit, mean
  double off_hours;  // share of visits in the evening
  double upload;     // chance a turn
  int fewest, most;  // favourites
  std::span<const Choice> choices;
};

// A few tools have most of the use, and a long tail the rest.
constexpr Choice kOffice[] = {
    {"chatgpt", v1::SURFACE_WEB, 16},   {"copilot", v1::SURFACE_WEB, 9},
    {"claude", v1::SURFACE_WEB, 6},     {"gemini", v1::SURFACE_WEB, 4},
    {"deepl", v1::SURFACE_WEB, 2},      {"perplexity", v1::SURFACE_WEB, 1},
    {"deepseek", v1::SURFACE_WEB, 1},   {"grammarly", v1::SURFACE_WEB, 1},
    {"notebooklm", v1::SURFACE_WEB, 1},
};
constexpr Choice kCode[] = {
    {"github-copilot", v1::SURFACE_EDITOR, 14},
    {"chatgpt", v1::SURFACE_WEB, 8},
    {"cursor", v1::SURFACE_EDITOR, 6},
    {"claude", v1::SURFACE_WEB, 6},
    {"anthropic-api", v1::SURFACE_API, 3},
    {"openai-api", v1::SURFACE_API, 2},
};
constexpr Choice kCustomers[] = {
    {"chatgpt", v1::SURFACE_WEB, 6},   {"deepl", v1::SURFACE_WEB, 6},
    {"grammarly", v1::SURFACE_WEB, 3}, {"quillbot", v1::SURFACE_WEB, 2},
    {"gemini", v1::SURFACE_WEB, 2},
};

// The order is that of Habit. The shapes, not the figures, matter: few use it much, most a little.
constexpr std::array<Profile, 7> kProfiles = {{
    {"none", 0, 0, 1, 1, 0, 0, 1, 1, kOffice},
    {"light", 0.15, 0.01, 1.3, 3, 0.10, 0.01, 1, 2, kOffice},
    {"regular", 0.50, 0.04, 2.2, 4, 0.10, 0.02, 2, 3, kOffice},
    {"heavy", 0.90, 0.15, 4.5, 7, 0.15, 0.05, 2, 4, kOffice},
    {"developer", 0.85, 0.15, 4.0, 12, 0.25, 0.02, 2, 4, kCode},
    {"support", 0.80, 0.10, 8.0, 2, 0.20, 0.005, 2, 3, kCustomers},
    {"trial", 0.60, 0.05, 2.0, 3, 0.15, 0.01, 1, 2, kOffice},
}};

const Profile& ProfileOf(Habit habit) {
  return kProfiles[static_cast<size_t>(habit)];
}

v1::Client ClientFor(v1::Surface surface, Dice* dice) {
  switch (surface) {
    case v1::SURFACE_API:
      return dice->Chance(0.5) ? v1::CLIENT_TERMINAL : v1::CLIENT_SCRIPT_RUNTIME;
    case v1::SURFACE_EDITOR:
      return v1::CLIENT_EDITOR;
    case v1::SURFACE_DESKTOP_APP:
      return v1::CLIENT_DESKTOP_APP;
    case v1::SURFACE_LOCAL_MODEL:
      return v1::CLIENT_TERMINAL;
    default:
      return v1::CLIENT_BROWSER;
  }
}

// The service, or one of the same surface where the catalogue has not got it, or any.
catalogue::ServiceIndex Find(const catalogue::Table& table, const Choice& choice, Dice* dice) {
  const catalogue::ServiceIndex exact = table.FindService(choice.id);
  if (exact != catalogue::kNoService) return exact;
  std::vector<catalogue::ServiceIndex> alike;
  for (size_t i = 0; i < table.service_count(); ++i) {
    const auto index = static_cast<catalogue::ServiceIndex>(i);
    if (table.service(index).surface() == choice.surface) alike.push_back(index);
  }
  const auto any = static_cast<int64_t>(alike.empty() ? table.service_count() : alike.size());
  const auto pick = static_cast<size_t>(dice->Between(0, any - 1));
  return alike.empty() ? static_cast<catalogue::ServiceIndex>(pick) : alike[pick];
}

template <typename T>
const T& Pick(const std::vector<T>& from, Dice* dice) {
  int64_t total = 0;
  for (const T& one : from) total += one.weight;
  int64_t at = dice->Between(0, total - 1);
  for (const T& one : from) {
    at -= one.weight;
    if (at < 0) return one;
  }
  return from.back();
}

// One turn's traffic goes into the slice that holds its moment.
struct TurnUse {
  TimeUs at;
  TimeUs end;
  uint32_t active_seconds;
  uint32_t uploads;
  uint64_t up, down;
};

TurnUse MakeTurn(TimeUs at, double upload, Dice* dice) {
  TurnUse turn{};
  turn.at = at;
  turn.active_seconds = static_cast<uint32_t>(dice->Between(4, 35));
  turn.end = at + turn.active_seconds * kSecondUs;
  turn.up = static_cast<uint64_t>(dice->Between(1'500, 12'000));
  turn.down = static_cast<uint64_t>(dice->Between(4'000, 60'000));
  if (dice->Chance(upload)) {
    turn.uploads = 1;
    turn.up += static_cast<uint64_t>(dice->Between(200'000, 4'000'000));
  }
  return turn;
}

void AddTurn(const TurnUse& turn, bool automated, sessionise::Visit* slice) {
  slice->end = turn.end;
  slice->turns += 1;
  slice->automated_turns += automated ? 1 : 0;
  slice->active_seconds += turn.active_seconds;
  slice->uploads += turn.uploads;
  slice->bytes_up += turn.up;
  slice->bytes_down += turn.down;
}

// The end of the slice that begins at `start`: the next flush, or midnight.
TimeUs SliceEnd(TimeUs start) {
  return std::min(start + kSliceUs, (start / kDayUs + 1) * kDayUs);
}

void AppendVisit(const Persona& persona, TimeUs start, Dice* dice,
                 std::vector<sessionise::Visit>* out) {
  const Profile& profile = ProfileOf(persona.habit);
  const Favourite& favourite = Pick(persona.favourites, dice);
  sessionise::Visit fresh;
  fresh.service = favourite.service;
  fresh.client = favourite.client;
  // Some connections are resumed and show no name.
  fresh.evidence = dice->Chance(0.1) ? v1::EVIDENCE_RESOLVED : v1::EVIDENCE_NAMED;
  fresh.start = fresh.end = start;
  fresh.final = false;

  sessionise::Visit slice = fresh;
  TimeUs slice_end = SliceEnd(start);
  TimeUs at = start;
  const int turns = dice->Count(profile.turns, 60);
  // Some visits of programs are a script's, and a script is known by its pace from the ninth turn on.
  constexpr int kKnownFrom = 8;
  const bool program = favourite.client == v1::CLIENT_SCRIPT_RUNTIME ||
                       favourite.client == v1::CLIENT_TERMINAL ||
                       favourite.client == v1::CLIENT_EDITOR;
  const bool script =
      program && Dice(SeedOf(persona.seed, "script", static_cast<uint64_t>(start))).Chance(0.4);
  for (int i = 0; i < turns; ++i) {
    if (at >= slice_end) {
      out->push_back(slice);
      slice = fresh;
      slice.continues = true;
      slice.start = at;
      slice_end = SliceEnd(at);
    }
    const TurnUse turn = MakeTurn(at, profile.upload, dice);
    AddTurn(turn, script && i >= kKnownFrom, &slice);
    at = turn.end + dice->Between(15, 200) * kSecondUs;
  }
  slice.final = true;
  out->push_back(slice);
}

}  // namespace

Result<Habit> ParseHabit(std::string_view name) {
  for (size_t i = 0; i < kProfiles.size(); ++i) {
    if (name == kProfiles[i].name) return static_cast<Habit>(i);
  }
  return InvalidArgument("\"" + std::string(name) + "\" is no habit; there are " + kHabitNames);
}

Habit HabitOfMember(Habit department, uint64_t seed) {
  if (department == Habit::kNone) return Habit::kNone;
  const int64_t percent = Dice(SeedOf(seed, "habit", 0)).Between(0, 99);
  if (percent < 65) return department;
  if (percent < 77) return Habit::kRegular;
  if (percent < 92) return Habit::kLight;
  return Habit::kNone;
}

Persona MakePersona(Habit habit, const catalogue::Table& table, Day from, Day end, uint64_t seed) {
  Dice dice(SeedOf(seed, "persona", 0));
  Persona persona;
  persona.habit = habit;
  persona.seed = seed;
  const Profile& profile = ProfileOf(habit);
  const int64_t wanted = dice.Between(profile.fewest, profile.most);
  std::vector<Choice> left(profile.choices.begin(), profile.choices.end());
  for (int64_t i = 0; i < wanted && !left.empty(); ++i) {
    const Choice choice = Pick(left, &dice);
    std::erase_if(left, [&](const Choice& other) { return other.id == choice.id; });
    Favourite favourite;
    favourite.service = Find(table, choice, &dice);
    favourite.client = ClientFor(table.service(favourite.service).surface(), &dice);
    favourite.weight = i == 0 ? 6 : 2;  // one tool does most of the work
    persona.favourites.push_back(favourite);
  }

  const int64_t days = std::max<int64_t>(end - from, 1);
  persona.starts = from;
  persona.ends = end + 1;
  if (habit == Habit::kTrial) {
    persona.starts = from + static_cast<Day>(dice.Between(0, days / 2));
    persona.ends = persona.starts + static_cast<Day>(dice.Between(3, 12));
  }
  if (dice.Chance(0.3)) {
    persona.holiday_starts = from + static_cast<Day>(dice.Between(0, days - 1));
    persona.holiday_ends = persona.holiday_starts + static_cast<Day>(dice.Between(3, 14));
  }
  return persona;
}

std::vector<sessionise::Visit> VisitsOn(const Persona& persona, Day day) {
  std::vector<sessionise::Visit> visits;
  const bool away = day >= persona.holiday_starts && day < persona.holiday_ends;
  if (day < persona.starts || day >= persona.ends || away || persona.favourites.empty()) {
    return visits;
  }
  const Profile& profile = ProfileOf(persona.habit);
  Dice dice(SeedOf(persona.seed, "day", static_cast<uint64_t>(day)));
  const bool weekend = IsoWeekday(day) > 5;
  if (!dice.Chance(weekend ? profile.weekend : profile.weekday)) return visits;

  std::vector<TimeUs> starts;
  for (int i = dice.Count(profile.visits, 20); i > 0; --i) {
    const bool evening = dice.Chance(profile.off_hours);
    const int64_t second =
        evening ? dice.Between(20 * 3600, 24 * 3600 - 60) : dice.Between(8 * 3600, 18 * 3600);
    starts.push_back(day * kDayUs + second * kSecondUs);
  }
  std::sort(starts.begin(), starts.end());
  for (const TimeUs start : starts) AppendVisit(persona, start, &dice, &visits);
  return visits;
}

}  // namespace gnomon::fleet
