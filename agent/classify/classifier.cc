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
      finder_(options.max_hellos, options.max_hello_bytes),
      quic_(options.max_hellos, options.max_hello_bytes, KeyedHash::WithRandomKey()) {}

bool Classifier::Impl::IsIdle(const Flow& flow, TimeUs now) const {
  return now - flow.last_seen >= (flow.phase == Phase::kClosed ? kLinger : options_.idle);
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
}

void Classifier::Impl::ConsumeTcp(const decode::Packet& packet) {
  Side sender = 0;
  const FlowKey key = FlowKey::Of(packet, &sender);
  Index index = flows_.Find(key);
  const bool syn = (packet.tcp_flags & decode::kTcpSyn) != 0;
  if (index != FlowTable::kNone) {
    if (IsIdle(flows_[index], packet.time)) {
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
  if (flow.phase == Phase::kDecided && !flow.match) return;

  if (flow.phase <= Phase::kLooking && flow.client_known < ClientKnown::kByHello)
    ChooseClient(index, sender, packet);
  flow.unreported[sender] += flow.sent[sender].Add(sequence, packet.payload_length);
  const bool from_client = sender == flow.client;
  if (from_client && !flow.counted) {
    flow.counted = true;
    ++coverage_.flows;
    flow.phase = Phase::kLooking;
  }
  if (!from_client) flow.server_bytes += packet.payload_length;
  if (flow.phase == Phase::kLooking) {
    if (from_client) Look(index, sequence, packet);
    // In mid-stream: the other side answers, so this is no start that came out of order. With a
    // known start: see the constant.
    const bool hopeless = flow.search.start_known ? flow.server_bytes > kServerBytesAfterHello
                                                  : flow.server_bytes > 0;
    if (flow.phase == Phase::kLooking && hopeless) GiveUpLooking(index, packet.time);
  }
  if (flow.match) ReportData(index, packet.time);
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
  resolver_.Learn(address.address, address.question, table_->Find(address.question.view()),
                  address.ttl_seconds, dns_time_);
}

void Classifier::Impl::End(Index index, TimeUs now) {
  Flow& flow = flows_[index];
  if (flow.phase == Phase::kClosed) return;
  if (flow.phase == Phase::kLooking) GiveUpLooking(index, now);
  if (flow.match) ReportData(index, now);
  ReportEnd(index, now);
  finder_.Release(flow.search);
  quic_.Release(flow.quic);
  dns_streams_.Release(flow);
}

void Classifier::Impl::Remove(Index index, TimeUs now) {
  End(index, now);
  flows_.Erase(index);
}

void Classifier::Impl::ExpireIdle(TimeUs now) {
  for (Index oldest = flows_.OldestOpen();
       oldest != FlowTable::kNone && IsIdle(flows_[oldest], now); oldest = flows_.OldestOpen()) {
    Remove(oldest, now);
  }
  for (Index oldest = flows_.OldestClosed();
       oldest != FlowTable::kNone && IsIdle(flows_[oldest], now); oldest = flows_.OldestClosed()) {
    flows_.Erase(oldest);
  }
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

}  // namespace gnomon::classify
