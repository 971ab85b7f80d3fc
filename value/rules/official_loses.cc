#include "value/rules/measures.h"
#include "value/rules/rule.h"

namespace gnomon::value {
namespace {

// Whether one could stand for the other: those that answer questions and write, or those that code.
bool SameKind(v1::Category a, v1::Category b) {
  const auto kind = [](v1::Category category) {
    switch (category) {
      case v1::CATEGORY_CHAT:
      case v1::CATEGORY_SEARCH:
      case v1::CATEGORY_WRITING:
      case v1::CATEGORY_OFFICE:
        return v1::CATEGORY_CHAT;
      default:
        return category;
    }
  };
  return kind(a) == kind(b);
}

// The one that is used most among those that could stand for `official`.
const ServiceFacts* Rival(const DepartmentFacts& department, const ServiceFacts& official) {
  const ServiceFacts* rival = nullptr;
  for (const ServiceFacts& service : department.services) {
    if (service.sanctioned || !service.now.devices) continue;
    if (!SameKind(service.category, official.category)) continue;
    if (rival == nullptr || *service.now.devices > *rival->now.devices) rival = &service;
  }
  return rival;
}

std::vector<Found> Find(const Facts& facts, const Rulebook& book, Language) {
  const Rule& rule = book.rule(kOfficialLoses.id);
  std::vector<Found> found;
  const auto look = [&](const DepartmentFacts& department) {
    for (const ServiceFacts& official : department.services) {
      if (!official.sanctioned || official.seats == 0) continue;
      // A hidden number stays one: idle seats are only named where the use that is left is shown.
      const auto used = PercentOf(official.now.devices, official.seats);
      if (!used || *used >= rule.at("used_percent")) continue;
      const ServiceFacts* rival = Rival(department, official);
      if (rival == nullptr) continue;
      const auto against = PercentOf(rival->now.devices, official.now.devices);
      if (!against || *against < rule.at("rival_percent")) continue;
      const uint64_t idle = official.seats - *official.now.devices;
      Found each{department.code, official.id, static_cast<double>(idle), {}, {}};
      each.figures["department"] = Text(NameOf(department));
      each.figures["official"] = Text(official.name);
      each.figures["seats"] = Count(official.seats);
      each.figures["devices"] = Count(*official.now.devices);
      each.figures["used"] = Share(*used);
      each.figures["rival"] = Text(rival->name);
      each.figures["rival_devices"] = Count(*rival->now.devices);
      if (official.price) {
        each.figures["cost_idle"] =
            Money(static_cast<double>(idle) * static_cast<double>(official.price->hundredths) / 100,
                  official.price->currency);
      }
      found.push_back(std::move(each));
    }
  };
  for (const DepartmentFacts& department : facts.departments) look(department);
  look(facts.organisation);
  return found;
}

}  // namespace

const RuleCode kOfficialLoses = {
    "official-loses",
    {"used_percent", "rival_percent"},
    {"department", "official", "seats", "devices", "used", "rival", "rival_devices", "cost_idle"},
    Find};

}  // namespace gnomon::value
