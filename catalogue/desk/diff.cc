#include "catalogue/desk/diff.h"

#include <map>

#include "catalogue/facts.h"
#include "catalogue/names.h"

namespace gnomon::catalogue {
namespace {

using Kind = Change::Kind;

struct KindName {
  Kind kind;
  const char* key;    // in JSON
  const char* words;  // in text, and of the sums
};
constexpr KindName kKinds[] = {
    {Kind::kServiceAdded, "service_added", "service added"},
    {Kind::kServiceRemoved, "service_removed", "service removed"},
    {Kind::kServiceChanged, "service_changed", "service changed"},
    {Kind::kHostAdded, "host_added", "host added"},
    {Kind::kHostRemoved, "host_removed", "host removed"},
    {Kind::kHostMoved, "host_moved", "host moved"},
    {Kind::kHostChanged, "host_changed", "host changed"},
};

const KindName& NameOf(Kind kind) {
  return kKinds[static_cast<size_t>(kind)];
}

struct Place {
  const v1::Service* service;
  const v1::Host* host;
};

std::map<std::string, const v1::Service*> ById(const v1::Catalogue& catalogue) {
  std::map<std::string, const v1::Service*> services;
  for (const v1::Service& service : catalogue.services()) services[service.id()] = &service;
  return services;
}

std::map<std::string, Place> ByHost(const v1::Catalogue& catalogue) {
  std::map<std::string, Place> hosts;
  for (const v1::Service& service : catalogue.services()) {
    for (const v1::Host& host : service.hosts()) hosts[host.suffix()] = {&service, &host};
  }
  return hosts;
}

std::string ServiceText(const v1::Service& service) {
  return service.name() + " of " + service.vendor() + ", " +
         std::string(CategoryName(service.category()));
}

// "use, exact, embedded"
std::string HostText(const v1::Host& host) {
  return std::string(RoleName(host.role())) + (host.exact() ? ", exact" : "") +
         (host.embedded() ? ", embedded" : "");
}

std::string PlanText(const v1::Service& service) {
  if (!service.has_enterprise_plan()) return "";
  return service.enterprise_plan() ? "yes" : "no";
}

void CompareServices(const v1::Service& before, const v1::Service& after,
                     std::vector<Change>* changes) {
  const auto compare = [&](const char* field, const std::string& was, const std::string& is) {
    if (was != is) changes->push_back({Kind::kServiceChanged, after.id(), field, was, is});
  };
  compare("name", before.name(), after.name());
  compare("vendor", before.vendor(), after.vendor());
  compare("category", std::string(CategoryName(before.category())),
          std::string(CategoryName(after.category())));
  compare("surface", std::string(SurfaceName(before.surface())),
          std::string(SurfaceName(after.surface())));
  compare("country", before.country(), after.country());
  compare("enterprise_plan", PlanText(before), PlanText(after));
  compare("list_price", PriceText(before), PriceText(after));
}

void DiffServices(const v1::Catalogue& before, const v1::Catalogue& after,
                  std::vector<Change>* changes) {
  const auto was = ById(before), is = ById(after);
  for (const auto& [id, service] : is) {
    if (const auto old = was.find(id); old != was.end()) {
      CompareServices(*old->second, *service, changes);
    } else {
      changes->push_back({Kind::kServiceAdded, id, "", "", ServiceText(*service)});
    }
  }
  for (const auto& [id, service] : was) {
    if (!is.contains(id)) {
      changes->push_back({Kind::kServiceRemoved, id, "", ServiceText(*service), ""});
    }
  }
}

void DiffHosts(const v1::Catalogue& before, const v1::Catalogue& after,
               std::vector<Change>* changes) {
  const auto was = ByHost(before), is = ByHost(after);
  for (const auto& [suffix, place] : is) {
    const auto old = was.find(suffix);
    const std::string& id = place.service->id();
    const std::string text = HostText(*place.host);
    if (old == was.end()) {
      changes->push_back({Kind::kHostAdded, id, suffix, "", text});
    } else if (old->second.service->id() != id) {
      changes->push_back({Kind::kHostMoved, id, suffix, old->second.service->id(), id});
    } else if (HostText(*old->second.host) != text) {
      changes->push_back({Kind::kHostChanged, id, suffix, HostText(*old->second.host), text});
    }
  }
  for (const auto& [suffix, place] : was) {
    if (!is.contains(suffix)) {
      changes->push_back(
          {Kind::kHostRemoved, place.service->id(), suffix, HostText(*place.host), ""});
    }
  }
}

std::string Words(const Change& change) {
  const auto or_none = [](const std::string& text) { return text.empty() ? "none" : text; };
  switch (change.kind) {
    case Kind::kServiceAdded:
      return change.service + ": " + change.after;
    case Kind::kServiceRemoved:
      return change.service + ": " + change.before;
    case Kind::kServiceChanged:
      return change.service + ": " + change.what + " " + or_none(change.before) + " -> " +
             or_none(change.after);
    case Kind::kHostAdded:
      return change.what + ": " + change.service + " (" + change.after + ")";
    case Kind::kHostRemoved:
      return change.what + ": " + change.service + " (" + change.before + ")";
    case Kind::kHostMoved:
      return change.what + ": " + change.before + " -> " + change.after;
    case Kind::kHostChanged:
      return change.what + ": " + change.service + " (" + change.before + " -> " + change.after +
             ")";
  }
  return {};
}

}  // namespace

std::vector<Change> Diff(const v1::Catalogue& before, const v1::Catalogue& after) {
  std::vector<Change> changes;
  DiffServices(before, after, &changes);
  DiffHosts(before, after, &changes);
  return changes;
}

std::string DiffText(const std::vector<Change>& changes) {
  constexpr size_t kWidth = std::string_view("service removed").size() + 2;
  std::string text, sums;
  for (const KindName& kind : kKinds) {
    size_t count = 0;
    for (const Change& change : changes) {
      if (change.kind != kind.kind) continue;
      ++count;
      std::string line = kind.words;
      line.append(kWidth - line.size(), ' ');
      text += line + Words(change) + "\n";
    }
    if (count == 0) continue;
    // "2 services added"
    std::string words = kind.words;
    if (count > 1) words.insert(words.find(' '), "s");
    sums += (sums.empty() ? "" : ", ") + std::to_string(count) + " " + words;
  }
  return text + (sums.empty() ? "no difference" : sums) + "\n";
}

nlohmann::json DiffJson(const v1::Catalogue& before, const v1::Catalogue& after) {
  nlohmann::json list = nlohmann::json::array();
  for (const Change& change : Diff(before, after)) {
    list.push_back({{"kind", NameOf(change.kind).key},
                    {"service", change.service},
                    {"what", change.what},
                    {"before", change.before},
                    {"after", change.after}});
  }
  return {{"from", before.version()}, {"to", after.version()}, {"changes", list}};
}

}  // namespace gnomon::catalogue
