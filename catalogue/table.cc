#include "catalogue/table.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <set>
#include <utility>

#include "base/file.h"
#include "catalogue/facts.h"
#include "catalogue/turn_rules.h"
#include "catalogue/validate.h"

namespace gnomon::catalogue {
namespace {

// FNV-1a, taken from the last byte to the first: the hash of "chatgpt.com" is on the way to that of
// "ab.chatgpt.com", so one pass over a host gives the hashes of all its suffixes.
constexpr uint64_t kHashStart = 0xcbf29ce484222325;
constexpr uint64_t kHashPrime = 0x00000100000001b3;

inline uint64_t HashByte(uint64_t hash, char byte) {
  return (hash ^ static_cast<unsigned char>(byte)) * kHashPrime;
}

uint64_t HashSuffix(std::string_view suffix) {
  uint64_t hash = kHashStart;
  for (size_t i = suffix.size(); i-- > 0;) hash = HashByte(hash, suffix[i]);
  return hash;
}

// FNV mixes poorly upwards from the last byte hashed; fold the upper half in.
inline size_t FirstSlot(uint64_t hash, size_t mask) {
  return (hash ^ (hash >> 32)) & mask;
}

// A half-full table of 2^18 random hashes has runs of about 70 at most; longer ones were made on
// purpose.
constexpr size_t kMaxProbes = 256;

Status Wrong(const v1::Service& service, const std::string& what) {
  // An id that is itself wrong must not reach a terminal or a log.
  const std::string id = IdProblem(service.id()).empty() ? service.id() : "?";
  return InvalidArgument("catalogue: service " + id + ": " + what);
}

Status CheckService(const v1::Service& service) {
  if (std::string p = IdProblem(service.id()); !p.empty()) return Wrong(service, "id " + p);
  if (std::string p = TextProblem(service.name()); !p.empty()) return Wrong(service, "name " + p);
  if (std::string p = TextProblem(service.vendor()); !p.empty()) {
    return Wrong(service, "vendor " + p);
  }
  if (!v1::Category_IsValid(service.category()) || service.category() == v1::CATEGORY_UNSPECIFIED) {
    return Wrong(service, "unknown category " + std::to_string(service.category()));
  }
  if (!v1::Surface_IsValid(service.surface()) || service.surface() == v1::SURFACE_UNSPECIFIED) {
    return Wrong(service, "unknown surface " + std::to_string(service.surface()));
  }
  // A model server on this machine is known by what it speaks, not by a name.
  if (service.hosts().empty() && service.surface() != v1::SURFACE_LOCAL_MODEL) {
    return Wrong(service, "has no hosts");
  }
  if (static_cast<size_t>(service.hosts_size()) > kMaxHostsOfService) {
    return Wrong(service, "has more than 4096 hosts");
  }
  for (const std::string& source : service.sources()) {
    if (std::string p = TextProblem(source); !p.empty()) return Wrong(service, "source " + p);
  }
  if (service.has_turns()) {
    if (std::string p = TurnsProblem(service.turns()); !p.empty()) {
      return Wrong(service, "turns: " + p);
    }
  }
  if (std::string p = FactsProblem(service); !p.empty()) return Wrong(service, p);
  for (const v1::Host& host : service.hosts()) {
    if (std::string p = SuffixProblem(host.suffix()); !p.empty()) {
      return Wrong(service, "host name " + p);
    }
    if (!v1::HostRole_IsValid(host.role()) || host.role() == v1::HOST_ROLE_UNSPECIFIED) {
      return Wrong(service, host.suffix() + ": unknown role " + std::to_string(host.role()));
    }
  }
  return Status::Ok();
}

}  // namespace

// Alone: by id. After another table: its services first, in their old places.
void Table::PlaceServices(const v1::Catalogue& catalogue) {
  std::vector<const v1::Service*> fresh;
  std::set<ServiceIndex> placed;
  if (previous_ != nullptr) {
    services_ = previous_->services_;
    for (v1::Service& gone : services_) {
      gone.clear_hosts();
      gone.clear_local();
    }
  }
  for (const v1::Service& service : catalogue.services()) {
    const ServiceIndex old =
        previous_ != nullptr ? previous_->FindService(service.id()) : kNoService;
    // A second one with the same id goes to the end, where it is found out.
    if (old != kNoService && placed.insert(old).second) {
      services_[old] = service;
    } else {
      fresh.push_back(&service);
    }
  }
  std::sort(fresh.begin(), fresh.end(),
            [](const v1::Service* a, const v1::Service* b) { return a->id() < b->id(); });
  for (const v1::Service* service : fresh) services_.push_back(*service);
  by_id_.resize(services_.size());
  std::iota(by_id_.begin(), by_id_.end(), ServiceIndex{0});
  std::sort(by_id_.begin(), by_id_.end(),
            [&](ServiceIndex a, ServiceIndex b) { return services_[a].id() < services_[b].id(); });
}

Result<std::shared_ptr<const Table>> Table::Build(const v1::Catalogue& catalogue,
                                                  std::shared_ptr<const Table> previous) {
  const size_t kept = previous != nullptr ? previous->services_.size() : 0;
  if (static_cast<size_t>(catalogue.services_size()) + kept > kMaxServices) {
    return InvalidArgument("catalogue: more than 65534 services");
  }
  size_t hosts = 0;
  for (const v1::Service& service : catalogue.services()) {
    GNOMON_RETURN_IF_ERROR(CheckService(service));
    hosts += static_cast<size_t>(service.hosts_size());
  }
  if (hosts > kMaxHosts) return InvalidArgument("catalogue: more than 262144 hosts");

  const std::shared_ptr<Table> table(new Table());
  table->version_ = catalogue.version();
  table->previous_ = std::move(previous);
  table->PlaceServices(catalogue);
  table->slots_.resize(std::bit_ceil(std::max<size_t>(2 * hosts, 2)));
  for (size_t i = 1; i < table->by_id_.size(); ++i) {
    const v1::Service& service = table->services_[table->by_id_[i]];
    if (table->services_[table->by_id_[i - 1]].id() == service.id()) {
      return Wrong(service, "this id is there twice");
    }
  }
  for (size_t i = 0; i < table->services_.size(); ++i) {
    const v1::Service& service = table->services_[i];
    for (const v1::Host& host : service.hosts()) {
      GNOMON_RETURN_IF_ERROR(table->Add(host, static_cast<ServiceIndex>(i)));
    }
  }
  GNOMON_ASSIGN_OR_RETURN(table->local_, LocalSignatures::Build(table->services_));
  return std::shared_ptr<const Table>(table);
}

Status Table::Add(const v1::Host& host, ServiceIndex service) {
  const uint64_t hash = HashSuffix(host.suffix());
  const size_t mask = slots_.size() - 1;
  size_t at = FirstSlot(hash, mask);
  for (size_t probes = 0; slots_[at].length != 0; at = (at + 1) & mask) {
    const Slot& taken = slots_[at];
    if (taken.hash == hash &&
        std::string_view(text_).substr(taken.text, taken.length) == host.suffix()) {
      return Wrong(services_[service],
                   host.suffix() + " is also listed under " + services_[taken.service].id());
    }
    if (++probes > kMaxProbes) return InvalidArgument("catalogue: too many suffixes collide");
  }
  Slot& slot = slots_[at];
  slot.hash = hash;
  slot.text = static_cast<uint32_t>(text_.size());  // at most 2^18 hosts of 253 bytes: 66 MB
  slot.length = static_cast<uint16_t>(host.suffix().size());
  slot.service = service;
  slot.role = static_cast<uint8_t>(host.role());
  slot.embedded = host.embedded();
  slot.exact = host.exact();
  text_ += host.suffix();
  const auto dots = std::count(host.suffix().begin(), host.suffix().end(), '.');
  max_labels_ = std::max(max_labels_, static_cast<unsigned>(dots + 1));
  return Status::Ok();
}

Result<std::shared_ptr<const Table>> Table::Parse(std::string_view serialised,
                                                  std::shared_ptr<const Table> previous) {
  if (serialised.size() > kMaxFileBytes) return InvalidArgument("catalogue: longer than 16 MiB");
  v1::Catalogue catalogue;
  if (!catalogue.ParseFromArray(serialised.data(), static_cast<int>(serialised.size()))) {
    return DataLoss("catalogue: not a compiled catalogue, or damaged");
  }
  return Build(catalogue, std::move(previous));
}

Result<std::shared_ptr<const Table>> Table::Load(const std::string& path) {
  GNOMON_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path, kMaxFileBytes));
  Result<std::shared_ptr<const Table>> table = Parse(bytes);
  if (!table.ok()) return table.status().WithContext(path);
  return table;
}

