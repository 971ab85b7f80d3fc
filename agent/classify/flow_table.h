// The flows that are open, by five-tuple, and what is known of each.
#pragma once

#include <array>
#include <cstdint>

#include "agent/classify/addresses_of_interest.h"
#include "agent/classify/flow_key.h"
#include "agent/classify/keyed_hash.h"
#include "agent/classify/local_finder.h"
#include "agent/classify/lru_table.h"
#include "agent/classify/name_finder.h"
#include "agent/classify/name_pool.h"
#include "agent/classify/quic_finder.h"
#include "agent/classify/sequence_tracker.h"
#include "agent/classify/sighting.h"
#include "agent/decode/packet.h"
#include "base/clock.h"
#include "catalogue/table.h"

namespace gnomon::classify {

enum class Phase : uint8_t {
  kSilent,   // no client payload yet
  kLooking,  // the client's first bytes are being read
  kDecided,  // with a service or without
  kClosed,   // over; kept a while so that stragglers do not begin a new flow
};

// How it is known who the client is, weakest first.
enum class ClientKnown : uint8_t { kNot, kByPort, kByHello, kByHandshake };

// A flow that has no name of its own and that no DNS answer has told of yet.
enum class Nameless : uint8_t {
  kNot,
  kHello,      // its hello has no name
  kOuterName,  // its hello's name is only the outer one
  kMidStream,  // it began before the capture
};

struct Flow {
  uint64_t id = 0;
  TimeUs last_seen = 0;
  Phase phase = Phase::kSilent;
  ClientKnown client_known = ClientKnown::kNot;
  Side client = 0;
  bool counted = false;        // in Coverage::flows
  bool outcome_given = false;  // in one of the counters that Coverage::flows is the sum of
  uint8_t fins = 0;            // one bit a side
  uint8_t syns = 0;
  uint64_t server_bytes = 0;  // while looking

  std::array<SequenceTracker, 2> sent;   // by side; only while it matters
  uint32_t acked = 0;                    // the first byte of the server's that was not, at the start
  bool acked_known = false;
  bool server_seen = false;              // payload of the server's was captured
  std::array<uint32_t, 2> unreported{};  // payload bytes that no kData has told yet

  NameSearch search;                                // of the client's stream
  QuicSearch quic;                                  // of a UDP flow
  HelloAssembly::Index dns = HelloAssembly::kNone;  // DNS over TCP: the server's stream
  uint32_t dns_next = 0;                            // where its next message begins
  bool dns_known = false;                           // dns_next is
  bool dns_given_up = false;

  LocalFinder::Index local = LocalFinder::kNone;  // a server of this machine or network, in clear

  catalogue::Match match;  // no service: outside the catalogue
  NamePool::Index name = NamePool::kNone;
  v1::Evidence evidence = v1::EVIDENCE_NAMED;
  Via via = Via::kTls;
  bool ech = false;
  Nameless nameless = Nameless::kNot;
  uint32_t dns_learned = 0;     // what the resolver had learnt when it was last asked
  TimeUs nameless_since = 0;
  bool client_asked = false;
  ClientBy client_by = ClientBy::kNobody;
  bool followed = false;       // `interest` is held
  bool refused = false;        // in AddressesOfInterest as unwanted
  uint16_t useless = 0;        // packets with payload since it was decided that it has no service
  Interest interest;
  v1::Client client_kind = v1::CLIENT_UNKNOWN;
  v1::Client client_hint = v1::CLIENT_UNKNOWN;  // by the hello
};

class FlowTable {
 public:
  using Index = uint32_t;
  static constexpr Index kNone = UINT32_MAX;

  FlowTable(uint32_t capacity, const KeyedHash& hash) : flows_(capacity, KeyHash{hash}) {}

  Index Find(const FlowKey& key) {
    // Packets come in trains: half of them and more belong to the flow of the one before.
    if (last_found_ != kNone && flows_.key(last_found_) == key) return last_found_;
    return last_found_ = flows_.Find(key);
  }
  bool full() const { return flows_.full(); }
  uint32_t size() const { return flows_.size(); }
  // A fresh flow with a new id. The table must not be full().
  Index Insert(const FlowKey& key);
  void Erase(Index index);
  // Starts the entry anew, as a new flow on the same five-tuple.
  void Renew(Index index);
  // Makes it the newest of the open or of the closed flows.
  void Touch(Index index) { flows_.Touch(index); }
  void Close(Index index);
  // F: void(Index); may change the flow, not the table.
  template <typename F>
  void ForEachOpen(F&& visit) const {
    flows_.ForEach(kOpenStreams, visit);
    flows_.ForEach(kOpenDatagrams, visit);
  }
  // kNone where there is none. Which one has to go: a closed one first.
  Index OldestOpen() const;
  Index OldestOpen(decode::Transport transport) const { return flows_.Oldest(OpenList(transport)); }
  Index OldestClosed() const { return flows_.Oldest(kClosedList); }

  Flow& operator[](Index index) { return flows_[index]; }
  const Flow& operator[](Index index) const { return flows_[index]; }
  const FlowKey& key(Index index) const { return flows_.key(index); }

 private:
  struct KeyHash {
    KeyedHash hash;
    uint64_t operator()(const FlowKey& key) const;
  };
  using Flows = LruTable<FlowKey, Flow, KeyHash>;
  // They go idle after different times, and each list is in the order of the last packet.
  static constexpr uint8_t kOpenStreams = Flows::kFirstList;
  static constexpr uint8_t kOpenDatagrams = Flows::kThirdList;
  static constexpr uint8_t kClosedList = Flows::kSecondList;
  static uint8_t OpenList(decode::Transport transport) {
    return transport == decode::Transport::kTcp ? kOpenStreams : kOpenDatagrams;
  }

  Flows flows_;
  Index last_found_ = kNone;  // lives
  uint64_t last_id_ = 0;
};

}  // namespace gnomon::classify
