#include "value/rules/measures.h"
#include "value/rules/rule.h"

namespace gnomon::value {
namespace {

// Whether the laptops never became fewer from `months` ago until now, all of them shown.
bool NeverFell(const ServiceFacts& service, size_t months) {
  if (!service.now.devices || service.before.size() < months) return false;
  uint64_t later = *service.now.devices;
  for (size_t back = 1; back <= months; ++back) {
    const Number devices = service.before[back - 1].devices;
    if (!devices || *devices > later) return false;
    later = *devices;
  }
  return true;
}

std::vector<Found> Find(const Facts& facts, const Rulebook& book, Language) {
  const Rule& rule = book.rule(kGrowing.id);
  const size_t months = rule.at("months");
  std::vector<Found> found;
  for (const DepartmentFacts& department : facts.departments) {
    for (const ServiceFacts& service : department.services) {
      if (!NeverFell(service, months)) continue;
      const uint64_t earlier = *service.before[months - 1].devices;
      const uint64_t more = *service.now.devices - earlier;
      const auto growth = PercentOf(more, earlier);
      if (!growth || *growth < rule.at("growth_percent")) continue;
      Found each{department.code, service.id, static_cast<double>(more), {}, {}};
      each.figures["department"] = Text(NameOf(department));
      each.figures["service"] = Text(service.name);
      each.figures["devices"] = Count(*service.now.devices);
      each.figures["earlier"] = Count(earlier);
      each.figures["earlier_month"] = Text(MonthBefore(facts.month, months));
      each.figures["growth"] = Text(std::to_string(static_cast<uint64_t>(*growth + 0.5)) + " %");
      found.push_back(std::move(each));
    }
  }
  return found;
}

}  // namespace

const RuleCode kGrowing = {
    "growing",
    {"growth_percent", "months"},
    {"department", "service", "devices", "earlier", "earlier_month", "growth"},
    Find};

}  // namespace gnomon::value
