#include <map>

#include "value/rules/measures.h"
#include "value/rules/rule.h"

namespace gnomon::value {
namespace {

struct Vendor {
  uint64_t turns = 0;
  double long_days = 0;  // days of use on laptops that have used it for long
  double days = 0;       // of services of which that share is known
  std::vector<std::string> services;
};

std::vector<Found> Find(const Facts& facts, const Rulebook& book, Language language) {
  const Rule& rule = book.rule(kLockIn.id);
  std::vector<Found> found;
  const auto look = [&](const DepartmentFacts& department) {
    std::map<std::string, Vendor> vendors;
    for (const ServiceFacts& service : department.services) {
      if (!service.now.turns || service.vendor.empty()) continue;
      // A model on the laptop locks nobody in.
      if (service.surface == v1::SURFACE_LOCAL_MODEL) continue;
      Vendor& vendor = vendors[service.vendor];
      vendor.turns += *service.now.turns;
      vendor.services.push_back(service.name);
      if (!service.long_tenure_percent || !service.now.device_days) continue;
      const double days = static_cast<double>(*service.now.device_days);
      vendor.days += days;
      vendor.long_days += days * *service.long_tenure_percent / 100;
    }
    const uint64_t all = TurnsOf(department).all;
    for (const auto& [name, vendor] : vendors) {
      const auto share = PercentOf(vendor.turns, all);
      if (!share || *share < rule.at("vendor_percent") || vendor.days == 0) continue;
      const double tenure = 100 * vendor.long_days / vendor.days;
      if (tenure < rule.at("tenure_percent")) continue;
      Found each{department.code, "", static_cast<double>(vendor.turns), {}, {}};
      each.figures["department"] = Text(NameOf(department));
      each.figures["vendor"] = Text(name);
      each.figures["share"] = Share(*share);
      each.figures["tenure"] = Share(tenure);
      each.figures["services"] = Text(Listed(vendor.services, language));
      found.push_back(std::move(each));
    }
  };
  look(facts.organisation);
  for (const DepartmentFacts& department : facts.departments) look(department);
  return found;
}

}  // namespace

const RuleCode kLockIn = {"lock-in",
                          {"vendor_percent", "tenure_percent"},
                          {"department", "vendor", "share", "tenure", "services"},
                          Find};

}  // namespace gnomon::value
