#include "agent/suggest/candidates.h"

#include <algorithm>
#include <array>
#include <utility>

namespace gnomon::suggest {
namespace {

constexpr char kIdBegins[] = "unknown-host-";

std::string PlaceId(size_t number) {
  return kIdBegins + std::to_string(number);
}

}  // namespace

bool NameSpeaksOfAi(std::string_view host) {
  static constexpr std::array<std::string_view, 12> kParts = {"ai",      "gpt",   "llm",    "llms",
                                                              "bot",     "agent", "agents", "chat",
                                                              "copilot", "genai", "rag",    "ml"};
  static constexpr std::array<std::string_view, 9> kWords = {"gpt",       "copilot", "openai",
                                                             "llama",     "chatbot", "assistant",
                                                             "inference", "mistral", "prompt"};
  for (size_t from = 0; from < host.size();) {
    const size_t end = std::min(host.find_first_of(".-", from), host.size());
    const std::string_view part = host.substr(from, end - from);
    if (std::find(kParts.begin(), kParts.end(), part) != kParts.end()) return true;
    for (const std::string_view word : kWords) {
      if (part.find(word) != std::string_view::npos) return true;
    }
    from = end + 1;
  }
  return false;
}

Result<std::shared_ptr<const catalogue::Table>> Candidates::WithPlaces(
    const std::shared_ptr<const catalogue::Table>& known) {
  v1::Catalogue rules;
  rules.set_version(known->version());
  for (size_t i = 0; i < known->service_count(); ++i) {
    *rules.add_services() = known->service(static_cast<catalogue::ServiceIndex>(i));
  }
  for (size_t i = 0; i < kMaxHosts; ++i) {
    v1::Service& place = *rules.add_services();
    place.set_id(PlaceId(i));
    place.set_name("unknown host");
    place.set_vendor("unknown");
    place.set_category(v1::CATEGORY_CHAT);
    place.set_surface(v1::SURFACE_WEB);
    place.add_sources("this laptop");
    v1::Host& host = *place.add_hosts();
    host.set_suffix(PlaceId(i) + ".invalid");  // which no name ends in (RFC 6761)
    host.set_role(v1::HOST_ROLE_USE);
  }
  return catalogue::Table::Build(rules, known);
}

Candidates::Candidates(std::shared_ptr<const catalogue::Table> table)
    : table_(std::move(table)), slots_(kMaxHosts) {
  for (size_t i = 0; i < kMaxHosts; ++i) {
    services_.push_back(table_->FindService(PlaceId(i)));
    slot_of_[services_.back()] = i;
  }
}

Candidates::Slot* Candidates::SlotOf(catalogue::ServiceIndex service) {
  const auto found = slot_of_.find(service);
  return found == slot_of_.end() || slots_[found->second].stamp == 0 ? nullptr
                                                                     : &slots_[found->second];
}

catalogue::ServiceIndex Candidates::Place(std::string_view host) {
  if (const auto found = by_host_.find(host); found != by_host_.end()) {
    slots_[found->second].stamp = ++stamps_;
    return services_[found->second];
  }
  ++hosts_seen_;
  // A free one, or that of the host without a turn that was met longest ago.
  Slot* oldest = nullptr;
  for (Slot& slot : slots_) {
    if (slot.candidate.turns > 0) continue;
    if (oldest == nullptr || slot.stamp < oldest->stamp) oldest = &slot;
  }
  if (oldest == nullptr) {
    ++left_out_;
    return catalogue::kNoService;
  }
  const auto index = static_cast<size_t>(oldest - slots_.data());
  by_host_.erase(oldest->candidate.host);
  *oldest = {.candidate = {.host = std::string(host), .named_so = NameSpeaksOfAi(host)},
             .stamp = ++stamps_};
  by_host_.emplace(oldest->candidate.host, index);
  return services_[index];
}

void Candidates::Consume(const sessionise::SessionEvent& event) {
  if (const auto* turn = std::get_if<sessionise::Turn>(&event)) {
    Slot* slot = SlotOf(turn->service);
    // A flow may outlive its host's place.
    if (slot != nullptr && slot->candidate.host == turn->host) {
      ++slot->candidate.turns;
      slot->candidate.answering += std::max<TimeUs>(turn->last - turn->first, 0);
    }
  } else if (const auto* upload = std::get_if<sessionise::Upload>(&event)) {
    if (Slot* slot = SlotOf(upload->service)) ++slot->candidate.uploads;
  }
}

std::vector<Candidate> Candidates::Likely() const {
  std::vector<Candidate> likely;
  for (const Slot& slot : slots_) {
    const Candidate& each = slot.candidate;
    if (each.turns >= 2 || (each.turns == 1 && each.named_so)) likely.push_back(each);
  }
  std::sort(likely.begin(), likely.end(), [](const Candidate& a, const Candidate& b) {
    return a.turns != b.turns ? a.turns > b.turns : a.host < b.host;
  });
  return likely;
}

}  // namespace gnomon::suggest
