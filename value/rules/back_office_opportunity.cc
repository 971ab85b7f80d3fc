#include <cmath>

#include "value/rules/measures.h"
#include "value/rules/rule.h"

namespace gnomon::value {
namespace {

std::vector<Found> Find(const Facts& facts, const Rulebook& book, Language) {
  const Rule& rule = book.rule(kBackOfficeOpportunity.id);
  std::vector<Found> found;
  for (const DepartmentFacts& department : facts.departments) {
    if (department.function != v1::FUNCTION_BACK_OFFICE) continue;
    const FinanceFacts& finance = department.finance;
    const uint64_t spend = finance.outsourcing.value_or(0) + finance.agency.value_or(0);
    const auto reach = Reach(department);
    const Use& all = department.all;
    if (spend == 0 || !reach || !all.turns || all.device_days.value_or(0) == 0) continue;
    const double depth = static_cast<double>(*all.turns) / static_cast<double>(*all.device_days);
    if (*reach < rule.at("reach_percent") || depth < rule.at("turns_a_day")) continue;
    Found each{department.code, "", static_cast<double>(spend), {}, {}};
    each.figures["department"] = Text(NameOf(department));
    each.figures["spend"] = Money(static_cast<double>(spend), facts.currency);
    each.figures["devices"] = Count(*all.devices);
    each.figures["reach"] = Share(*reach);
    each.figures["depth"] = Estimate(static_cast<uint64_t>(std::llround(depth)));
    found.push_back(std::move(each));
  }
  return found;
}

}  // namespace

const RuleCode kBackOfficeOpportunity = {"back-office-opportunity",
                                         {"reach_percent", "turns_a_day"},
                                         {"department", "spend", "devices", "reach", "depth"},
                                         Find};

}  // namespace gnomon::value
