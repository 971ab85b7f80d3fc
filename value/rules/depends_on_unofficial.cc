#include <algorithm>
#include <cmath>

#include "value/rules/measures.h"
#include "value/rules/rule.h"

namespace gnomon::value {
namespace {

// Names of the services nobody chose, those with the most turns first.
std::vector<std::string> Unofficial(const DepartmentFacts& department) {
  std::vector<const ServiceFacts*> services;
  for (const ServiceFacts& service : department.services) {
    if (!service.sanctioned && service.now.turns.value_or(0) > 0) services.push_back(&service);
  }
  std::stable_sort(services.begin(), services.end(),
                   [](const auto* a, const auto* b) { return *a->now.turns > *b->now.turns; });
  std::vector<std::string> names;
  for (const ServiceFacts* service : services) names.push_back(service->name);
  return names;
}

std::vector<Found> Find(const Facts& facts, const Rulebook& book, Language language) {
  const Rule& rule = book.rule(kDependsOnUnofficial.id);
  std::vector<Found> found;
  for (const DepartmentFacts& department : facts.departments) {
    const auto reach = Reach(department);
    const auto days = DaysEach(department.all);
    const ShownTurns turns = TurnsOf(department);
    const auto unofficial = PercentOf(turns.unsanctioned, turns.all);
    if (!reach || !days || !unofficial) continue;
    if (*reach < rule.at("reach_percent") || *days < rule.at("days_each") ||
        *unofficial < rule.at("unofficial_percent")) {
      continue;
    }
    Found each{department.code, "", static_cast<double>(turns.unsanctioned), {}, {}};
    each.figures["department"] = Text(NameOf(department));
    each.figures["devices"] = Count(*department.all.devices);
    each.figures["reach"] = Share(*reach);
    each.figures["days"] = Count(static_cast<uint64_t>(std::llround(*days)));
    if (department.all.turns) each.figures["turns"] = Estimate(*department.all.turns);
    each.figures["unofficial"] = Share(*unofficial);
    each.figures["services"] = Text(Listed(Unofficial(department), language));
    found.push_back(std::move(each));
  }
  return found;
}

}  // namespace

const RuleCode kDependsOnUnofficial = {
    "depends-on-unofficial",
    {"reach_percent", "days_each", "unofficial_percent"},
    {"department", "devices", "reach", "days", "turns", "unofficial", "services"},
    Find};

}  // namespace gnomon::value
