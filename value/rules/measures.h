// Arithmetic over numbers that may be hidden: what needs a hidden number is hidden.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "value/facts.h"
#include "value/figure.h"

namespace gnomon::value {

// part / whole in percent; nothing where one of them is not known or the whole is 0.
std::optional<double> PercentOf(Number part, Number whole);
// Rounded for a sentence.
v1::Figure Share(double percent);

// Days of use a month of a laptop that uses it.
std::optional<double> DaysEach(const Use& use);
// The department's laptops with AI, of its people (or of its laptops with an agent).
std::optional<double> Reach(const DepartmentFacts& department);

// Turns of the services that are shown; `unsanctioned` of them.
struct ShownTurns {
  uint64_t all = 0;
  uint64_t unsanctioned = 0;
};
ShownTurns TurnsOf(const DepartmentFacts& department);

// "ChatGPT, Claude and Gemini", at most `most` of them.
std::string Listed(const std::vector<std::string>& names, Language language, size_t most = 3);

// "2026-08": the month that lies `back` months before.
std::string MonthBefore(const Month& month, size_t back);

// The organisation in a sentence.
std::string NameOf(const DepartmentFacts& department);

}  // namespace gnomon::value
