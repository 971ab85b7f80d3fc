#include "fleet/crowd/habits.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "fleet/crowd/dice.h"
#include "tests/unit/fleet/crowd/small_catalogue.h"

namespace gnomon::fleet {
namespace {

constexpr Day kMonday = 20738;  // 2026-10-12
constexpr TimeUs kDayUs = 86'400 * kSecondUs;

std::string Story(const Persona& persona, Day first, Day end) {
  std::string story;
  for (Day day = first; day < end; ++day) {
    for (const sessionise::Visit& slice : VisitsOn(persona, day)) {
      story += std::to_string(slice.start) + "/" + std::to_string(slice.end) + "/" +
               std::to_string(slice.service) + "/" + std::to_string(slice.turns) + "/" +
               std::to_string(slice.bytes_down) + " ";
    }
  }
  return story;
}

// Days with use and turns of many people of one habit over four weeks.
struct Use {
  double days = 0;
  double turns = 0;
  double weekend_days = 0;
  double evening = 0;
  std::set<catalogue::ServiceIndex> services;
};
Use UseOf(Habit habit) {
  const auto table = SmallCatalogue();
  Use use;
  constexpr int kPeople = 60;
  for (uint64_t seed = 0; seed < kPeople; ++seed) {
    const Persona persona = MakePersona(habit, *table, kMonday, kMonday + 28, seed);
    for (Day day = kMonday; day < kMonday + 28; ++day) {
      const std::vector<sessionise::Visit> visits = VisitsOn(persona, day);
      use.days += visits.empty() ? 0 : 1.0 / kPeople;
      use.weekend_days += !visits.empty() && IsoWeekday(day) > 5 ? 1.0 / kPeople : 0;
      for (const sessionise::Visit& slice : visits) {
        use.turns += static_cast<double>(slice.turns) / kPeople;
        use.evening += slice.start % kDayUs >= 20 * 3600 * kSecondUs ? 1.0 / kPeople : 0;
        use.services.insert(slice.service);
      }
    }
  }
  return use;
}

TEST(Habits, ASeedPlaysTheSameDaysInAnyOrder) {
  const auto table = SmallCatalogue();
  for (const Habit habit : {Habit::kLight, Habit::kHeavy, Habit::kDeveloper, Habit::kTrial}) {
    const Persona persona = MakePersona(habit, *table, kMonday, kMonday + 42, 7);
    const std::string whole = Story(persona, kMonday, kMonday + 42);
    EXPECT_FALSE(whole.empty());
    const std::string later = Story(persona, kMonday + 20, kMonday + 42);
    EXPECT_EQ(whole, Story(persona, kMonday, kMonday + 20) + later);
    EXPECT_NE(whole,
              Story(MakePersona(habit, *table, kMonday, kMonday + 42, 8), kMonday, kMonday + 42));
  }
}

TEST(Habits, DoNotChangeFromOneMachineToAnother) {
  Dice dice(7);
  EXPECT_EQ(dice.Next(), 0x63cbe1e459320dd7u);  // SplitMix64 of seed 7
}

TEST(Habits, FromNoneToHeavyThereIsMoreUse) {
  const Use none = UseOf(Habit::kNone), light = UseOf(Habit::kLight),
            regular = UseOf(Habit::kRegular), heavy = UseOf(Habit::kHeavy);
  EXPECT_EQ(none.days, 0);
  EXPECT_GT(light.days, 0);
  EXPECT_GT(regular.days, 2 * light.days);
  EXPECT_GT(heavy.days, 1.5 * regular.days);
  EXPECT_GT(heavy.turns, 3 * regular.turns);
  EXPECT_LT(heavy.weekend_days, 0.15 * heavy.days);
  EXPECT_GT(heavy.evening, 0);
  EXPECT_GT(heavy.services.size(), 2u);
}

TEST(Habits, ATrialEndsAndIsNotTakenUpAgain) {
  const auto table = SmallCatalogue();
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const Persona persona = MakePersona(Habit::kTrial, *table, kMonday, kMonday + 42, seed);
    EXPECT_LE(persona.ends - persona.starts, 12);
    for (Day day = kMonday; day < kMonday + 42; ++day) {
      if (day >= persona.starts && day < persona.ends) continue;
      EXPECT_TRUE(VisitsOn(persona, day).empty());
    }
  }
}

TEST(Habits, DevelopersUseEditorsAndApisWithTheirOwnClients) {
  const auto table = SmallCatalogue();
  std::map<v1::Surface, std::set<v1::Client>> clients;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    for (const Favourite& favourite :
         MakePersona(Habit::kDeveloper, *table, kMonday, kMonday + 42, seed).favourites) {
      clients[table->service(favourite.service).surface()].insert(favourite.client);
    }
  }
  EXPECT_EQ(clients[v1::SURFACE_EDITOR], std::set<v1::Client>{v1::CLIENT_EDITOR});
  EXPECT_EQ(clients[v1::SURFACE_API],
            (std::set<v1::Client>{v1::CLIENT_TERMINAL, v1::CLIENT_SCRIPT_RUNTIME}));
  EXPECT_EQ(clients[v1::SURFACE_WEB], std::set<v1::Client>{v1::CLIENT_BROWSER});
}

TEST(Habits, ACatalogueWithoutTheFavouritesStillServes) {
  const auto table = CatalogueOf({{"only-this", v1::SURFACE_WEB}});
  const Persona persona = MakePersona(Habit::kDeveloper, *table, kMonday, kMonday + 42, 3);
  ASSERT_FALSE(persona.favourites.empty());
  for (const Favourite& favourite : persona.favourites) EXPECT_EQ(favourite.service, 0);
}

// What the sessioniser promises of slices holds for invented ones too.
TEST(Habits, SlicesOfAVisitFollowEachOtherAndEndAtMidnight) {
  const auto table = SmallCatalogue();
  int continued = 0, over_midnight = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    const Persona persona = MakePersona(Habit::kDeveloper, *table, kMonday, kMonday + 42, seed);
    for (Day day = kMonday; day < kMonday + 42; ++day) {
      const sessionise::Visit* before = nullptr;
      const std::vector<sessionise::Visit> slices = VisitsOn(persona, day);
      for (const sessionise::Visit& slice : slices) {
        EXPECT_GT(slice.turns, 0u);
        EXPECT_GE(slice.end, slice.start);
        EXPECT_EQ(slice.continues, before != nullptr && !before->final);
        if (slice.continues) {
          ++continued;
          over_midnight += slice.start / kDayUs != day;
          EXPECT_EQ(slice.service, before->service);
          EXPECT_GE(slice.start, before->end);
        } else {
          EXPECT_EQ(slice.start / kDayUs, day);
        }
        before = &slice;
      }
      EXPECT_TRUE(before == nullptr || before->final);
    }
  }
  EXPECT_GT(continued, 0);
  EXPECT_GT(over_midnight, 0);
}

TEST(Habits, AreReadByName) {
  EXPECT_EQ(*ParseHabit("developer"), Habit::kDeveloper);
  EXPECT_EQ(ParseHabit("Heavy").status().code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace gnomon::fleet
