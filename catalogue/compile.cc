#include "catalogue/compile.h"

#include <algorithm>
#include <map>

#include "catalogue/table.h"

namespace gnomon::catalogue {
namespace {

// Ids and suffixes that are there twice, with both places.
void FindRepeats(const RuleSet& rules, std::vector<std::string>* errors) {
  std::map<std::string_view, const ServiceRule*> ids;
  std::map<std::string_view, std::pair<const ServiceRule*, const HostRule*>> suffixes;
  for (const ServiceRule& rule : rules.services) {
    if (errors->size() > kMaxErrors) return;
    const std::string& id = rule.service.id();
    if (const auto [first, fresh] = ids.emplace(id, &rule); !fresh) {
      errors->push_back(rule.where + ": " + id + ": id: is also at " + first->second->where);
    }
    for (const HostRule& host : rule.hosts) {
      const auto [first, fresh] = suffixes.emplace(host.host.suffix(), std::pair(&rule, &host));
      if (fresh) continue;
      errors->push_back(host.where + ": " + id + ": hosts: " + host.host.suffix() +
                        " is also listed under " + first->second.first->service.id() + " at " +
                        first->second.second->where);
    }
  }
}

std::string Lines(std::vector<std::string> errors) {
  if (errors.size() > kMaxErrors) {
    errors.resize(kMaxErrors);
    errors.push_back("and more");
  }
  std::string text;
  for (const std::string& error : errors) text += (text.empty() ? "" : "\n") + error;
  return text;
}

}  // namespace

Result<v1::Catalogue> Compile(const RuleSet& rules) {
  std::vector<std::string> errors = rules.errors;
  FindRepeats(rules, &errors);
  if (!errors.empty()) return InvalidArgument(Lines(std::move(errors)));

  std::vector<const ServiceRule*> sorted;
  for (const ServiceRule& rule : rules.services) sorted.push_back(&rule);
  std::sort(sorted.begin(), sorted.end(), [](const ServiceRule* a, const ServiceRule* b) {
    return a->service.id() < b->service.id();
  });
  v1::Catalogue catalogue;
  catalogue.set_version(rules.version);
  for (const ServiceRule* rule : sorted) {
    v1::Service& service = *catalogue.add_services();
    service = rule->service;
    for (const HostRule& host : rule->hosts) *service.add_hosts() = host.host;
    std::sort(service.mutable_hosts()->begin(), service.mutable_hosts()->end(),
              [](const v1::Host& a, const v1::Host& b) { return a.suffix() < b.suffix(); });
    catalogue.set_built(std::max(catalogue.built(), service.checked()));
  }
  // What is written must load: the table has the last word on every bound.
  GNOMON_RETURN_IF_ERROR(Table::Build(catalogue).status());
  return catalogue;
}

Result<v1::Catalogue> CompileFolder(const std::filesystem::path& folder) {
  return Compile(ReadRules(folder));
}

}  // namespace gnomon::catalogue
