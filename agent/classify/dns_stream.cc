#include "agent/classify/dns_stream.h"

namespace gnomon::classify {

DnsStream::Counts DnsStream::Feed(Flow& flow, uint32_t owner, uint32_t sequence, Bytes segment,
                                  decode::DnsAddressSink& sink) {
  Counts counts;
  if (flow.dns_given_up || segment.empty()) return counts;
  if (!flow.dns_known) {
    flow.dns_known = true;
    flow.dns_next = sequence;
  }
  if (flow.dns == HelloAssembly::kNone) {
    const auto offset = static_cast<int32_t>(flow.dns_next - sequence);
    if (offset >= 0) {
      if (static_cast<size_t>(offset) >= segment.size()) return counts;  // seen before
      const Bytes stream = segment.subspan(static_cast<size_t>(offset));
      const size_t taken = ParseMessages(stream, sink, &counts);
      flow.dns_next += static_cast<uint32_t>(taken);
      if (counts.malformed > 0) flow.dns_given_up = true;
      if (flow.dns_given_up || taken == stream.size()) return counts;
    }
    flow.dns = assembly_.Acquire(owner, flow.dns_next);
    if (flow.dns == HelloAssembly::kNone) {
      GiveUp(flow, &counts);
      return counts;
    }
  }
  assembly_.Add(flow.dns, sequence, segment);
  const Bytes prefix = assembly_.Prefix(flow.dns);
  const size_t taken = ParseMessages(prefix, sink, &counts);
  flow.dns_next += static_cast<uint32_t>(taken);
  if (counts.malformed > 0) {
    flow.dns_given_up = true;
    Release(flow);
  } else if (taken > 0 && taken == prefix.size() && !assembly_.HasGap(flow.dns)) {
    Release(flow);
  } else if (assembly_.Full(flow.dns) || !assembly_.Holds(flow.dns, sequence)) {
    GiveUp(flow, &counts);
  } else if (taken > 0) {
    assembly_.StartAt(flow.dns, flow.dns_next);
  }
  return counts;
}

size_t DnsStream::ParseMessages(Bytes stream, decode::DnsAddressSink& sink, Counts* counts) {
  ByteReader reader(stream);
  size_t taken = 0;
  while (reader.remaining() >= 2) {
    const Bytes message = reader.Take(reader.U16());
    if (!reader.ok()) break;
    taken = reader.position();
    switch (decode::ParseDnsMessage(message, sink)) {
      case decode::DnsResult::kAnswer:
        ++counts->answers;
        break;
      case decode::DnsResult::kNotAnswer:
        break;
      case decode::DnsResult::kMalformed:
        ++counts->malformed;
        break;
    }
  }
  return taken;
}

void DnsStream::GiveUp(Flow& flow, Counts* counts) {
  flow.dns_given_up = true;
  ++counts->malformed;
  Release(flow);
}

void DnsStream::Release(Flow& flow) {
  assembly_.Release(flow.dns);
  flow.dns = HelloAssembly::kNone;
}

}  // namespace gnomon::classify
