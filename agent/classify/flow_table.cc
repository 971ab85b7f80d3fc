#include "agent/classify/flow_table.h"

#include <cstring>

namespace gnomon::classify {

FlowKey FlowKey::Of(const decode::Packet& packet, Side* sender) {
  const Endpoint source{packet.src, packet.sport};
  const Endpoint destination{packet.dst, packet.dport};
  *sender = source <= destination ? 0 : 1;
  FlowKey key;
  key.transport = packet.transport;
  key.ends[*sender] = source;
  key.ends[Other(*sender)] = destination;
  return key;
}

uint64_t FlowTable::KeyHash::operator()(const FlowKey& key) const {
  std::array<uint8_t, 2 * 18 + 1> bytes;
  uint8_t* at = bytes.data();
  // What all mapped addresses share tells no two apart, and every eight bytes cost a round.
  const size_t skipped = key.ends[0].address.IsV4() && key.ends[1].address.IsV4() ? 12 : 0;
  for (const Endpoint& end : key.ends) {
    std::memcpy(at, end.address.bytes.data() + skipped, 16 - skipped);
    at += 16 - skipped;
    std::memcpy(at, &end.port, 2);
    at += 2;
  }
  *at++ = static_cast<uint8_t>(key.transport);
  return hash(Bytes(bytes.data(), at));
}

FlowTable::Index FlowTable::Insert(const FlowKey& key) {
  const Index index = flows_.Insert(key);
  flows_.MoveTo(index, OpenList(key.transport));
  flows_[index].id = ++last_id_;
  return index;
}

void FlowTable::Erase(Index index) {
  if (index == last_found_) last_found_ = kNone;
  flows_.Erase(index);
}

void FlowTable::Renew(Index index) {
  flows_[index] = Flow();
  flows_[index].id = ++last_id_;
  flows_.MoveTo(index, OpenList(flows_.key(index).transport));
}

FlowTable::Index FlowTable::OldestOpen() const {
  const Index stream = OldestOpen(decode::Transport::kTcp);
  const Index datagram = OldestOpen(decode::Transport::kUdp);
  if (stream == kNone || datagram == kNone) return stream == kNone ? datagram : stream;
  return flows_[datagram].last_seen < flows_[stream].last_seen ? datagram : stream;
}

void FlowTable::Close(Index index) {
  flows_[index].phase = Phase::kClosed;
  flows_.MoveTo(index, kClosedList);
}

}  // namespace gnomon::classify
