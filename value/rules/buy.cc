#include <cmath>

#include "value/rules/measures.h"
#include "value/rules/rule.h"

namespace gnomon::value {
namespace {

std::string In(Language language, const char* english, const char* chinese) {
  return language == Language::kChinese ? chinese : english;
}

// Time saved by all users of the service in the department, from published effects.
void AddTime(const ServiceFacts& service, const Effect& effect, Found& found) {
  const double hours = static_cast<double>(*service.now.active_minutes) / 60;
  found.figures["hours"] =
      Range(hours * effect.low, hours * effect.mid, hours * effect.high, "hours");
  found.sources = effect.sources;
}

// Whether a seat pays in the low case; only where finance and the list speak of one currency.
void AddBreakEven(const DepartmentFacts& department, const ServiceFacts& service,
                  const Effect& effect, Language language, Found& found) {
  const double price = static_cast<double>(service.price->hundredths) / 100;
  const double needed = price / (*department.finance.hourly_cost / 60);
  const double minutes_each =
      static_cast<double>(*service.now.active_minutes) / static_cast<double>(*service.now.devices);
  const double low = minutes_each * effect.low;
  if (low <= 0) {
    found.figures["trial"] =
        Text(In(language,
                "In the low case of the studies no time is saved at all: try it with a part of the "
                "department before buying for all of it.",
                "按研究的低情形并不节省时间：请先在部分人员中试用，再决定是否全面采购。"));
    return;
  }
  found.figures["break_even"] = Count(static_cast<uint64_t>(std::ceil(needed)));
  found.figures["low_minutes"] = Count(static_cast<uint64_t>(low));
  found.figures["pays"] =
      Text(low >= needed ? In(language, "It pays.", "可以回本。")
                         : In(language, "That is not enough: the low case does not carry it.",
                              "尚不足以回本：低情形无法支撑。"));
}

void AddMoney(const Facts& facts, const DepartmentFacts& department, const ServiceFacts& service,
              const Effect* effect, Language language, Found& found) {
  const ListPrice& price = *service.price;
  const double seats = static_cast<double>(*service.now.habit_devices);
  const double amount = static_cast<double>(price.hundredths) / 100;
  found.figures["plan"] = Text(price.plan);
  found.figures["price"] = Money(amount, price.currency);
  found.figures["cost"] = Money(amount * seats, price.currency);
  if (effect == nullptr || !service.now.active_minutes || !department.finance.hourly_cost) return;
  if (price.currency == facts.currency) {
    AddBreakEven(department, service, *effect, language, found);
    return;
  }
  found.figures["currencies"] =
      Text(In(language, "List price and hourly cost are in different currencies: no break-even.",
              "标价与小时成本币种不同：不计算回本点。"));
}

std::vector<Found> Find(const Facts& facts, const Rulebook& book, Language language) {
  const Rule& rule = book.rule(kBuy.id);
  std::vector<Found> found;
  for (const DepartmentFacts& department : facts.departments) {
    for (const ServiceFacts& service : department.services) {
      // What runs on the laptop itself has no seats.
      if (service.sanctioned || service.surface == v1::SURFACE_LOCAL_MODEL) continue;
      const auto days = DaysEach(service.now);
      if (!days || *days < rule.at("days_each")) continue;
      if (service.now.habit_devices.value_or(0) < rule.at("seats_least")) continue;
      Found each{
          department.code, service.id, static_cast<double>(*service.now.habit_devices), {}, {}};
      each.figures["department"] = Text(NameOf(department));
      each.figures["service"] = Text(service.name);
      each.figures["seats"] = Count(*service.now.habit_devices);
      each.figures["days"] = Count(static_cast<uint64_t>(std::llround(*days)));
      const Effect* effect = book.effect(service.category);
      if (service.now.turns) each.figures["turns"] = Estimate(*service.now.turns);
      if (effect != nullptr && service.now.active_minutes) AddTime(service, *effect, each);
      if (service.price) AddMoney(facts, department, service, effect, language, each);
      found.push_back(std::move(each));
    }
  }
  return found;
}

}  // namespace

const RuleCode kBuy = {"buy",
                       {"seats_least", "days_each"},
                       {"department", "service", "seats", "days", "turns", "plan", "price", "cost",
                        "break_even", "low_minutes", "pays", "hours", "trial", "currencies"},
                       Find};

}  // namespace gnomon::value
