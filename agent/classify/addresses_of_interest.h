// Which servers and flows classify wants to see more of, and which it has seen enough of: the one
// thing that goes against the stream of the data. It is a set that lies here for whoever asks (live
// capture's kernel filter), not a call upwards. docs/adr/0008-kernel-filter.md.
#pragma once

#include <cstdint>
#include <vector>

#include "agent/classify/keyed_hash.h"
#include "agent/classify/lru_table.h"
#include "agent/decode/packet.h"
#include "base/clock.h"

namespace gnomon::classify {

enum class InterestScope : uint8_t {
  kAddress,   // everything to and from the address
  // ... where `port` is the address's own. For servers that speak in clear: not only the headers
  // of their answers are let through.
  kEndpoint,
  kFlow,      // ... where `port` is the other end's: a tunnel through a proxy
};

struct Interest {
  decode::IpAddress address;  // the server's
  uint16_t port = 0;
  InterestScope scope = InterestScope::kAddress;
  bool operator==(const Interest&) const = default;
};

// Bounded; allocates nothing after construction. Threads: one.
class AddressesOfInterest {
 public:
  // How many flows can be unwanted at one time: those that send most, the last ones found.
  static constexpr uint32_t kMaxUnwanted = 32;

  // `capacity` interests; with more, everything() is true until some are over.
  AddressesOfInterest(uint32_t capacity, const KeyedHash& hash);

  // Wanted until `until`, and at least while it is held.
  void Learn(const Interest& what, TimeUs until);
  void Hold(const Interest& what, TimeUs now);  // an open flow uses it
  void Release(const Interest& what);           // as often as it was held

  // A flow that was looked at to the end and still sends much. Its two ends as in the packet.
  void Refuse(const decode::Packet& packet);
  // The flow is over, or its ports are used anew.
  void TakeBack(const decode::IpAddress& a, uint16_t a_port, const decode::IpAddress& b,
                uint16_t b_port);

  void Expire(TimeUs now);

  // Grows with each change of what the two below give.
  uint64_t generation() const { return generation_; }
  // True where not all interests found a place: then all headers are wanted.
  bool everything() const { return lost_until_ != INT64_MIN; }
  // F: void(const Interest&, bool wanted).
  template <typename F>
  void ForEach(F&& visit) const {
    entries_.ForEach(kList, [&](Entries::Index at) { visit(entries_.key(at), true); });
    for (const Ends& flow : unwanted_) {
      if (!flow.used) continue;
      // Who of the two the filter takes for the server depends on where it stands.
      visit(Interest{flow.b, flow.a_port, InterestScope::kFlow}, false);
      visit(Interest{flow.a, flow.b_port, InterestScope::kFlow}, false);
    }
  }

 private:
  struct Entry {
    TimeUs until = INT64_MIN;
    uint32_t held = 0;
  };
  struct InterestHash {
    KeyedHash hash;
    uint64_t operator()(const Interest& what) const;
  };
  using Entries = LruTable<Interest, Entry, InterestHash>;
  static constexpr uint8_t kList = Entries::kFirstList;
  struct Ends {
    decode::IpAddress a, b;
    uint16_t a_port = 0, b_port = 0;
    bool used = false;
    bool operator==(const Ends&) const = default;
  };

  // Null where there is no room; then `until` says how long that matters.
  Entry* Find(const Interest& what, TimeUs until);
  Ends* FindUnwanted(const Ends& ends);

  Entries entries_;
  std::vector<Ends> unwanted_;
  size_t next_unwanted_ = 0;
  TimeUs earliest_ = INT64_MAX;    // no interest is over before
  TimeUs lost_until_ = INT64_MIN;  // of the interests that found no place
  uint64_t generation_ = 1;
};

}  // namespace gnomon::classify
