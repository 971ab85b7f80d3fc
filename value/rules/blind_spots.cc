#include "value/rules/measures.h"
#include "value/rules/rule.h"

namespace gnomon::value {
namespace {

std::vector<Found> Find(const Facts& facts, const Rulebook& book, Language) {
  const Rule& rule = book.rule(kBlindSpots.id);
  uint64_t heads = 0, agents = 0, hidden = 0;
  for (const DepartmentFacts& department : facts.departments) {
    if (!department.all.devices) ++hidden;
    if (!department.heads) continue;
    heads += *department.heads;
    agents += department.enrolled;
  }
  Found found;
  const auto enrolled = PercentOf(agents, heads);
  if (enrolled && *enrolled < rule.at("enrolled_percent")) {
    found.figures["heads"] = Count(heads);
    found.figures["agents"] = Count(agents);
    found.figures["enrolled"] = Share(*enrolled);
  }
  const CoverageFacts& coverage = facts.coverage;
  const auto vpn = PercentOf(coverage.vpn, coverage.reporting);
  const auto dns = PercentOf(coverage.encrypted_dns, coverage.reporting);
  if (vpn && *vpn >= rule.at("vpn_percent")) found.figures["vpn"] = Share(*vpn);
  if (dns && *dns >= rule.at("dns_percent")) found.figures["dns"] = Share(*dns);
  if (found.figures.empty()) return {};
  if (hidden > 0) found.figures["hidden_departments"] = Count(hidden);
  return {std::move(found)};
}

}  // namespace

const RuleCode kBlindSpots = {"blind-spots",
                              {"enrolled_percent", "vpn_percent", "dns_percent"},
                              {"enrolled", "heads", "agents", "vpn", "dns", "hidden_departments"},
                              Find};

}  // namespace gnomon::value
