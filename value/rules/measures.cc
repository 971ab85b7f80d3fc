#include "value/rules/measures.h"

#include <algorithm>
#include <cmath>

namespace gnomon::value {

std::optional<double> PercentOf(Number part, Number whole) {
  if (!part || !whole || *whole == 0) return std::nullopt;
  return 100.0 * static_cast<double>(*part) / static_cast<double>(*whole);
}

v1::Figure Share(double percent) {
  return Percent(static_cast<uint64_t>(std::llround(std::max(percent, 0.0))));
}

std::optional<double> DaysEach(const Use& use) {
  if (!use.devices || !use.device_days || *use.devices == 0) return std::nullopt;
  return static_cast<double>(*use.device_days) / static_cast<double>(*use.devices);
}

std::optional<double> Reach(const DepartmentFacts& department) {
  return PercentOf(department.all.devices, department.size());
}

ShownTurns TurnsOf(const DepartmentFacts& department) {
  ShownTurns turns;
  for (const ServiceFacts& service : department.services) {
    const uint64_t count = service.now.turns.value_or(0);
    turns.all += count;
    if (!service.sanctioned) turns.unsanctioned += count;
  }
  return turns;
}

std::string Listed(const std::vector<std::string>& names, Language language, size_t most) {
  const bool chinese = language == Language::kChinese;
  const size_t count = std::min(names.size(), most);
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) text += chinese ? "、" : i + 1 == count ? " and " : ", ";
    text += names[i];
  }
  return text;
}

std::string MonthBefore(const Month& month, size_t back) {
  const int months = month.year * 12 + month.month - 1 - static_cast<int>(back);
  return Month{months / 12, months % 12 + 1}.ToString();
}

std::string NameOf(const DepartmentFacts& department) {
  return department.name.empty() ? department.code : department.name;
}

}  // namespace gnomon::value
