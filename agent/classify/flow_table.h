// The flows that are open, by five-tuple, and what is known of each.
#pragma once

#include <array>
#include <cstdint>

#include "agent/classify/keyed_hash.h"
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

// One end of a flow, as an index: the lower Endpoint is 0. Both directions of a flow have the same
// key, whoever opened it.
using Side = uint8_t;
inline Side Other(Side side) {
  return side ^ 1;
}

struct Endpoint {
  decode::IpAddress address;
  uint16_t port = 0;
  bool operator==(const Endpoint&) const = default;
  // Any order will do; the ports, which nearly always differ, are compared faster.
  auto operator<=>(const Endpoint& other) const {
    const auto ports = port <=> other.port;
    return ports != 0 ? ports : address <=> other.address;
  }
};

struct FlowKey {
  std::array<Endpoint, 2> ends;  // in ascending order
  decode::Transport transport = decode::Transport::kTcp;
  bool operator==(const FlowKey&) const = default;

  // `*sender` becomes the side that sent the packet.
  static FlowKey Of(const decode::Packet& packet, Side* sender);
};

enum class Phase : uint8_t {
  kSilent,   // no client payload yet
  kLooking,  // the client's first bytes are being read
  kDecided,  // with a service or without
  kClosed,   // over; kept a while so that stragglers do not begin a new flow
};

// How it is known who the client is, weakest first.
enum class ClientKnown : uint8_t { kNot, kByPort, kByHello, kByHandshake };

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
  std::array<uint32_t, 2> unreported{};  // payload bytes that no kData has told yet

  NameSearch search;                                // of the client's stream
  QuicSearch quic;                                  // of a UDP flow
  HelloAssembly::Index dns = HelloAssembly::kNone;  // DNS over TCP: the server's stream
  uint32_t dns_next = 0;                            // where its next message begins
  bool dns_known = false;                           // dns_next is
  bool dns_given_up = false;

  catalogue::Match match;  // no service: outside the catalogue
  NamePool::Index name = NamePool::kNone;
  v1::Evidence evidence = v1::EVIDENCE_NAMED;
  Via via = Via::kTls;
  bool ech = false;
  bool client_asked = false;
  v1::Client client_kind = v1::CLIENT_UNKNOWN;
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
    flows_.ForEach(kOpen, visit);
  }
  // kNone where there is none. Which one has to go: a closed one first.
  Index OldestOpen() const { return flows_.Oldest(kOpen); }
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
  static constexpr uint8_t kOpen = Flows::kFirstList;
  static constexpr uint8_t kClosedList = Flows::kSecondList;

  Flows flows_;
  Index last_found_ = kNone;  // lives
  uint64_t last_id_ = 0;
};

}  // namespace gnomon::classify
