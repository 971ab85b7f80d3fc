// What gives a flow its name and its service, and the sightings that tell of it.
#include "agent/classify/classifier_impl.h"
#include "agent/classify/client_families.h"
#include "agent/classify/ech.h"
#include "agent/classify/encrypted_dns.h"
#include "agent/decode/ja4.h"

namespace gnomon::classify {
namespace {

// How long an address is followed after a flow there named a service. Services keep their addresses
// for far longer; the price of one too many is the headers of what else is there.
constexpr TimeUs kNamedAddressLife = 3600 * kSecondUs;

}  // namespace

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
    if (step == NameFinder::Step::kWaiting) {
      // What the snap length cut off does not come again.
      if (flow.search.named && packet.payload.size() < packet.payload_length)
        GiveUpLooking(index, packet.time);
      return;
    }
    if (!Take(index, step, packet.time)) return;
  }
}

void Classifier::Impl::GiveUpLooking(Index index, TimeUs now) {
  if (flows_.key(index).transport == decode::Transport::kUdp) {
    const bool named = quic_.GiveUp(flows_[index].quic) == QuicFinder::Step::kHello;
    Take(index, named ? NameFinder::Step::kHello : NameFinder::Step::kIncomplete, now);
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
    case NameFinder::Step::kPreamble:
      return true;
    case NameFinder::Step::kHttp:
      SetName(index, Via::kHttp, finder_.result().http.host, false, now);
      break;
    case NameFinder::Step::kHello:
      TakeHello(index, flow.quic.connection == 0 ? finder_.result().hello : quic_.hello(), now);
      break;
    case NameFinder::Step::kMidStream:
      AskDns(index, Nameless::kMidStream, now);
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

bool Classifier::Impl::IsRelayed(Index index, const decode::ClientHello& hello, TimeUs now) {
  if (flows_.key(index).transport == decode::Transport::kUdp) return false;
  return relayed_.SeenOnOtherSide(hello_hash_(hello.random), StaysHere(index), now);
}

void Classifier::Impl::TakeHello(Index index, const decode::ClientHello& hello, TimeUs now) {
  Flow& flow = flows_[index];
  if (IsRelayed(index, hello, now)) {
    ++coverage_.relayed;
    CountOutcome(index, &Coverage::named);
    if (flow.match) ReportEnd(index, now);
    return;
  }
  CountEncryptedDns(index, hello);
  hello_ = &hello;
  if (!flow.search.tunnel.InnerNameWins(hello)) {
    flow.ech = IsEncryptedHello(hello);
    AskClient(index);
  } else if (hello.server_name.empty()) {
    AskDns(index, Nameless::kHello, now);
  } else if (IsEncryptedHello(hello) && !flow.outcome_given) {
    TakeOuterName(index, hello, now);
  } else {
    SetName(index, HelloVia(index), hello.server_name, IsEncryptedHello(hello), now);
  }
  hello_ = nullptr;
}

Via Classifier::Impl::HelloVia(Index index) const {
  return flows_.key(index).transport == decode::Transport::kUdp ? Via::kQuic : Via::kTls;
}

void Classifier::Impl::CountEncryptedDns(Index index, const decode::ClientHello& hello) {
  switch (EncryptedDnsOf(hello, TupleOf(index), !flows_[index].outcome_given)) {
    case EncryptedDns::kNone:
      break;
    case EncryptedDns::kHttps:
      ++coverage_.doh;
      break;
    case EncryptedDns::kTls:
      ++coverage_.dot;
      break;
    case EncryptedDns::kQuic:
      ++coverage_.doq;
      break;
  }
}

void Classifier::Impl::SetName(Index index, Via via, const decode::HostName& host, bool ech,
                               TimeUs now) {
  Flow& flow = flows_[index];
  CountOutcome(index, &Coverage::named);
  // A proxy that wanted a password gets the same head again.
  if (via == flow.via && flow.name != NamePool::kNone && names_.View(flow.name) == host.view())
    return;
  catalogue::Match match = table_->Find(host.view());
  if (!match && options_.unknown_hosts != nullptr) {
    match = {options_.unknown_hosts->Place(host.view()), v1::HOST_ROLE_USE, false, {}};
  }
  if (flow.match && flow.evidence == v1::EVIDENCE_LOCAL) {
    // What speaks like a model server is one, behind a host that nobody lists as well.
    if (!match) return;
    EndLocal(index, now);  // a turn that is under way is the local service's
  }
  // The tunnel of one service turned out to hold something else.
  if (flow.match && !match) ReportEnd(index, now);
  // A model server may yet show behind a host that nobody lists.
  const bool needed = match || via == Via::kConnect || flow.local != LocalFinder::kNone;
  const NamePool::Index name = needed ? names_.Acquire(host) : NamePool::kNone;
  names_.Release(flow.name);
  flow.name = name;
  flow.match = match;
  flow.via = via;
  flow.ech = ech;
  flow.evidence = v1::EVIDENCE_NAMED;
  if (match) Follow(index, now);
  if (!match && !options_.all_names) return;
  AskClient(index);
  Sighting sighting = Describe(index, SightingKind::kName, now);
  sighting.host = host.view();
  next_.Consume(sighting);
}

void Classifier::Impl::UseTable(std::shared_ptr<const catalogue::Table> table, TimeUs now) {
  table_ = std::move(table);
  local_.UseTable(table_);
  flows_.ForEachOpen([&](Index index) {
    Flow& flow = flows_[index];
    // A model server is known by what it speaks, whatever it is called.
    if (!flow.match || flow.evidence == v1::EVIDENCE_LOCAL) return;
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
    if (!match) return;
    Follow(index, now);
    next_.Consume(Describe(index, SightingKind::kName, now));
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

void Classifier::Impl::Follow(Index index, TimeUs now) {
  Unfollow(index);
  Flow& flow = flows_[index];
  const FlowKey& key = flows_.key(index);
  const decode::IpAddress& server = key.ends[Other(flow.client)].address;
  const bool to_proxy = flow.search.tunnel.open || flow.via == Via::kConnect ||
                        flow.via == Via::kSocks ||
                        (flow.via == Via::kHttp &&
                         finder_.result().http.target == decode::HttpTarget::kAbsolute);
  if (flow.local != LocalFinder::kNone) {
    // What it says in clear is read, not only its sizes.
    flow.interest = {server, key.ends[Other(flow.client)].port, InterestScope::kEndpoint};
    interests_.Learn(flow.interest, now + kNamedAddressLife);
  } else if (to_proxy) {
    // Everything else goes to a proxy's address, too.
    flow.interest = {server, key.ends[flow.client].port, InterestScope::kFlow};
  } else {
    // Not known from DNS where that is encrypted. The next connection's answer begins a round trip
    // after its name is seen, so the address is kept for it.
    flow.interest = {server, 0, InterestScope::kAddress};
    interests_.Learn(flow.interest, now + kNamedAddressLife);
  }
  interests_.Hold(flow.interest, now);
  flow.followed = true;
}

void Classifier::Impl::Unfollow(Index index) {
  Flow& flow = flows_[index];
  if (!flow.followed) return;
  interests_.Release(flow.interest);
  flow.followed = false;
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
  if (!flow.match) return;
  if (clients_ != nullptr && !flow.client_asked) {
    flow.client_asked = true;
    flow.client_kind = clients_->KindOf(TupleOf(index));
    if (flow.client_kind != v1::CLIENT_UNKNOWN) flow.client_by = ClientBy::kSocket;
  }
  if (flow.client_kind != v1::CLIENT_UNKNOWN) return;
  flow.client_kind = ClientHint(index);
  if (flow.client_kind != v1::CLIENT_UNKNOWN) flow.client_by = ClientBy::kFingerprint;
}

v1::Client Classifier::Impl::ClientHint(Index index) {
  Flow& flow = flows_[index];
  if (hello_ == nullptr || !options_.client_fingerprints) return flow.client_hint;
  if (const auto fingerprint = decode::MakeJa4(*hello_, flows_.key(index).transport))
    flow.client_hint = KindOfLibrary(*fingerprint);
  return flow.client_hint;
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
  sighting.client_by = flow.client_by;
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
  EndLocal(index, now);  // no turn outlives its flow's name
  Flow& flow = flows_[index];
  if (flow.match) {
    ++(flow.client_by == ClientBy::kSocket        ? coverage_.client_by_socket
       : flow.client_by == ClientBy::kFingerprint ? coverage_.client_by_fingerprint
                                                  : coverage_.client_unknown);
    next_.Consume(Describe(index, SightingKind::kEnd, now));
  }
  Unfollow(index);
  names_.Release(flow.name);
  flow.name = NamePool::kNone;
  flow.match = {};
}

}  // namespace gnomon::classify
