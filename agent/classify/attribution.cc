// Flows without a name in clear: what DNS answers say about them, now or later (docs/coverage.md).
#include "agent/classify/classifier_impl.h"

namespace gnomon::classify {
namespace {

uint64_t Coverage::*OutcomeOf(Nameless nameless) {
  switch (nameless) {
    case Nameless::kOuterName:
      return &Coverage::ech_without_dns;
    case Nameless::kMidStream:
      return &Coverage::mid_stream;
    default:
      return &Coverage::hello_without_name;
  }
}

}  // namespace

void Classifier::Impl::TakeOuterName(Index index, const decode::ClientHello& hello, TimeUs now) {
  Flow& flow = flows_[index];
  flow.ech = true;
  AskDns(index, Nameless::kOuterName, now);
  if (flow.match || !options_.all_names) return;
  flow.via = HelloVia(index);
  Sighting sighting = Describe(index, SightingKind::kName, now);
  sighting.host = hello.server_name.view();
  next_.Consume(sighting);
}

void Classifier::Impl::AskDns(Index index, Nameless nameless, TimeUs now) {
  Flow& flow = flows_[index];
  // Behind a proxy's head the address is the proxy's.
  if (flow.outcome_given) return;
  flow.nameless = nameless;
  flow.nameless_since = now;
  if (TryDns(index, now)) return;
  CountOutcome(index, OutcomeOf(nameless));
  ClientHint(index);
}

bool Classifier::Impl::AskDnsAgain(Index index, TimeUs now) {
  Flow& flow = flows_[index];
  if (flow.nameless == Nameless::kNot) return false;
  const bool in_time = now - flow.nameless_since <= kLateAnswer;
  if (!in_time) {
    flow.unreported = {};
    if (flow.nameless != Nameless::kMidStream) {
      flow.nameless = Nameless::kNot;
      return false;
    }
  }
  if (flow.dns_learned != resolver_.learned() && TryDns(index, now)) return bool{flow.match};
  return in_time;
}

bool Classifier::Impl::TryDns(Index index, TimeUs now) {
  Flow& flow = flows_[index];
  flow.dns_learned = resolver_.learned();
  const Endpoint& server = flows_.key(index).ends[Other(flow.client)];
  const Resolver::Finding finding = resolver_.Lookup(server.address, now);
  if (finding.verdict == Resolver::Verdict::kUnknown) return false;
  if (flow.outcome_given) TakeBackOutcome(index, OutcomeOf(flow.nameless));
  flow.nameless = Nameless::kNot;
  if (finding.verdict == Resolver::Verdict::kAmbiguous) {
    CountOutcome(index, &Coverage::ambiguous);
    return true;
  }
  CountOutcome(index, &Coverage::resolved);
  flow.match = finding.match;
  flow.name = finding.name;
  names_.Hold(flow.name);
  flow.via = Via::kDns;
  flow.evidence = v1::EVIDENCE_RESOLVED;
  Follow(index, now);
  AskClient(index);
  next_.Consume(Describe(index, SightingKind::kName, now));
  return true;
}

void Classifier::Impl::TakeBackOutcome(Index index, uint64_t Coverage::*outcome) {
  flows_[index].outcome_given = false;
  if (flows_.key(index).transport == decode::Transport::kUdp) outcome = &Coverage::udp_443;
  --(coverage_.*outcome);
}

}  // namespace gnomon::classify
