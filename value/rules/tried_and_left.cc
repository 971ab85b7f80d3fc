#include <algorithm>

#include "value/rules/measures.h"
#include "value/rules/rule.h"

namespace gnomon::value {
namespace {

std::vector<Found> Find(const Facts& facts, const Rulebook& book, Language) {
  const Rule& rule = book.rule(kTriedAndLeft.id);
  std::vector<Found> found;
  for (const DepartmentFacts& department : facts.departments) {
    for (const ServiceFacts& service : department.services) {
      if (!service.now.devices) continue;
      size_t peak = 0;  // months back
      uint64_t most = *service.now.devices;
      const size_t months = std::min<size_t>(service.before.size(), rule.at("months"));
      for (size_t back = 1; back <= months; ++back) {
        const Number devices = service.before[back - 1].devices;
        if (devices && *devices > most) {
          most = *devices;
          peak = back;
        }
      }
      if (peak == 0) continue;
      const uint64_t left = most - *service.now.devices;
      const double gone = *PercentOf(left, most);
      if (gone < rule.at("left_percent")) continue;
      Found each{department.code, service.id, static_cast<double>(left), {}, {}};
      each.figures["department"] = Text(NameOf(department));
      each.figures["service"] = Text(service.name);
      each.figures["peak"] = Count(most);
      each.figures["peak_month"] = Text(MonthBefore(facts.month, peak));
      each.figures["devices"] = Count(*service.now.devices);
      each.figures["gone"] = Share(gone);
      found.push_back(std::move(each));
    }
  }
  return found;
}

}  // namespace

const RuleCode kTriedAndLeft = {"tried-and-left",
                                {"left_percent", "months"},
                                {"department", "service", "peak", "peak_month", "devices", "gone"},
                                Find};

}  // namespace gnomon::value
