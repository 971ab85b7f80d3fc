#include "catalogue/desk/lint.h"

#include <algorithm>
#include <map>

#include "catalogue/desk/look_alike.h"
#include "catalogue/desk/public_suffix.h"
#include "catalogue/desk/shared.h"
#include "catalogue/names.h"

namespace gnomon::catalogue {
namespace {

class Linter {
 public:
  Linter(const RuleSet& rules, int32_t today) : rules_(rules), today_(today) {
    for (const ServiceRule& rule : rules_.services) {
      for (const HostRule& host : rule.hosts) owners_.emplace(host.host.suffix(), &rule);
    }
  }

  std::vector<Finding> Run() {
    for (const std::string& error : rules_.errors) findings_.push_back({"invalid", "", "", error});
    for (const ServiceRule& rule : rules_.services) {
      CheckFacts(rule);
      for (const HostRule& host : rule.hosts) CheckHost(rule, host);
    }
    return std::move(findings_);
  }

 private:
  void Find(const char* kind, const std::string& where, const char* field, const ServiceRule& rule,
            const std::string& what) {
    findings_.push_back({kind, where, field, rule.service.id() + ": " + what});
  }

  // At the line of the key where it is written, else at the service's.
  void FindAt(const char* kind, const char* field, const ServiceRule& rule,
              const std::string& what) {
    const auto place = rule.places.find(field);
    Find(kind, place == rule.places.end() ? rule.where : place->second, field, rule, what);
  }

  void CheckFacts(const ServiceRule& rule) {
    if (const auto [first, fresh] = ids_.emplace(rule.service.id(), &rule); !fresh) {
      FindAt("duplicate", "id", rule, "this id is also at " + first->second->where);
    }
    if (rule.service.sources().empty()) FindAt("sources", "sources", rule, "no source is given");
    if (rule.service.turns().prompt_from() > 0 && rule.service.surface() != v1::SURFACE_WEB &&
        rule.service.surface() != v1::SURFACE_DESKTOP_APP) {
      FindAt("turns", "turns", rule,
             "prompt_from has no effect: programs send one request at a time");
    }
    if (rule.service.country().empty()) {
      FindAt("country", "country", rule,
             "the country of " + rule.service.vendor() +
                 " is not given (ZZ where the vendor does not say)");
    }
    CheckDate(rule, "checked", "last checked", rule.service.checked());
    if (rule.service.has_list_price()) {
      CheckDate(rule, "list_price", "price read", rule.service.list_price().date());
    }
  }

  void CheckDate(const ServiceRule& rule, const char* field, const std::string& what,
                 int32_t date) {
    const int32_t age = today_ - date;
    if (age > kStaleDays) {
      FindAt("stale", field, rule,
             what + " on " + DateText(date) + ", " + std::to_string(age) + " days ago");
    } else if (age < -1) {  // a day of grace for time zones
      FindAt("future", field, rule, what + " on " + DateText(date));
    }
  }

  void CheckHost(const ServiceRule& rule, const HostRule& host) {
    const std::string& suffix = host.host.suffix();
    if (const auto [first, fresh] = seen_.emplace(suffix, &host); !fresh) {
      const ServiceRule& owner = *owners_.at(suffix);
      const bool own = owner.service.id() == rule.service.id();
      Find(own ? "unreachable" : "duplicate", host.where, "hosts", rule,
           suffix + " is also listed " + (own ? "" : "under " + owner.service.id() + " ") + "at " +
               first->second->where);
    } else {
      CheckWider(rule, host);
    }
    if (!host.host.exact() && IsSharedSuffix(suffix)) {
      Find("shared", host.where, "hosts", rule,
           suffix + " carries more than this service; list the service's own host, or exact: true");
    } else if (IsPublicSuffix(suffix) && !host.host.exact()) {
      Find("public-suffix", host.where, "hosts", rule,
           suffix + " is a public suffix: strangers have names of their own below it");
    }
    CheckSpelling(rule, host);
  }

  // The nearest rule above decides about a name, so only that one is looked at.
  void CheckWider(const ServiceRule& rule, const HostRule& narrow) {
    for (std::string_view name = narrow.host.suffix();;) {
      const size_t dot = name.find('.');
      if (dot == std::string_view::npos) return;
      name.remove_prefix(dot + 1);
      const auto owner = owners_.find(name);
      if (owner == owners_.end()) continue;
      for (const HostRule& wider : owner->second->hosts) {
        if (wider.host.suffix() != name || wider.host.exact()) continue;
        Compare(rule, narrow, *owner->second, wider);
        return;
      }
    }
  }

  void Compare(const ServiceRule& rule, const HostRule& narrow, const ServiceRule& owner,
               const HostRule& wider) {
    const std::string& suffix = narrow.host.suffix();
    if (owner.service.vendor() != rule.service.vendor()) {
      Find("overlap", narrow.where, "hosts", rule,
           suffix + " lies under " + wider.host.suffix() + " of another vendor's " +
               owner.service.id() + " at " + wider.where);
    } else if (&owner == &rule && wider.host.role() == narrow.host.role() &&
               wider.host.embedded() == narrow.host.embedded()) {
      Find("unreachable", narrow.where, "hosts", rule,
           suffix + " changes nothing: " + wider.host.suffix() + " at " + wider.where +
               " covers it with the same role");
    }
  }

  static bool Knows(const ServiceRule& rule, const std::string& domain) {
    return std::find(rule.alike.begin(), rule.alike.end(), domain) != rule.alike.end();
  }

  // Against every domain before it, so that each pair is told once.
  void CheckSpelling(const ServiceRule& rule, const HostRule& host) {
    const std::string domain = RegisteredDomain(host.host.suffix());
    if (!domains_.emplace(domain, &rule).second) return;
    for (const auto& [other, owner] : domains_) {
      if (owner->service.vendor() == rule.service.vendor()) continue;
      if (Knows(rule, other) || Knows(*owner, domain)) continue;
      if (const std::string reason = AlikeReason(domain, other); !reason.empty()) {
        Find("look-alike", host.where, "hosts", rule,
             domain + " " + reason + " " + other + " of " + owner->service.id() + " at " +
                 owner->where);
      }
    }
  }

  const RuleSet& rules_;
  const int32_t today_;
  std::vector<Finding> findings_;
  std::map<std::string_view, const ServiceRule*> ids_;
  std::map<std::string_view, const ServiceRule*> owners_;  // suffix -> the first that lists it
  std::map<std::string_view, const HostRule*> seen_;
  std::map<std::string, const ServiceRule*> domains_;  // registered domain -> the first below it
};

}  // namespace

std::vector<Finding> Lint(const RuleSet& rules, int32_t today) {
  return Linter(rules, today).Run();
}

std::string FindingText(const Finding& finding) {
  std::string text;
  if (!finding.where.empty()) text += finding.where + ": ";
  if (!finding.field.empty()) text += finding.field + ": ";
  return text + finding.kind + ": " + finding.message;
}

}  // namespace gnomon::catalogue
