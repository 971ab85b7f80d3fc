#include "catalogue/desk/export.h"

#include <algorithm>
#include <vector>

#include "catalogue/facts.h"
#include "catalogue/names.h"

namespace gnomon::catalogue {
namespace {

constexpr uint32_t kSlots = (kLastSid + 1 - kFirstSid) / 3;

struct Entry {
  const v1::Service* service;
  const v1::Host* host;
};

// By suffix, which makes every export the same for the same catalogue.
std::vector<Entry> Entries(const v1::Catalogue& catalogue) {
  std::vector<Entry> entries;
  for (const v1::Service& service : catalogue.services()) {
    for (const v1::Host& host : service.hosts()) entries.push_back({&service, &host});
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.host->suffix() < b.host->suffix(); });
  return entries;
}

// 32-bit FNV-1a.
uint32_t Hash(std::string_view text) {
  uint32_t hash = 0x811c9dc5;
  for (const unsigned char c : text) hash = (hash ^ c) * 0x01000193;
  return hash;
}

// Suffixes, ids and roles hold nothing that a rule's text would have to escape (SuffixProblem,
// IdProblem), and nothing else of the catalogue goes into one.
std::string SuricataRule(const Entry& entry, const char* protocol, const char* ports,
                         const char* buffer, uint32_t sid, uint64_t version) {
  const v1::Host& host = *entry.host;
  const std::string role{RoleName(host.role())};
  // A suffix: ".chatgpt.com" at the end of the name with a dot before it, which dotprefix gives to
  // the name itself as well. An exact host: from the first byte to the last.
  const std::string match =
      host.exact() ? "content:\"" + host.suffix() + "\"; nocase; startswith; endswith;"
                   : "dotprefix; content:\"." + host.suffix() + "\"; nocase; endswith;";
  return std::string("alert ") + protocol + " $HOME_NET any -> " + ports + " (msg:\"GNOMON " +
         entry.service->id() + " " + role + " " + host.suffix() + "\"; " + buffer + "; " + match +
         " classtype:policy-violation; sid:" + std::to_string(sid) +
         "; rev:" + std::to_string(version) + "; metadata:service " + entry.service->id() +
         ", role " + role + ", category " + std::string(CategoryName(entry.service->category())) +
         (host.embedded() ? ", embedded yes" : "") + ";)\n";
}

// Tabs part the columns and line ends the lines: TextProblem lets neither into a name.
std::string ZeekText(const v1::Service& service, const v1::Host& host) {
  return service.name() + " of " + service.vendor() + ", " + std::string(RoleName(host.role())) +
         (host.embedded() ? ", embedded" : "");
}

}  // namespace

Result<std::string> ExportSuricata(const v1::Catalogue& catalogue) {
  const std::vector<Entry> entries = Entries(catalogue);
  if (entries.size() > kSlots / 2) {
    return InvalidArgument("suricata: more than " + std::to_string(kSlots / 2) + " hosts");
  }
  std::vector<bool> taken(kSlots, false);
  std::string text = "# Gnomon's catalogue, version " + std::to_string(catalogue.version()) +
                     ". Signatures " + std::to_string(kFirstSid) + " to " +
                     std::to_string(kLastSid) + ".\n";
  for (const Entry& entry : entries) {
    uint32_t slot = Hash(entry.host->suffix()) % kSlots;
    while (taken[slot]) slot = (slot + 1) % kSlots;
    taken[slot] = true;
    const uint32_t sid = kFirstSid + 3 * slot;
    text += SuricataRule(entry, "tls", "$EXTERNAL_NET any", "flow:established,to_server; tls.sni",
                         sid, catalogue.version());
    text +=
        SuricataRule(entry, "quic", "$EXTERNAL_NET any", "quic.sni", sid + 1, catalogue.version());
    text += SuricataRule(entry, "dns", "any any", "dns.query", sid + 2, catalogue.version());
  }
  return text;
}

std::string ExportZeek(const v1::Catalogue& catalogue) {
  std::string text = "#fields\tindicator\tindicator_type\tmeta.source\tmeta.desc\n";
  const std::string source = "gnomon-" + std::to_string(catalogue.version());
  for (const Entry& entry : Entries(catalogue)) {
    text += entry.host->suffix() + "\tIntel::DOMAIN\t" + source + "/" + entry.service->id() + "\t" +
            ZeekText(*entry.service, *entry.host) + "\n";
  }
  return text;
}

std::string ExportDomains(const v1::Catalogue& catalogue) {
  std::string text;
  for (const Entry& entry : Entries(catalogue)) {
    text += (entry.host->exact() ? "full:" : "") + entry.host->suffix() + "\n";
  }
  return text;
}

nlohmann::json ToJson(const v1::Service& service) {
  nlohmann::json hosts = nlohmann::json::array();
  for (const v1::Host& host : service.hosts()) {
    hosts.push_back({{"suffix", host.suffix()},
                     {"role", RoleName(host.role())},
                     {"embedded", host.embedded()},
                     {"exact", host.exact()}});
  }
  nlohmann::json json = {
      {"id", service.id()},
      {"name", service.name()},
      {"vendor", service.vendor()},
      {"country", service.country()},
      {"category", CategoryName(service.category())},
      {"surface", SurfaceName(service.surface())},
      {"checked", DateText(service.checked())},
      {"sources", std::vector<std::string>(service.sources().begin(), service.sources().end())},
      {"hosts", hosts}};
  if (service.has_enterprise_plan()) json["enterprise_plan"] = service.enterprise_plan();
  if (service.has_list_price()) {
    const v1::ListPrice& price = service.list_price();
    json["list_price"] = {{"plan", price.plan()},
                          {"amount", price.hundredths() / 100.0},
                          {"currency", price.currency()},
                          {"source", price.source()},
                          {"date", DateText(price.date())}};
  }
  return json;
}

nlohmann::json ExportJson(const v1::Catalogue& catalogue) {
  nlohmann::json services = nlohmann::json::array();
  for (const v1::Service& service : catalogue.services()) services.push_back(ToJson(service));
  return {{"version", catalogue.version()},
          {"built", DateText(catalogue.built())},
          {"services", services}};
}

}  // namespace gnomon::catalogue
