#include "agent/classify/classifier.h"

#include <algorithm>

#include "agent/classify/classifier_impl.h"

namespace gnomon::classify {
namespace {

// How long a closed flow is remembered for stragglers. Longer than the retransmissions of a last
// segment on a path that works (RFC 6298 starts at 1 s and doubles).
constexpr TimeUs kLinger = 30 * kSecondUs;

// Names that may be held at one time; beyond it the catalogue's suffix stands for the name.
constexpr uint32_t kMaxNames = 4096;

// So many packets of a flow of no service, and it is asked to be left out. A page's requests are
// fewer; an upload of 100 kB in Ethernet's segments has more.
constexpr uint16_t kMuch = 64;

// A SYN that is captured after the data it announces: at most this many bytes after it.
constexpr uint32_t kLateSyn = 64 * 1024;

uint32_t PayloadSequence(const decode::Packet& packet) {
  // The SYN itself takes one number; data may come with it (TCP Fast Open, RFC 7413).
  return packet.tcp_seq + ((packet.tcp_flags & decode::kTcpSyn) != 0 ? 1 : 0);
}

}  // namespace

Classifier::Impl::Impl(std::shared_ptr<const catalogue::Table> table,
                       const ClassifierOptions& options, SightingSink& next,
                       ClientKinds* clients)
    : table_(std::move(table)),
      options_(options),
      next_(next),
      clients_(clients),
      names_(kMaxNames, KeyedHash::WithRandomKey()),
      flows_(options.max_flows, KeyedHash::WithRandomKey()),
      resolver_(options.max_resolved, names_, KeyedHash::WithRandomKey()),
      interests_(options.max_interests, KeyedHash::WithRandomKey()),
      finder_(options.max_hellos, options.max_hello_bytes),
      quic_(options.max_hellos, options.max_hello_bytes, KeyedHash::WithRandomKey()),
      hello_hash_(KeyedHash::WithRandomKey()),
      local_(table_, options.max_local) {}

bool Classifier::Impl::IsIdle(Index index, TimeUs now) const {
  const Flow& flow = flows_[index];
  const bool stream = flows_.key(index).transport == decode::Transport::kTcp;
  const TimeUs open = stream ? options_.idle : options_.idle_datagrams;
  return now - flow.last_seen >= (flow.phase == Phase::kClosed ? kLinger : open);
}

Classifier::Impl::Index Classifier::Impl::FlowFor(const FlowKey& key, TimeUs now) {
  if (flows_.full()) {
    if (const Index closed = flows_.OldestClosed(); closed != FlowTable::kNone) {
      flows_.Erase(closed);
    } else {
      ++coverage_.flows_evicted;
      Remove(flows_.OldestOpen(), now);
    }
  }
  return flows_.Insert(key);
}

// A SYN on ports that already have a flow: the same connection, or the next one on them?
bool Classifier::Impl::BeginsNewFlow(const Flow& flow, Side sender,
                                     const decode::Packet& packet) const {
  if ((packet.tcp_flags & decode::kTcpSyn) == 0) return false;
  const bool answer = (packet.tcp_flags & decode::kTcpAck) != 0;
  if (flow.phase == Phase::kClosed && !answer) return true;
  const SequenceTracker& sent = flow.sent[sender];
  const uint32_t first = packet.tcp_seq + 1;
  if ((flow.syns >> sender & 1) != 0) return sent.first() != first;
  if (flow.phase == Phase::kClosed) return false;
  // Not seen before: it may have been overtaken by the data behind it, but not by the server's.
  if (sent.started()) return sent.first() - first > kLateSyn;
  return !answer && flow.sent[Other(sender)].started() && (flow.syns >> Other(sender) & 1) == 0;
}

void Classifier::Impl::OnSyn(Flow& flow, Side sender, const decode::Packet& packet) {
  const bool answer = (packet.tcp_flags & decode::kTcpAck) != 0;
  const Side client = answer ? Other(sender) : sender;
  flow.syns |= static_cast<uint8_t>(1 << sender);
  if (flow.phase == Phase::kSilent) {
    flow.client = client;
    flow.client_known = ClientKnown::kByHandshake;
  }
  const uint32_t first = packet.tcp_seq + 1;
  if (!flow.sent[sender].started()) {
    flow.sent[sender].StartAt(first);
    if (sender == client && flow.phase == Phase::kSilent) flow.search.StartAt(first);
  }
  if (answer && !flow.dns_known) {
    flow.dns_known = true;
    flow.dns_next = first;
  }
  if (answer) {
    flow.acked_known = true;
    flow.acked = first;
  }
}

void Classifier::Impl::ConsumeTcp(const decode::Packet& packet) {
  Side sender = 0;
  const FlowKey key = FlowKey::Of(packet, &sender);
  Index index = flows_.Find(key);
  const bool syn = (packet.tcp_flags & decode::kTcpSyn) != 0;
  if (index != FlowTable::kNone) {
    if (IsIdle(index, packet.time)) {
      Remove(index, packet.time);
      index = FlowTable::kNone;
    } else if (BeginsNewFlow(flows_[index], sender, packet)) {
      End(index, packet.time);
      flows_.Renew(index);
    }
  }
  if (index == FlowTable::kNone) {
    // Without a SYN or data there is nothing to learn, only a flow's last words.
    if (packet.payload_length == 0 && !syn) return;
    index = FlowFor(key, packet.time);
  }
  Flow& flow = flows_[index];
  flow.last_seen = std::max(flow.last_seen, packet.time);
  flows_.Touch(index);
  if (flow.phase == Phase::kClosed) return;

  if (syn) OnSyn(flow, sender, packet);
  if (packet.payload_length > 0) OnPayload(index, sender, packet);
  if ((packet.tcp_flags & decode::kTcpFin) != 0) flow.fins |= static_cast<uint8_t>(1 << sender);
  if ((packet.tcp_flags & decode::kTcpRst) != 0 || flow.fins == 3) {
    End(index, packet.time);
    flows_.Close(index);
  }
}

void Classifier::Impl::OnPayload(Index index, Side sender, const decode::Packet& packet) {
  Flow& flow = flows_[index];
  const uint32_t sequence = PayloadSequence(packet);
  if (packet.sport == kDnsPort) ReadDnsStream(index, sequence, packet);
  if (flow.phase <= Phase::kLooking && flow.client_known < ClientKnown::kByHello)
    ChooseClient(index, sender, packet);
  const bool local = ReadLocal(index, sender, sequence, packet);
  if (flow.phase == Phase::kDecided && !flow.match && !local && !AskDnsAgain(index, packet.time))
    return NoteUseless(flow, packet);

  const bool from_client = sender == flow.client;
  if (from_client) NoteAcknowledged(index, packet);
  flow.unreported[sender] += flow.sent[sender].Add(sequence, packet.payload_length);
  if (from_client && !flow.counted) {
    flow.counted = true;
    flow.phase = Phase::kLooking;
    CountFlow(index);
  }
  if (!from_client) {
    flow.server_seen = true;
    flow.server_bytes += packet.payload_length;
  }
  if (flow.phase == Phase::kLooking) {
    if (from_client) Look(index, sequence, packet);
    // In mid-stream: the other side answers, so this is no start that came out of order. With a
    // known start: see the constant. With a name: an answer means that the rest was not captured.
    const bool hopeless = flow.search.named         ? !from_client
                          : flow.search.start_known ? flow.server_bytes > kServerBytesAfterHello
                                                    : flow.server_bytes > 0;
    if (flow.phase == Phase::kLooking && hopeless) GiveUpLooking(index, packet.time);
  }
  if (flow.match) ReportData(index, packet.time);
}

void Classifier::Impl::CountFlow(Index index) {
  Flow& flow = flows_[index];
  if (!StaysHere(index)) {
    ++coverage_.flows;
    return;
  }
  ++coverage_.loopback;
  flow.outcome_given = true;
}

void Classifier::Impl::NoteAcknowledged(Index index, const decode::Packet& packet) {
  Flow& flow = flows_[index];
  if ((packet.tcp_flags & decode::kTcpAck) == 0) return;
  if (!flow.acked_known) {
    flow.acked_known = true;
    flow.acked = packet.tcp_ack;
    return;
  }
  const uint32_t said = packet.tcp_ack - flow.acked;
  if (said > SequenceTracker::kMaxDistance) return;  // before the start, or none of this connection
  flow.server_bytes = std::max<uint64_t>(flow.server_bytes, said);
  // Its first words, where they were gone before the filter knew of it: those of a handshake.
  if (flow.server_seen || said > kServerBytesAfterHello) return;
  const Side server = Other(flow.client);
  flow.unreported[server] += flow.sent[server].Add(flow.acked, said);
  if (flow.match) ReportData(index, packet.time);
}

void Classifier::Impl::NoteUseless(Flow& flow, const decode::Packet& packet) {
  if (++flow.useless % kMuch != 0) return;
  flow.refused = true;
  interests_.Refuse(packet);
}

// Where no SYN was seen. The side that sends a ClientHello or a request is the client. Until
// one is seen, the side with the higher port: servers listen on low ports, and systems give out
// client ports from 32768 or 49152 up (RFC 6335 section 6). Between equal ports, the first that
// sends data.
void Classifier::Impl::ChooseClient(Index index, Side sender, const decode::Packet& packet) {
  Flow& flow = flows_[index];
  if (BeginsStream(packet.payload)) {
    if (flow.client_known != ClientKnown::kNot && flow.client != sender) {
      finder_.Release(flow.search);
      flow.search = NameSearch();
      flow.server_bytes = 0;
    }
    flow.client = sender;
    flow.client_known = ClientKnown::kByHello;
    return;
  }
  if (flow.client_known != ClientKnown::kNot) return;
  const FlowKey& key = flows_.key(index);
  const uint16_t mine = key.ends[sender].port;
  const uint16_t theirs = key.ends[Other(sender)].port;
  flow.client = mine >= theirs ? sender : Other(sender);
  flow.client_known = ClientKnown::kByPort;
}

void Classifier::Impl::ReadDnsStream(Index index, uint32_t sequence, const decode::Packet& packet) {
  dns_time_ = packet.time;
  const DnsStream::Counts counts =
      dns_streams_.Feed(flows_[index], index, sequence, packet.payload, *this);
  coverage_.dns_answers += counts.answers;
  coverage_.dns_malformed += counts.malformed;
}

void Classifier::Impl::Consume(const decode::DnsAddress& address) {
  const catalogue::Match match = table_->Find(address.question.view());
  const TimeUs until = resolver_.Learn(address.address, address.question, match,
                                       address.ttl_seconds, dns_time_);
  // Also where it is ambiguous: a flow there may name its service itself.
  if (match) interests_.Learn({address.address, 0, InterestScope::kAddress}, until);
}

void Classifier::Impl::End(Index index, TimeUs now) {
  Flow& flow = flows_[index];
  if (flow.phase == Phase::kClosed) return;
  if (flow.phase == Phase::kLooking) GiveUpLooking(index, now);
  EndLocal(index, now);
  if (flow.nameless != Nameless::kNot && now - flow.nameless_since <= kLateAnswer)
    AskDnsAgain(index, now);
  if (flow.match) ReportData(index, now);
  ReportEnd(index, now);
  if (flow.refused) {
    const auto& [a, b] = flows_.key(index).ends;
    interests_.TakeBack(a.address, a.port, b.address, b.port);
  }
  finder_.Release(flow.search);
  quic_.Release(flow.quic);
  dns_streams_.Release(flow);
}

void Classifier::Impl::Remove(Index index, TimeUs now) {
  End(index, now);
  flows_.Erase(index);
}

void Classifier::Impl::ExpireIdle(TimeUs now) {
  for (const auto transport : {decode::Transport::kTcp, decode::Transport::kUdp}) {
    for (Index oldest = flows_.OldestOpen(transport);
         oldest != FlowTable::kNone && IsIdle(oldest, now); oldest = flows_.OldestOpen(transport)) {
      Remove(oldest, now);
    }
  }
  for (Index oldest = flows_.OldestClosed(); oldest != FlowTable::kNone && IsIdle(oldest, now);
       oldest = flows_.OldestClosed()) {
    flows_.Erase(oldest);
  }
  interests_.Expire(now);
}

void Classifier::Impl::Finish(TimeUs now) {
  while (flows_.OldestOpen() != FlowTable::kNone) Remove(flows_.OldestOpen(), now);
  while (flows_.OldestClosed() != FlowTable::kNone) flows_.Erase(flows_.OldestClosed());
}

Classifier::Classifier(std::shared_ptr<const catalogue::Table> table,
                       const ClassifierOptions& options, SightingSink& next,
                       ClientKinds* clients)
    : impl_(std::make_unique<Impl>(std::move(table), options, next, clients)) {}

Classifier::~Classifier() = default;

void Classifier::Consume(const decode::Packet& packet) {
  if (packet.transport == decode::Transport::kTcp) {
    impl_->ConsumeTcp(packet);
  } else {
    impl_->ConsumeUdp(packet);
  }
}

void Classifier::UseTable(std::shared_ptr<const catalogue::Table> table, TimeUs now) {
  impl_->UseTable(std::move(table), now);
}
void Classifier::ExpireIdle(TimeUs now) {
  impl_->ExpireIdle(now);
}
void Classifier::Finish(TimeUs now) {
  impl_->Finish(now);
}
const Coverage& Classifier::coverage() const {
  return impl_->coverage();
}
ClientLookups Classifier::client_lookups() const {
  return impl_->client_lookups();
}
const AddressesOfInterest& Classifier::interests() const {
  return impl_->interests();
}

}  // namespace gnomon::classify
