#include "catalogue/explain.h"

#include <algorithm>
#include <vector>

#include "catalogue/names.h"
#include "catalogue/spelling.h"
#include "catalogue/validate.h"

namespace gnomon::catalogue {
namespace {

// The last `labels` labels of `name`, or all of it.
std::string_view LastLabels(std::string_view name, size_t labels) {
  size_t at = name.size();
  while (labels > 0) {
    const size_t dot = name.rfind('.', at == 0 ? 0 : at - 1);
    if (dot == std::string_view::npos || at == 0) return name;
    at = dot;
    --labels;
  }
  return name.substr(at + 1);
}

size_t CountLabels(std::string_view name) {
  return 1 + static_cast<size_t>(std::count(name.begin(), name.end(), '.'));
}

bool EndsAtLabel(std::string_view host, std::string_view suffix) {
  return host == suffix || (host.size() > suffix.size() && host.ends_with(suffix) &&
                            host[host.size() - suffix.size() - 1] == '.');
}

// "openai.com" of "api.openai.com". Of a name under a registry such as co.uk it would be the
// registry, whose labels are short: nothing then.
std::string_view RegisteredName(std::string_view suffix) {
  const std::string_view name = LastLabels(suffix, 2);
  return name.find('.') > 3 ? name : std::string_view();
}

bool LooksLike(std::string_view host, std::string_view name) {
  const std::string_view tail = LastLabels(host, CountLabels(name));
  // Two edits in a name of five bytes would make everything look alike.
  const size_t allowed = name.size() >= 10 ? 2 : 1;
  const size_t difference = std::max(tail.size(), name.size()) - std::min(tail.size(), name.size());
  return difference <= allowed && EditDistance(tail, name) <= allowed;
}

bool ReadsLike(std::string_view host, std::string_view name) {
  const std::string_view tail = LastLabels(host, CountLabels(name));
  return tail != name && Skeleton(tail) == Skeleton(name);
}

NearMiss Compare(std::string_view host, const v1::Host& rule, ServiceIndex service) {
  using Kind = NearMiss::Kind;
  const std::string_view suffix = rule.suffix();
  const std::string_view registered = RegisteredName(suffix);
  const auto miss = [&](Kind kind, std::string_view name) {
    return NearMiss{kind, name, suffix, service};
  };
  if (rule.exact() && EndsAtLabel(host, suffix)) return miss(Kind::kExact, suffix);
  if (host.find(suffix) != std::string_view::npos) return miss(Kind::kInside, suffix);
  if (!registered.empty()) {
    if (EndsAtLabel(host, registered)) return miss(Kind::kRelative, registered);
    if (host.find(registered) != std::string_view::npos) return miss(Kind::kInside, registered);
  }
  if (ReadsLike(host, suffix)) return miss(Kind::kHomograph, suffix);
  if (!registered.empty() && ReadsLike(host, registered)) return miss(Kind::kHomograph, registered);
  if (LooksLike(host, suffix)) return miss(Kind::kSpelling, suffix);
  if (!registered.empty() && LooksLike(host, registered)) return miss(Kind::kSpelling, registered);
  return {};
}

}  // namespace

NearMiss FindNearMiss(const Table& table, std::string_view host) {
  NearMiss best;
  size_t best_distance = 0;
  if (host.size() > kMaxHostLength) return best;
  for (size_t i = 0; i < table.service_count(); ++i) {
    const auto index = static_cast<ServiceIndex>(i);
    for (const v1::Host& rule : table.service(index).hosts()) {
      const NearMiss miss = Compare(host, rule, index);
      if (miss.kind == NearMiss::Kind::kNone || miss.kind < best.kind) continue;
      const size_t distance = EditDistance(host, rule.suffix());
      if (miss.kind == best.kind && distance >= best_distance) continue;
      best = miss;
      best_distance = distance;
    }
  }
  return best;
}

std::string Explain(const Table& table, std::string_view host) {
  if (const Match match = table.Find(host)) {
    return "rule " + std::string(match.suffix) + ", role " + std::string(RoleName(match.role)) +
           (match.embedded ? ", embedded: presence alone is no use" : "");
  }
  const NearMiss near = FindNearMiss(table, host);
  if (near.kind == NearMiss::Kind::kNone) return "no service: nothing in the catalogue is near";
  const std::string id = table.service(near.service).id();
  const std::string rule = std::string(near.suffix) + " (" + id + ")";
  const std::string name = near.name == near.suffix ? rule : std::string(near.name) + " of " + rule;
  switch (near.kind) {
    case NearMiss::Kind::kExact:
      return "no service: " + rule + " is listed for that host only";
    case NearMiss::Kind::kInside:
      return "no service: holds " + name + ", but does not end with it after a dot";
    case NearMiss::Kind::kRelative:
      return "no service: " + std::string(near.name) +
             " is not listed as a whole; the nearest rule is " + rule;
    case NearMiss::Kind::kHomograph:
      return "no service: reads the same as " + name + ", but is another name";
    default:
      return "no service: looks like " + name + ", but is another name";
  }
}

}  // namespace gnomon::catalogue
