// The inside of Classifier. In classifier.cc: TCP segments and the life of flows; in datagrams.cc:
// UDP; in naming.cc: what gives a flow its name and its service; in attribution.cc: flows without a
// name; in local_models.cc: model servers.
#pragma once

#include <memory>
#include <string_view>

#include "agent/classify/classifier.h"
#include "agent/classify/dns_stream.h"
#include "agent/classify/flow_table.h"
#include "agent/classify/local_finder.h"
#include "agent/classify/name_finder.h"
#include "agent/classify/name_pool.h"
#include "agent/classify/quic_finder.h"
#include "agent/classify/relayed_hellos.h"
#include "agent/classify/resolver.h"
#include "agent/decode/dns.h"

namespace gnomon::classify {

inline constexpr uint16_t kDnsPort = 53;

// A server that has said this much has read the hello, so what is missing of it was not captured.
inline constexpr uint64_t kServerBytesAfterHello = 64 * 1024;

// A client connects after its answer, but an answer that came by another interface, or over a loop
// to a stub resolver, may be read after the hello: the kernel hands over each interface's frames
// for itself.
inline constexpr TimeUs kLateAnswer = kSecondUs;

// After construction nothing here allocates; what `clients` does, once a flow with a service, is
// its own affair.
class Classifier::Impl : private decode::DnsAddressSink, private LocalAnswerSink {
 public:
  Impl(std::shared_ptr<const catalogue::Table> table, const ClassifierOptions& options,
       SightingSink& next, ClientKinds* clients);

  void ConsumeTcp(const decode::Packet& packet);
  void ConsumeUdp(const decode::Packet& packet);
  void UseTable(std::shared_ptr<const catalogue::Table> table, TimeUs now);
  void ExpireIdle(TimeUs now);
  void Finish(TimeUs now);
  const Coverage& coverage() const { return coverage_; }
  ClientLookups client_lookups() const {
    return clients_ == nullptr ? ClientLookups() : clients_->lookups();
  }
  const AddressesOfInterest& interests() const { return interests_; }

 private:
  using Index = FlowTable::Index;

  // classifier.cc
  Index FlowFor(const FlowKey& key, TimeUs now);
  bool BeginsNewFlow(const Flow& flow, Side sender, const decode::Packet& packet) const;
  void OnSyn(Flow& flow, Side sender, const decode::Packet& packet);
  void OnPayload(Index index, Side sender, const decode::Packet& packet);
  void CountFlow(Index index);
  // What the client acknowledges, the server has said, whether or not it was captured.
  void NoteAcknowledged(Index index, const decode::Packet& packet);
  // A packet of a flow that was decided to be of no service.
  void NoteUseless(Flow& flow, const decode::Packet& packet);
  void ChooseClient(Index index, Side sender, const decode::Packet& packet);
  void ReadDnsStream(Index index, uint32_t sequence, const decode::Packet& packet);
  void Consume(const decode::DnsAddress& address) override;
  // The flow is over: gives its last sightings and frees what it holds. The entry stays.
  void End(Index index, TimeUs now);
  void Remove(Index index, TimeUs now);
  bool IsIdle(Index index, TimeUs now) const;

  // datagrams.cc
  void ReadDnsDatagram(const decode::Packet& packet);
  // kNone where the datagram belongs to no flow and begins none.
  Index DatagramFlow(const decode::Packet& packet, Side* sender);
  void OnDatagram(Index index, Side sender, const decode::Packet& packet);
  // `first`: of the flow.
  void LookAtDatagram(Index index, Side sender, const decode::Packet& packet, bool first);

  // local_models.cc
  // Clear HTTP on this machine and its network. True where the flow is followed for it.
  bool ReadLocal(Index index, Side sender, uint32_t sequence, const decode::Packet& packet);
  void OnLocalAnswer(const LocalAnswer& answer) override;
  void NameLocal(Index index, const LocalAnswer& answer, TimeUs now);
  void EndLocal(Index index, TimeUs now);
  bool IsNear(Index index) const;
  // From one program of this machine to another.
  bool StaysHere(Index index) const;

  // naming.cc
  // The client's segment, while the flow is looked at.
  void Look(Index index, uint32_t sequence, const decode::Packet& packet);
  // What the search has come to. True where it goes on behind a proxy's head.
  bool Take(Index index, NameFinder::Step step, TimeUs now);
  // Ends the search without further segments.
  void GiveUpLooking(Index index, TimeUs now);
  // The same connection again, on the other side of a proxy of this machine: it is counted once.
  bool IsRelayed(Index index, const decode::ClientHello& hello, TimeUs now);
  void TakeHello(Index index, const decode::ClientHello& hello, TimeUs now);
  Via HelloVia(Index index) const;
  void SetName(Index index, Via via, const decode::HostName& host, bool ech, TimeUs now);
  void CountOutcome(Index index, uint64_t Coverage::*outcome);
  // The flow has got a service: its server is of interest until Unfollow() and some time longer.
  void Follow(Index index, TimeUs now);
  void Unfollow(Index index);
  void CountEncryptedDns(Index index, const decode::ClientHello& hello);
  // The flow has got a service: whose flow it is, by its socket, unless that was asked before, or
  // else by its hello.
  void AskClient(Index index);
  // The kind that the hello hints at; remembered, for a flow that gets its service later.
  v1::Client ClientHint(Index index);
  FiveTuple TupleOf(Index index) const;

  // attribution.cc
  // An encrypted hello: what DNS says, or else the outer name for those who want all names.
  void TakeOuterName(Index index, const decode::ClientHello& hello, TimeUs now);
  // A flow without a name in clear: what DNS says, or else it is counted as what it is.
  void AskDns(Index index, Nameless nameless, TimeUs now);
  // False where there is no answer.
  bool TryDns(Index index, TimeUs now);
  // A packet of a flow that got no service: true where one may still come, or has come by an answer
  // since. A hello waits for kLateAnswer. A flow that began before the capture waits as long as it
  // lives, for the answer it had is past; what it sent until then stays uncounted.
  bool AskDnsAgain(Index index, TimeUs now);
  void TakeBackOutcome(Index index, uint64_t Coverage::*outcome);

  // Sightings, in naming.cc.
  Sighting Describe(Index index, SightingKind kind, TimeUs now) const;
  void ReportData(Index index, TimeUs now);
  void ReportEnd(Index index, TimeUs now);

  std::shared_ptr<const catalogue::Table> table_;
  const ClassifierOptions options_;
  SightingSink& next_;
  ClientKinds* const clients_;  // may be null
  NamePool names_;
  FlowTable flows_;
  Resolver resolver_;
  AddressesOfInterest interests_;
  NameFinder finder_;
  QuicFinder quic_;
  const KeyedHash hello_hash_;
  RelayedHellos relayed_;
  LocalFinder local_;
  Index local_flow_ = FlowTable::kNone;  // whose answers are being read
  TimeUs local_time_ = 0;
  DnsStream dns_streams_;
  Coverage coverage_;
  TimeUs dns_time_ = 0;                         // of the packet whose answers are being read
  const decode::ClientHello* hello_ = nullptr;  // while it is being taken
};

}  // namespace gnomon::classify
