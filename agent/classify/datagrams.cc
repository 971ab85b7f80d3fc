// UDP: DNS answers, and the flows of QUIC.
#include <algorithm>

#include "agent/classify/classifier_impl.h"
#include "agent/decode/tunnel_hello.h"

namespace gnomon::classify {
namespace {

constexpr uint16_t kQuicPort = 443;

// A short header (RFC 9000 section 17.3): a connection that is past its handshake.
bool IsQuicMidStream(const decode::Packet& packet) {
  return !packet.payload.empty() && (packet.payload[0] & 0xc0) == 0x40 &&
         (packet.sport == kQuicPort || packet.dport == kQuicPort);
}

}  // namespace

void Classifier::Impl::ConsumeUdp(const decode::Packet& packet) {
  if (packet.sport == kDnsPort) {
    ReadDnsDatagram(packet);
    return;
  }
  Side sender = 0;
  const Index index = DatagramFlow(packet, &sender);
  if (index == FlowTable::kNone) return;
  Flow& flow = flows_[index];
  flow.last_seen = std::max(flow.last_seen, packet.time);
  flows_.Touch(index);
  OnDatagram(index, sender, packet);
}

void Classifier::Impl::ReadDnsDatagram(const decode::Packet& packet) {
  dns_time_ = packet.time;
  switch (decode::ParseDnsMessage(packet.payload, *this)) {
    case decode::DnsResult::kAnswer:
      ++coverage_.dns_answers;
      break;
    case decode::DnsResult::kNotAnswer:
      break;
    case decode::DnsResult::kMalformed:
      ++coverage_.dns_malformed;
      break;
  }
}

Classifier::Impl::Index Classifier::Impl::DatagramFlow(const decode::Packet& packet, Side* sender) {
  const FlowKey key = FlowKey::Of(packet, sender);
  Index index = flows_.Find(key);
  if (index != FlowTable::kNone && IsIdle(index, packet.time)) {
    Remove(index, packet.time);
    index = FlowTable::kNone;
  }
  if (index != FlowTable::kNone) {
    // A connection has no end that could be seen, and the next one may be on the same ports.
    Flow& flow = flows_[index];
    const bool may_begin = flow.quic.connection == 0 || *sender == flow.client;
    if (flow.phase == Phase::kDecided && may_begin &&
        quic_.BeginsConnection(flow.quic, packet.payload)) {
      End(index, packet.time);
      flows_.Renew(index);
    }
    return index;
  }
  if (decode::RecogniseTunnel(packet) != decode::TunnelHello::kNone) {
    index = FlowFor(key, packet.time);
    flows_[index].client = *sender;
    flows_[index].phase = Phase::kDecided;
    ++coverage_.tunnels;
    return index;
  }
  // All of UDP on that port is counted. On others only a client's first Initial begins a flow,
  // which never comes in a shorter datagram.
  if (packet.sport != kQuicPort && packet.dport != kQuicPort &&
      (packet.payload_length < decode::kQuicMinInitialDatagram ||
       !QuicFinder::BeginsWithInitial(packet.payload))) {
    return FlowTable::kNone;
  }
  return FlowFor(key, packet.time);
}

void Classifier::Impl::OnDatagram(Index index, Side sender, const decode::Packet& packet) {
  Flow& flow = flows_[index];
  const bool first = flow.phase == Phase::kSilent;
  if (first) {
    flow.client = packet.sport == kQuicPort ? Other(sender) : sender;
    flow.phase = Phase::kLooking;
  }
  if (sender != flow.client) quic_.NoteRetry(flow.quic, packet.payload);
  if (flow.phase == Phase::kDecided && !flow.match && !AskDnsAgain(index, packet.time))
    return NoteUseless(flow, packet);
  flow.unreported[sender] += packet.payload_length;
  if (flow.phase == Phase::kLooking) LookAtDatagram(index, sender, packet, first);
  if (flow.match) ReportData(index, packet.time);
}

void Classifier::Impl::LookAtDatagram(Index index, Side sender, const decode::Packet& packet,
                                      bool first) {
  Flow& flow = flows_[index];
  if (flow.quic.connection == 0 || sender == flow.client) {
    QuicFinder::Step step = quic_.Feed(flow.quic, index, packet.payload);
    if (step == QuicFinder::Step::kNeedsBuffer) {
      GiveUpLooking(quic_.OldestOwner(), packet.time);
      step = quic_.Feed(flow.quic, index, packet.payload);
    }
    if (flow.quic.connection != 0) flow.client = sender;
    switch (step) {
      case QuicFinder::Step::kWaiting:
        // What the snap length cut off does not come again.
        if (flow.quic.named && packet.payload.size() < packet.payload_length)
          GiveUpLooking(index, packet.time);
        break;
      case QuicFinder::Step::kHello:
        Take(index, NameFinder::Step::kHello, packet.time);
        return;
      default:
        Take(index,
             first && IsQuicMidStream(packet) ? NameFinder::Step::kMidStream
                                              : NameFinder::Step::kNotTls,
             packet.time);
        return;
    }
  } else if (flow.quic.named) {
    GiveUpLooking(index, packet.time);  // answered: the rest of the hello was not captured
  }
  if (flow.phase != Phase::kLooking) return;
  // Until a client's packet opens, it may be anybody's.
  if (flow.quic.connection == 0 || sender != flow.client)
    flow.server_bytes += packet.payload_length;
  if (flow.server_bytes > kServerBytesAfterHello) GiveUpLooking(index, packet.time);
}

}  // namespace gnomon::classify
