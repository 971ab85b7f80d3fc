#include "agent/classify/addresses_of_interest.h"

#include <algorithm>
#include <cstring>

namespace gnomon::classify {
namespace {

// How long all headers are wanted after an open flow found no place: flows have no end in sight.
constexpr TimeUs kFlowLife = 300 * kSecondUs;

}  // namespace

AddressesOfInterest::AddressesOfInterest(uint32_t capacity, const KeyedHash& hash)
    : entries_(capacity, InterestHash{hash}), unwanted_(kMaxUnwanted) {}

uint64_t AddressesOfInterest::InterestHash::operator()(const Interest& what) const {
  std::array<uint8_t, 19> bytes;
  std::memcpy(bytes.data(), what.address.bytes.data(), 16);
  std::memcpy(bytes.data() + 16, &what.port, 2);
  bytes[18] = static_cast<uint8_t>(what.scope);
  return hash(bytes);
}

AddressesOfInterest::Entry* AddressesOfInterest::Find(const Interest& what, TimeUs until) {
  Entries::Index at = entries_.Find(what);
  if (at == Entries::kNone) {
    if (!entries_.full() || !everything()) ++generation_;
    if (entries_.full()) {
      lost_until_ = std::max(lost_until_, until);
      return nullptr;
    }
    at = entries_.Insert(what);
  }
  return &entries_[at];
}

void AddressesOfInterest::Learn(const Interest& what, TimeUs until) {
  Entry* entry = Find(what, until);
  if (entry == nullptr) return;
  entry->until = std::max(entry->until, until);
  earliest_ = std::min(earliest_, until);
}

void AddressesOfInterest::Hold(const Interest& what, TimeUs now) {
  if (Entry* entry = Find(what, now + kFlowLife)) ++entry->held;
}

void AddressesOfInterest::Release(const Interest& what) {
  const Entries::Index at = entries_.Find(what);
  if (at == Entries::kNone) return;  // it had found no place
  Entry& entry = entries_[at];
  if (entry.held > 0) --entry.held;
  if (entry.held == 0) earliest_ = std::min(earliest_, entry.until);
}

AddressesOfInterest::Ends* AddressesOfInterest::FindUnwanted(const Ends& ends) {
  const Ends turned{ends.b, ends.a, ends.b_port, ends.a_port, true};
  for (Ends& flow : unwanted_) {
    if (flow == ends || flow == turned) return &flow;
  }
  return nullptr;
}

void AddressesOfInterest::Refuse(const decode::Packet& packet) {
  const Ends ends{packet.src, packet.dst, packet.sport, packet.dport, true};
  if (FindUnwanted(ends) != nullptr) return;
  unwanted_[next_unwanted_] = ends;
  next_unwanted_ = (next_unwanted_ + 1) % unwanted_.size();
  ++generation_;
}

void AddressesOfInterest::TakeBack(const decode::IpAddress& a, uint16_t a_port,
                                   const decode::IpAddress& b, uint16_t b_port) {
  if (Ends* flow = FindUnwanted({a, b, a_port, b_port, true})) {
    *flow = Ends();
    ++generation_;
  }
}

void AddressesOfInterest::Expire(TimeUs now) {
  if (everything() && lost_until_ <= now) {
    lost_until_ = INT64_MIN;
    ++generation_;
  }
  if (earliest_ > now) return;
  earliest_ = INT64_MAX;
  for (Entries::Index at = entries_.Oldest(kList), next; at != Entries::kNone; at = next) {
    next = entries_.Newer(at);
    const Entry& entry = entries_[at];
    if (entry.held > 0) continue;
    if (entry.until > now) {
      earliest_ = std::min(earliest_, entry.until);
    } else {
      entries_.Erase(at);
      ++generation_;
    }
  }
}

}  // namespace gnomon::classify
