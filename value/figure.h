// The numbers in a finding, and how they read in its sentences.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "gnomon/v1/findings.pb.h"

namespace gnomon::value {

enum class Language { kEnglish, kChinese };

// By the name that the rulebook's sentences call them.
using Figures = std::map<std::string, v1::Figure, std::less<>>;

v1::Figure Text(std::string text);
v1::Figure Count(uint64_t value);
v1::Figure Estimate(uint64_t value);  // of a count; reads "about 1,200": two digits that count
v1::Figure Percent(uint64_t value);
v1::Figure Money(double amount, std::string currency);  // reads without cents
// Estimates derived from studies, low to high: never a single number.
v1::Figure Range(double low, double mid, double high, std::string unit);

// "1,200", "about 1,200", "34 %", "USD 3,400", "-12 to 40 (middle 9)".
std::string Read(const v1::Figure& figure, Language language);

// `value` with two digits that count: 1234 -> 1200, 87 -> 87.
uint64_t TwoDigits(uint64_t value);

}  // namespace gnomon::value
