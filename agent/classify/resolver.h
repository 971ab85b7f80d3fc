// Which service stands behind an address, as far as the DNS answers seen tell.
#pragma once

#include <array>
#include <cstdint>

#include "agent/classify/keyed_hash.h"
#include "agent/classify/lru_table.h"
#include "agent/classify/name_pool.h"
#include "agent/decode/packet.h"
#include "agent/decode/tls_client_hello.h"
#include "base/clock.h"
#include "catalogue/table.h"

namespace gnomon::classify {

// Learns from every answer, also for names outside the catalogue: they show that an address is
// shared. Bounded; the address that was answered longest ago goes first.
class Resolver {
 public:
  // Clients keep an address a little longer than they should, and connect some time after asking.
  static constexpr TimeUs kGrace = 60 * kSecondUs;
  // RFC 8767 section 4 suggests a cap of days to weeks on what a server may ask for.
  static constexpr uint32_t kMaxTtlSeconds = 7 * 86400;

  enum class Verdict : uint8_t {
    kUnknown,    // no answer within its life, or only names outside the catalogue
    kResolved,   // hosts of exactly one service, one of them with HOST_ROLE_USE, and no other host
    kAmbiguous,  // several services, a service and another host, or no host of role USE
  };
  struct Finding {
    Verdict verdict = Verdict::kUnknown;
    catalogue::Match
        match;  // kResolved only: that of the host with role USE that was asked for last
    // Its name; valid until the next Learn(), unless Hold() is called. kNone where the pool was
    // full.
    NamePool::Index name = NamePool::kNone;
  };

  // `names` must outlive it.
  Resolver(uint32_t capacity, NamePool& names, const KeyedHash& hash)
      : names_(names), entries_(capacity, AddressHash{hash}) {}

  // `question` was answered with `address` at `now`; `match` is what the catalogue says about it.
  // Returns until when that stands.
  TimeUs Learn(const decode::IpAddress& address, const decode::HostName& question,
               const catalogue::Match& match, uint32_t ttl_seconds, TimeUs now);
  Finding Lookup(const decode::IpAddress& address, TimeUs now) const;

  uint32_t size() const { return entries_.size(); }
  // Grows with each Learn(): while it stays, Lookup() finds nothing new. Wraps around.
  uint32_t learned() const { return learned_; }

 private:
  // A service that claims the address.
  struct Claim {
    catalogue::Match match;
    NamePool::Index name = NamePool::kNone;
    TimeUs until = INT64_MIN;      // any host of the service
    TimeUs use_until = INT64_MIN;  // a host with role USE
  };
  struct Entry {
    // Two are enough to see that there is more than one, and to see when one of them is over.
    std::array<Claim, 2> claims;
    TimeUs crowded_until = INT64_MIN;  // a third service
    TimeUs outside_until = INT64_MIN;  // a host outside the catalogue
  };
  struct AddressHash {
    KeyedHash hash;
    uint64_t operator()(const decode::IpAddress& address) const { return hash(address.bytes); }
  };
  using Entries = LruTable<decode::IpAddress, Entry, AddressHash>;

  void Renew(Claim& claim, const decode::HostName& question, const catalogue::Match& match,
             TimeUs until, TimeUs now);
  void MakeRoom(TimeUs now);
  void Drop(Entries::Index index);

  NamePool& names_;
  Entries entries_;
  uint32_t learned_ = 0;
};

}  // namespace gnomon::classify
