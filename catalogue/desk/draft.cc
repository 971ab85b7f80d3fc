#include "catalogue/desk/draft.h"

#include <algorithm>

#include "catalogue/desk/public_suffix.h"
#include "catalogue/desk/shared.h"
#include "catalogue/facts.h"
#include "catalogue/names.h"
#include "catalogue/validate.h"

namespace gnomon::catalogue {
namespace {

std::string HostProblem(const std::string& host, const Table* known) {
  if (std::string problem = SuffixProblem(host); !problem.empty()) return problem;
  if (IsSharedSuffix(host)) return "carries more than one service; choose the service's own host";
  if (IsPublicSuffix(host)) return "is a public suffix: strangers have names of their own below it";
  if (known == nullptr) return {};
  const Match match = known->Find(host);
  if (!match) return {};
  return "is recognised already as " + known->service(match.service).id() + " by " +
         std::string(match.suffix);
}

// "chat.example.co.uk" -> "example"
std::string IdFromHost(const std::string& host) {
  const std::string domain = RegisteredDomain(host);
  return domain.substr(0, domain.find('.'));
}

// Double quotes always: a vendor called "Yes", "1.0" or "a: b" stays text.
std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text)
    quoted += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return quoted + "\"";
}

}  // namespace

Result<std::string> DraftService(const DraftRequest& request, const Table* known) {
  if (request.hosts.empty()) return InvalidArgument("no host is given");
  std::string problems;
  for (const std::string& host : request.hosts) {
    const std::string problem = HostProblem(host, known);
    if (!problem.empty()) problems += (problems.empty() ? "" : "\n") + host + " " + problem;
  }
  if (!problems.empty()) return InvalidArgument(problems);

  const std::string id = request.service.empty() ? IdFromHost(request.hosts[0]) : request.service;
  const std::string name = request.name.empty() ? id : request.name;
  const std::string vendor = request.vendor.empty() ? name : request.vendor;
  const std::string category = request.category.empty() ? "chat" : request.category;
  if (std::string p = IdProblem(id); !p.empty()) return InvalidArgument("--service: " + p);
  if (known != nullptr && known->FindService(id) != kNoService) {
    return InvalidArgument("--service: " + id + " is in the catalogue already");
  }
  if (std::string p = TextProblem(name); !p.empty()) return InvalidArgument("--name: " + p);
  if (std::string p = TextProblem(vendor); !p.empty()) return InvalidArgument("--vendor: " + p);
  if (ParseCategory(category) == v1::CATEGORY_UNSPECIFIED) {
    return InvalidArgument("--category: unknown; known are " + CategoryNames());
  }
  if (ParseSurface(request.surface) == v1::SURFACE_UNSPECIFIED) {
    return InvalidArgument("--surface: unknown; known are " + SurfaceNames());
  }
  if (!request.country.empty() && !IsCountry(request.country)) {
    return InvalidArgument("--country: expected two capital letters of ISO 3166-1, or ZZ");
  }
  for (const std::string& source : request.sources) {
    if (std::string p = TextProblem(source); !p.empty()) return InvalidArgument("--source: " + p);
  }

  std::string text = "  - id: " + id + "\n    name: " + Quoted(name) +
                     "\n    vendor: " + Quoted(vendor) + "\n    category: " + category +
                     "\n    surface: " + request.surface + "\n";
  if (!request.country.empty()) text += "    country: " + Quoted(request.country) + "\n";
  text += "    checked: " + DateText(request.today) + "\n    sources:";
  if (request.sources.empty()) text += " []";
  for (const std::string& source : request.sources) text += "\n      - " + Quoted(source);
  text += "\n    hosts:\n      use:";
  std::vector<std::string> hosts = request.hosts;
  std::sort(hosts.begin(), hosts.end());
  hosts.erase(std::unique(hosts.begin(), hosts.end()), hosts.end());
  for (const std::string& host : hosts) text += "\n        - " + host;
  return text + "\n";
}

}  // namespace gnomon::catalogue