Match Table::Find(std::string_view host) const {
  Match match;
  if (host.size() > kMaxHostLength) return match;
  const size_t mask = slots_.size() - 1;
  uint64_t hash = kHashStart;
  unsigned labels = 0;
  for (size_t at = host.size(); at > 0; --at) {
    hash = HashByte(hash, host[at - 1]);
    const bool whole = at == 1;
    if (!whole && host[at - 2] != '.') continue;
    // `at - 1` begins a label: look up everything from here to the end.
    ++labels;
    if (labels >= 2) {  // no suffix has fewer
      const std::string_view suffix = host.substr(at - 1);
      for (size_t i = FirstSlot(hash, mask); slots_[i].length != 0; i = (i + 1) & mask) {
        const Slot& slot = slots_[i];
        if (slot.hash != hash || slot.length != suffix.size()) continue;
        const std::string_view text(text_.data() + slot.text, slot.length);
        if (text != suffix) continue;
        if (!slot.exact || whole) {
          match = {slot.service, static_cast<v1::HostRole>(slot.role), slot.embedded, text};
        }
        break;
      }
    }
    if (labels >= max_labels_) break;
  }
  return match;
}

ServiceIndex Table::FindService(std::string_view id) const {
  const auto at = std::lower_bound(by_id_.begin(), by_id_.end(), id,
                                   [this](ServiceIndex index, std::string_view wanted) {
                                     return services_[index].id() < wanted;
                                   });
  return at == by_id_.end() || services_[*at].id() != id ? kNoService : *at;
}

}  // namespace gnomon::catalogue
