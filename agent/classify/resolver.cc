#include "agent/classify/resolver.h"

#include <algorithm>

namespace gnomon::classify {
namespace {

TimeUs LifeOf(uint32_t ttl_seconds) {
  // RFC 2181 section 8: a TTL with the top bit set is to be taken as zero.
  if (ttl_seconds > INT32_MAX) ttl_seconds = 0;
  return std::min(ttl_seconds, Resolver::kMaxTtlSeconds) * kSecondUs + Resolver::kGrace;
}

}  // namespace

TimeUs Resolver::Learn(const decode::IpAddress& address, const decode::HostName& question,
                       const catalogue::Match& match, uint32_t ttl_seconds, TimeUs now) {
  const TimeUs until = now + LifeOf(ttl_seconds);
  ++learned_;
  Entries::Index index = entries_.Find(address);
  if (index == Entries::kNone) {
    MakeRoom(now);
    index = entries_.Insert(address);
  } else {
    entries_.Touch(index);
  }
  Entry& entry = entries_[index];
  if (!match) {
    entry.outside_until = std::max(entry.outside_until, until);
    return until;
  }
  Claim* chosen = nullptr;
  for (Claim& claim : entry.claims) {
    if (claim.match.service == match.service) chosen = &claim;
  }
  for (Claim& claim : entry.claims) {
    if (chosen == nullptr && claim.until <= now) chosen = &claim;
  }
  if (chosen == nullptr) {
    entry.crowded_until = std::max(entry.crowded_until, until);
    return until;
  }
  Renew(*chosen, question, match, until, now);
  return until;
}

void Resolver::Renew(Claim& claim, const decode::HostName& question, const catalogue::Match& match,
                     TimeUs until, TimeUs now) {
  if (claim.match.service != match.service) {
    names_.Release(claim.name);
    claim = Claim();
  }
  const bool use = match.role == v1::HOST_ROLE_USE;
  // The name of a host with role USE stands while it is alive.
  if (use || claim.use_until <= now) {
    const NamePool::Index name = names_.Acquire(question);
    names_.Release(claim.name);
    claim.name = name;
    claim.match = match;
  }
  claim.until = std::max(claim.until, until);
  if (use) claim.use_until = std::max(claim.use_until, until);
}

Resolver::Finding Resolver::Lookup(const decode::IpAddress& address, TimeUs now) const {
  const Entries::Index index = entries_.Find(address);
  if (index == Entries::kNone) return {};
  const Entry& entry = entries_[index];
  const Claim* alive = nullptr;
  int services = entry.crowded_until > now ? 1 : 0;
  for (const Claim& claim : entry.claims) {
    if (claim.until <= now) continue;
    alive = &claim;
    ++services;
  }
  if (services == 0) return {};
  if (services > 1 || alive == nullptr || entry.outside_until > now || alive->use_until <= now) {
    return {Verdict::kAmbiguous, {}, NamePool::kNone};
  }
  return {Verdict::kResolved, alive->match, alive->name};
}

void Resolver::MakeRoom(TimeUs now) {
  // Two for each new one, so that what is over gives back its names long before the table is full.
  for (int i = 0; i < 2; ++i) {
    const Entries::Index oldest = entries_.Oldest(Entries::kFirstList);
    if (oldest == Entries::kNone) return;
    const Entry& entry = entries_[oldest];
    const TimeUs last = std::max(
        {entry.claims[0].until, entry.claims[1].until, entry.crowded_until, entry.outside_until});
    if (last > now && !entries_.full()) return;
    Drop(oldest);
  }
}

void Resolver::Drop(Entries::Index index) {
  for (const Claim& claim : entries_[index].claims) names_.Release(claim.name);
  entries_.Erase(index);
}

}  // namespace gnomon::classify
