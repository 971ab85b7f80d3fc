// The inside of Classifier. In classifier.cc: TCP segments and the life of flows; in datagrams.cc:
// UDP; in naming.cc: what gives a flow its name and its service.
#pragma once

#include <memory>
#include <string_view>

#include "agent/classify/classifier.h"
#include "agent/classify/dns_stream.h"
#include "agent/classify/flow_table.h"
#include "agent/classify/name_finder.h"
#include "agent/classify/name_pool.h"
#include "agent/classify/quic_finder.h"
#include "agent/classify/resolver.h"
#include "agent/decode/dns.h"

namespace gnomon::classify {

inline constexpr uint16_t kDnsPort = 53;

// A server that has said this much has read the hello, so what is missing of it was not captured.
inline constexpr uint64_t kServerBytesAfterHello = 64 * 1024;

// After construction nothing here allocates; what `clients` does, once a flow with a service, is its
// own affair.
class Classifier::Impl : private decode::DnsAddressSink {
 public:
  Impl(std::shared_ptr<const catalogue::Table> table, const ClassifierOptions& options,
       SightingSink& next, ClientKinds* clients);

  void ConsumeTcp(const decode::Packet& packet);
  void ConsumeUdp(const decode::Packet& packet);
  void UseTable(std::shared_ptr<const catalogue::Table> table, TimeUs now);
  void ExpireIdle(TimeUs now);
  void Finish(TimeUs now);
  const Coverage& coverage() const { return coverage_; }

 private:
  using Index = FlowTable::Index;

  // classifier.cc
  Index FlowFor(const FlowKey& key, TimeUs now);
  bool BeginsNewFlow(const Flow& flow, Side sender, const decode::Packet& packet) const;
  void OnSyn(Flow& flow, Side sender, const decode::Packet& packet);
  void OnPayload(Index index, Side sender, const decode::Packet& packet);
  void ChooseClient(Index index, Side sender, const decode::Packet& packet);
  void ReadDnsStream(Index index, uint32_t sequence, const decode::Packet& packet);
  void Consume(const decode::DnsAddress& address) override;
  // The flow is over: gives its last sightings and frees what it holds. The entry stays.
  void End(Index index, TimeUs now);
  void Remove(Index index, TimeUs now);
  bool IsIdle(const Flow& flow, TimeUs now) const;

  // datagrams.cc
  void ReadDnsDatagram(const decode::Packet& packet);
  // kNone where the datagram belongs to no flow and begins none.
  Index DatagramFlow(const decode::Packet& packet, Side* sender);
  void OnDatagram(Index index, Side sender, const decode::Packet& packet);
  void LookAtDatagram(Index index, Side sender, const decode::Packet& packet);

  // naming.cc
  // The client's segment, while the flow is looked at.
  void Look(Index index, uint32_t sequence, const decode::Packet& packet);
  // What the search has come to. True where it goes on behind a proxy's head.
  bool Take(Index index, NameFinder::Step step, TimeUs now);
  // Ends the search without further segments.
  void GiveUpLooking(Index index, TimeUs now);
  void TakeHello(Index index, const decode::ClientHello& hello, TimeUs now);
  // A flow without a name in clear: what DNS says, or else `otherwise` counts it.
  void AskDns(Index index, uint64_t Coverage::*otherwise, TimeUs now);
  void SetName(Index index, Via via, const decode::HostName& host, bool ech, TimeUs now);
  void CountOutcome(Index index, uint64_t Coverage::*outcome);
  // The flow has got a service: whose flow it is, unless that was asked before.
  void AskClient(Index index);
  FiveTuple TupleOf(Index index) const;

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
  NameFinder finder_;
  QuicFinder quic_;
  DnsStream dns_streams_;
  Coverage coverage_;
  TimeUs dns_time_ = 0;  // of the packet whose answers are being read
};

}  // namespace gnomon::classify
