#include <map>

#include "value/rules/measures.h"
#include "value/rules/rule.h"

namespace gnomon::value {
namespace {

struct Part {
  std::string code;
  std::string name;
  uint64_t minutes = 0;
  uint64_t budget = 0;
  size_t departments = 1;
};

const char* FunctionName(v1::Function function, Language language) {
  const bool chinese = language == Language::kChinese;
  switch (function) {
    case v1::FUNCTION_FRONT_OFFICE:
      return chinese ? "前台职能" : "The front office";
    case v1::FUNCTION_BACK_OFFICE:
      return chinese ? "后台职能" : "The back office";
    default:
      return chinese ? "产品职能" : "Product";
  }
}

// Parts of one whole, each with a share of minutes and of the budget.
void Compare(const std::vector<Part>& parts, uint32_t gap, const std::string& currency,
             std::vector<Found>& found) {
  uint64_t minutes = 0, budget = 0;
  for (const Part& part : parts) {
    minutes += part.minutes;
    budget += part.budget;
  }
  if (parts.size() < 2 || minutes == 0 || budget == 0) return;
  for (const Part& part : parts) {
    const double use = *PercentOf(part.minutes, minutes);
    const double money = *PercentOf(part.budget, budget);
    if (use - money < gap) continue;
    if (part.code.empty() && part.departments < 2) continue;  // its department says it already
    Found each{part.code, "", use - money, {}, {}};
    each.figures["department"] = Text(part.name);
    each.figures["use_share"] = Share(use);
    each.figures["budget_share"] = Share(money);
    each.figures["minutes"] = Estimate(part.minutes);
    each.figures["budget"] = Money(static_cast<double>(part.budget), currency);
    found.push_back(std::move(each));
  }
}

std::vector<Found> Find(const Facts& facts, const Rulebook& book, Language language) {
  const uint32_t gap = book.rule(kBudgetDoesNotFollow.id).at("gap_points");
  std::vector<Part> departments;
  std::map<v1::Function, Part> functions;
  std::map<v1::Function, size_t> sizes;
  for (const DepartmentFacts& department : facts.departments) {
    if (!department.all.active_minutes || !department.finance.ai_budget) continue;
    const Part part{department.code, NameOf(department), *department.all.active_minutes,
                    *department.finance.ai_budget};
    departments.push_back(part);
    if (department.function == v1::FUNCTION_UNSPECIFIED) continue;
    Part& function = functions[department.function];
    function.name = FunctionName(department.function, language);
    function.minutes += part.minutes;
    function.budget += part.budget;
    function.departments = sizes[department.function] += 1;
  }
  std::vector<Found> found;
  std::vector<Part> parts;
  for (const auto& [function, part] : functions) parts.push_back(part);
  Compare(parts, gap, facts.currency, found);
  Compare(departments, gap, facts.currency, found);
  return found;
}

}  // namespace

const RuleCode kBudgetDoesNotFollow = {
    "budget-does-not-follow",
    {"gap_points"},
    {"department", "use_share", "budget_share", "minutes", "budget"},
    Find};

}  // namespace gnomon::value
