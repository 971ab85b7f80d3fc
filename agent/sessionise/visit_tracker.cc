#include "agent/sessionise/visit_tracker.h"

#include <algorithm>

namespace gnomon::sessionise {

uint64_t VisitTracker::Key(catalogue::ServiceIndex service, v1::Client client, uint32_t server) {
  return static_cast<uint64_t>(server) << 32 | static_cast<uint32_t>(service) << 16 |
         (static_cast<uint32_t>(client) & 0xffff);
}

Party* VisitTracker::Join(catalogue::ServiceIndex service, v1::Client client, uint32_t server) {
  const uint64_t key = Key(service, client, server);
  auto found = parties_.find(key);
  if (found == parties_.end()) {
    if (parties_.size() >= options_.max_visits) {
      ++counters_.visits_refused;
      return nullptr;
    }
    found = parties_.try_emplace(key).first;
    found->second.service = service;
    found->second.client = client;
    found->second.server = server;
  }
  ++found->second.flows;
  return &found->second;
}

void VisitTracker::Leave(Party* party) {
  --party->flows;
  if (party->flows == 0 && !party->open) parties_.erase(Key(*party));
}

Party* VisitTracker::Rename(Party* party, v1::Client client) {
  Party* renamed = Join(party->service, client, party->server);
  if (!renamed) return party;
  if (party->flows == 1 && party->open && !renamed->open) {
    const uint32_t flows = renamed->flows;
    *renamed = std::move(*party);
    renamed->client = client;
    renamed->news.client = client;
    renamed->flows = flows;
    party->flows = 1;
    party->open = false;
  }
  Leave(party);
  return renamed;
}

Party* VisitTracker::FindOpen(catalogue::ServiceIndex service, v1::Client client) {
  auto exact = parties_.find(Key(service, client, 0));
  if (exact != parties_.end() && exact->second.open) return &exact->second;
  Party* best = nullptr;
  // Few kinds of client: cheaper than walking all parties.
  for (int c = v1::Client_MIN; c <= v1::Client_MAX; ++c) {
    auto found = parties_.find(Key(service, static_cast<v1::Client>(c), 0));
    if (found == parties_.end() || !found->second.open) continue;
    if (!best || found->second.last_use > best->last_use) best = &found->second;
  }
  return best;
}

bool VisitTracker::Use(Party& party, TimeUs start, TimeUs time, v1::Evidence evidence,
                       std::string_view host) {
  if (Over(party, time)) Close(party);
  const bool opens = !party.open;
  if (opens) {
    party.open = true;
    party.sliced = false;
    party.active = 0;
    party.active_given = 0;
    party.host_bytes = 0;
    party.news = Visit{};
    party.news.service = party.service;
    party.news.client = party.client;
    party.news.evidence = evidence;
    party.news.start = std::min(start, time);
    party.news.host = host;
    party.last_use = time;
    ++counters_.visits;
  }
  // Evidence is ordered strongest first; a local server's stays.
  if (evidence == v1::EVIDENCE_NAMED) party.news.evidence = evidence;
  Touch(party, time);
  return opens;
}

void VisitTracker::Touch(Party& party, TimeUs time) {
  if (party.open) party.last_use = std::max(party.last_use, time);
}

void VisitTracker::AddBytes(Party& party, uint64_t up, uint64_t down) {
  if (!party.open) return;
  party.news.bytes_up += up;
  party.news.bytes_down += down;
}

void VisitTracker::AddTurn(Party& party, uint32_t automated) {
  if (!party.open) return;
  ++party.news.turns;
  party.news.automated_turns += automated;
}

void VisitTracker::AddUpload(Party& party) {
  if (party.open) ++party.news.uploads;
}

void VisitTracker::AddActive(Party& party, TimeUs active) {
  if (party.open) party.active += active;
}

void VisitTracker::NameHost(Party& party, std::string_view host, uint64_t flow_bytes) {
  if (!party.open || flow_bytes <= party.host_bytes) return;
  party.host_bytes = flow_bytes;
  if (party.news.host != host) party.news.host = host;
}

bool VisitTracker::Over(const Party& party, TimeUs now) const {
  return party.open && now - party.last_use > options_.visit_gap;
}

void VisitTracker::Sweep(TimeUs now) {
  for (auto it = parties_.begin(); it != parties_.end();) {
    Party& party = it->second;
    if (Over(party, now)) Close(party);
    it = party.flows == 0 && !party.open ? parties_.erase(it) : std::next(it);
  }
}

void VisitTracker::Flush(TimeUs now) {
  Sweep(now);
  for (auto& [key, party] : parties_) {
    if (!party.open) continue;
    // Use since the last slice reaches to now, for more is likely to follow. Idle time without any
    // use belongs to no slice.
    if (HasUse(party)) {
      Give(party, std::max(now, party.last_use), false);
    }
    party.news.start = std::max(now, party.last_use) + 1;
  }
}

void VisitTracker::SetBack(TimeUs now) {
  for (auto& [key, party] : parties_) {
    party.prompts = PromptWindow{};
    if (!party.open) continue;
    if (HasUse(party)) Give(party, party.last_use, false);
    party.last_use = now;
    party.news.start = now;
  }
}

bool VisitTracker::HasUse(const Party& party) {
  return party.last_use >= party.news.start || party.news.turns || party.news.uploads;
}

void VisitTracker::Finish() {
  for (auto& [key, party] : parties_) {
    if (party.open) Close(party);
  }
  std::erase_if(parties_, [](const auto& entry) { return entry.second.flows == 0; });
}

void VisitTracker::Give(Party& party, TimeUs end, bool final) {
  const auto active = static_cast<uint32_t>((party.active + kSecondUs - 1) / kSecondUs);
  Visit& slice = party.news;
  slice.end = std::max(end, slice.start);
  slice.continues = party.sliced;
  slice.final = final;
  slice.active_seconds = active - party.active_given;
  next_.Consume(slice);
  party.active_given = active;
  party.sliced = true;
  party.given_until = slice.end;
  slice.turns = 0;
  slice.automated_turns = 0;
  slice.uploads = 0;
  slice.bytes_up = 0;
  slice.bytes_down = 0;
}

void VisitTracker::Close(Party& party) {
  // Nothing new since a slice: the last word still says that the visit is over. Bytes without any use
  // after that slice belong to its end and not to now: that may be the next day, on which the service was not used.
  if (party.sliced && !HasUse(party)) party.news.start = party.given_until;
  Give(party, party.last_use, true);
  party.open = false;
}

}  // namespace gnomon::sessionise
