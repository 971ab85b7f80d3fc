#include "collector/ingest/quota.h"

#include <algorithm>
#include <iterator>
#include <unordered_set>

namespace gnomon::ingest {
namespace {

// Each sum with its bound of one record key and day.
template <typename Visit>
void ForEachBounded(store::Sums& wanted, store::Sums& used, Visit visit) {
  constexpr anonymise::Bounds kMax = anonymise::kMaxBounds;
  visit(wanted.visits, used.visits, kMax.visits);
  visit(wanted.turns, used.turns, kMax.turns);
  visit(wanted.automated_turns, used.automated_turns, kMax.turns);
  visit(wanted.active_minutes, used.active_minutes, kMax.active_minutes);
  visit(wanted.uploads, used.uploads, kMax.uploads);
  visit(wanted.kib_up, used.kib_up, kMax.kib_up);
  visit(wanted.kib_down, used.kib_down, kMax.kib_down);
}

// Cuts `wanted` down to what `used` leaves and adds it there; true where something was cut.
bool CutAndTake(store::Sums& wanted, store::Sums& used, uint64_t keys) {
  bool cut = false;
  const auto take = [&](uint64_t& want, uint64_t& had, uint64_t limit) {
    const uint64_t left = limit > had ? limit - had : 0;
    cut |= want > left;
    want = std::min(want, left);
    had += want;
  };
  ForEachBounded(wanted, used, [&](uint64_t& want, uint64_t& had, uint64_t bound) {
    take(want, had, bound * keys);
  });
  // One laptop is one device of a day. Weeks and months are held by the store, which outlives a
  // restart.
  take(wanted.first_today, used.first_today, 1);
  if (wanted.automated_turns > wanted.turns) {
    used.automated_turns -= wanted.automated_turns - wanted.turns;
    wanted.automated_turns = wanted.turns;
  }
  return cut;
}

void Subtract(store::Sums& from, const store::Sums& sums) {
  const auto less = [](uint64_t& had, uint64_t back) { had -= std::min(had, back); };
  store::Sums back = sums;
  ForEachBounded(back, from, [&](uint64_t& gone, uint64_t& had, uint64_t) { less(had, gone); });
  less(from.first_today, back.first_today);
}

}  // namespace

bool Quota::HasRoom(const Laptop& laptop, const std::vector<uint64_t>& tags) const {
  std::unordered_set<uint64_t> fresh;
  for (const uint64_t tag : tags) {
    if (!laptop.entries.contains(tag)) fresh.insert(tag);
  }
  return laptop.entries.size() + fresh.size() <= limits_.entries &&
         counters_.entries + fresh.size() <= limits_.all_entries;
}

bool Quota::Take(const Account& account, Day today, store::IncomingBatch& batch, Charge* charge) {
  // Outside the lock: this is where the time goes.
  std::vector<uint64_t> tags;
  tags.reserve(batch.additions.size());
  for (const store::CellAddition& addition : batch.additions) {
    tags.push_back(account.DayTag(addition.key.service, addition.key.day));
  }
  charge->account = account.Id();

  const std::lock_guard lock(mutex_);
  if (today > forgotten_) Forget(today);
  Laptop& laptop = laptops_[charge->account];
  if (laptop.day < today) {
    laptop.day = today;
    laptop.batches = laptop.records = 0;
  }
  const auto records = static_cast<uint32_t>(batch.additions.size());
  if (laptop.batches >= limits_.batches || laptop.records + records > limits_.records ||
      !HasRoom(laptop, tags)) {
    ++counters_.put_off;
    return false;
  }
  ++laptop.batches;
  laptop.records += records;
  for (size_t i = 0; i < batch.additions.size(); ++i) {
    store::CellAddition& addition = batch.additions[i];
    const auto [at, fresh] = laptop.entries.try_emplace(tags[i]);
    counters_.entries += fresh;
    const Day day = addition.key.day;
    at->second.keep_until = std::max(
        at->second.keep_until, day >= today - kRecentDays ? day + kRecentDays : today + kLateDays);
    counters_.cut += CutAndTake(addition.sums, at->second.used, limits_.keys);
    charge->parts.push_back({tags[i], addition.sums});
  }
  return true;
}

void Quota::GiveBack(const Charge& charge) {
  const std::lock_guard lock(mutex_);
  const auto laptop = laptops_.find(charge.account);
  if (laptop == laptops_.end()) return;
  for (const Charge::Part& part : charge.parts) {
    if (const auto at = laptop->second.entries.find(part.tag); at != laptop->second.entries.end()) {
      Subtract(at->second.used, part.sums);
    }
  }
}

void Quota::Forget(Day today) {
  forgotten_ = today;
  counters_.entries = 0;
  for (auto at = laptops_.begin(); at != laptops_.end();) {
    Laptop& laptop = at->second;
    std::erase_if(laptop.entries,
                  [&](const auto& entry) { return entry.second.keep_until < today; });
    counters_.entries += laptop.entries.size();
    at = laptop.entries.empty() && laptop.day < today ? laptops_.erase(at) : std::next(at);
  }
}

QuotaCounters Quota::counters() const {
  const std::lock_guard lock(mutex_);
  return counters_;
}

}  // namespace gnomon::ingest
