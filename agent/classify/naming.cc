// What gives a flow its name and its service, and the sightings that tell of it.
#include "agent/classify/classifier_impl.h"
#include "agent/classify/ech.h"

namespace gnomon::classify {

void Classifier::Impl::Look(Index index, uint32_t sequence, const decode::Packet& packet) {
  Flow& flow = flows_[index];
  // A resolver's client says nothing of use, and its server is read elsewhere.
  if (packet.dport == kDnsPort) {
    Take(index, NameFinder::Step::kNotTls, packet.time);
    return;
  }
  for (;;) {
    NameFinder::Step step = finder_.Feed(flow.search, index, sequence, packet.payload);
    if (step == NameFinder::Step::kNeedsBuffer) {
      GiveUpLooking(finder_.OldestOwner(), packet.time);
      step = finder_.Feed(flow.search, index, sequence, packet.payload);
    }
    // Behind a proxy's head there may be another one, or the hello, in the same bytes.
    if (step == NameFinder::Step::kWaiting || !Take(index, step, packet.time)) return;
  }
}

void Classifier::Impl::GiveUpLooking(Index index, TimeUs now) {
  if (flows_.key(index).transport == decode::Transport::kUdp) {
    Take(index, NameFinder::Step::kIncomplete, now);
    return;
  }
  Take(index, finder_.GiveUp(flows_[index].search), now);
}

bool Classifier::Impl::Take(Index index, NameFinder::Step step, TimeUs now) {
  Flow& flow = flows_[index];
  switch (step) {
    case NameFinder::Step::kConnect:
      SetName(index, Via::kConnect, finder_.result().connect.host, false, now);
      return true;
    case NameFinder::Step::kSocks:
      SetName(index, Via::kSocks, finder_.result().socks.host, false, now);
      return true;
    case NameFinder::Step::kProxyHeader:
      return true;
    case NameFinder::Step::kHttp:
      SetName(index, Via::kHttp, finder_.result().http.host, false, now);
      break;
    case NameFinder::Step::kHello:
      TakeHello(index, flow.quic.connection == 0 ? finder_.result().hello : quic_.hello(), now);
      break;
    case NameFinder::Step::kMidStream:
      AskDns(index, &Coverage::mid_stream, now);
      break;
    case NameFinder::Step::kNotTls:
      CountOutcome(index, &Coverage::not_tls);
      break;
    case NameFinder::Step::kMalformed:
      CountOutcome(index, &Coverage::malformed_hello);
      break;
    default:
      CountOutcome(index, &Coverage::hello_incomplete);
      break;
  }
  finder_.Release(flow.search);
  quic_.Release(flow.quic);
  flow.phase = Phase::kDecided;
  return false;
}

void Classifier::Impl::TakeHello(Index index, const decode::ClientHello& hello, TimeUs now) {
  Flow& flow = flows_[index];
  if (!flow.search.tunnel.InnerNameWins(hello)) {
    flow.ech = IsEncryptedHello(hello);
  } else if (hello.server_name.empty()) {
    AskDns(index, &Coverage::hello_without_name, now);
  } else {
    const bool quic = flows_.key(index).transport == decode::Transport::kUdp;
    SetName(index, quic ? Via::kQuic : Via::kTls, hello.server_name, IsEncryptedHello(hello), now);
  }
}

void Classifier::Impl::SetName(Index index, Via via, const decode::HostName& host, bool ech,
                               TimeUs now) {
  Flow& flow = flows_[index];
  CountOutcome(index, &Coverage::named);
  // A proxy that wanted a password gets the same head again.
  if (via == flow.via && flow.name != NamePool::kNone && names_.View(flow.name) == host.view())
    return;
  const catalogue::Match match = table_->Find(host.view());
  // The tunnel of one service turned out to hold something else.
  if (flow.match && !match) ReportEnd(index, now);
  const bool needed = match || via == Via::kConnect;
  const NamePool::Index name = needed ? names_.Acquire(host) : NamePool::kNone;
  names_.Release(flow.name);
  flow.name = name;
  flow.match = match;
  flow.via = via;
  flow.ech = ech;
  flow.evidence = v1::EVIDENCE_NAMED;
  if (!match && !options_.all_names) return;
  AskClient(index);
  Sighting sighting = Describe(index, SightingKind::kName, now);
  sighting.host = host.view();
  next_.Consume(sighting);
}

void Classifier::Impl::AskDns(Index index, uint64_t Coverage::*otherwise, TimeUs now) {
  Flow& flow = flows_[index];
  // Behind a proxy's head the address is the proxy's.
  if (flow.outcome_given) return;
  const Endpoint& server = flows_.key(index).ends[Other(flow.client)];
  const Resolver::Finding finding = resolver_.Lookup(server.address, now);
  if (finding.verdict != Resolver::Verdict::kResolved) {
    CountOutcome(
        index, finding.verdict == Resolver::Verdict::kAmbiguous ? &Coverage::ambiguous : otherwise);
    return;
  }
  CountOutcome(index, &Coverage::resolved);
  flow.match = finding.match;
  flow.name = finding.name;
  names_.Hold(flow.name);
  flow.via = Via::kDns;
  flow.evidence = v1::EVIDENCE_RESOLVED;
  AskClient(index);
  next_.Consume(Describe(index, SightingKind::kName, now));
}

void Classifier::Impl::UseTable(std::shared_ptr<const catalogue::Table> table, TimeUs now) {
  table_ = std::move(table);
  flows_.ForEachOpen([&](Index index) {
    Flow& flow = flows_[index];
    if (!flow.match) return;
    const catalogue::Match match =
        table_->Find(flow.name == NamePool::kNone ? flow.match.suffix : names_.View(flow.name));
    if (match.service == flow.match.service && match.role == flow.match.role) {
      flow.match = match;
      return;
    }
    ReportData(index, now);
    const NamePool::Index name = flow.name;
    names_.Hold(name);  // over ReportEnd()
    ReportEnd(index, now);
    flow.name = name;
    flow.match = match;
    if (match) next_.Consume(Describe(index, SightingKind::kName, now));
  });
}

void Classifier::Impl::CountOutcome(Index index, uint64_t Coverage::*outcome) {
  Flow& flow = flows_[index];
  if (flow.outcome_given) return;
  flow.outcome_given = true;
  if (flows_.key(index).transport == decode::Transport::kUdp) {
    if (outcome != &Coverage::named && outcome != &Coverage::resolved) {
      ++coverage_.udp_443;
      return;
    }
    ++coverage_.flows;
  }
  ++(coverage_.*outcome);
}

FiveTuple Classifier::Impl::TupleOf(Index index) const {
  const Side side = flows_[index].client;
  const FlowKey& key = flows_.key(index);
  const Endpoint& client = key.ends[side];
  const Endpoint& server = key.ends[Other(side)];
  return {client.address, server.address, client.port, server.port, key.transport};
}

void Classifier::Impl::AskClient(Index index) {
  Flow& flow = flows_[index];
  if (clients_ == nullptr || flow.client_asked || !flow.match) return;
  flow.client_asked = true;
  flow.client_kind = clients_->KindOf(TupleOf(index));
}

Sighting Classifier::Impl::Describe(Index index, SightingKind kind, TimeUs now) const {
  const Flow& flow = flows_[index];
  Sighting sighting;
  sighting.kind = kind;
  sighting.time = now;
  sighting.flow = flow.id;
  sighting.match = flow.match;
  sighting.evidence = flow.evidence;
  sighting.client = flow.client_kind;
  sighting.via = flow.via;
  sighting.ech = flow.ech;
  sighting.host = flow.name == NamePool::kNone ? flow.match.suffix : names_.View(flow.name);
  sighting.tuple = TupleOf(index);
  return sighting;
}

void Classifier::Impl::ReportData(Index index, TimeUs now) {
  Flow& flow = flows_[index];
  // The client's first: of what came before the name, it was.
  for (const Side side : {flow.client, Other(flow.client)}) {
    if (flow.unreported[side] == 0) continue;
    Sighting sighting = Describe(index, SightingKind::kData, now);
    sighting.upstream = side == flow.client;
    sighting.bytes = flow.unreported[side];
    flow.unreported[side] = 0;
    next_.Consume(sighting);
  }
}

void Classifier::Impl::ReportEnd(Index index, TimeUs now) {
  Flow& flow = flows_[index];
  if (flow.match) next_.Consume(Describe(index, SightingKind::kEnd, now));
  names_.Release(flow.name);
  flow.name = NamePool::kNone;
  flow.match = {};
}

}  // namespace gnomon::classify
