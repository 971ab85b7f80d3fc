#include "agent/classify/flow_table.h"

#include <gtest/gtest.h>

#include "tests/unit/agent/classify/traffic.h"

namespace gnomon::classify {
namespace {

decode::Packet PacketFrom(uint8_t last_byte, uint16_t sport, uint16_t dport) {
  decode::Packet packet;
  packet.src = test::V4(10, 0, 0, last_byte);
  packet.dst = test::V4(10, 0, 0, 5);
  packet.sport = sport;
  packet.dport = dport;
  return packet;
}

FlowKey KeyOf(const decode::Packet& packet) {
  Side side = 0;
  return FlowKey::Of(packet, &side);
}

TEST(FlowKey, BothDirectionsHaveOneKeyAndDifferentSides) {
  for (uint8_t last_byte : {1, 5, 9}) {
    const decode::Packet there = PacketFrom(last_byte, 50000, 443);
    decode::Packet back = there;
    std::swap(back.src, back.dst);
    std::swap(back.sport, back.dport);
    Side side_there = 0, side_back = 0;
    EXPECT_EQ(FlowKey::Of(there, &side_there), FlowKey::Of(back, &side_back));
    EXPECT_EQ(side_there, Other(side_back));
    EXPECT_EQ(KeyOf(there).ends[side_there].port, 50000);
  }
}

TEST(FlowKey, TheTransportIsPartOfTheKey) {
  decode::Packet packet = PacketFrom(1, 50000, 443);
  const FlowKey tcp = KeyOf(packet);
  packet.transport = decode::Transport::kUdp;
  EXPECT_NE(tcp, KeyOf(packet));
}

TEST(FlowTable, EachFlowHasItsOwnIdAlsoOnTheSamePorts) {
  FlowTable flows(4, KeyedHash(1, 2));
  const FlowTable::Index a = flows.Insert(KeyOf(PacketFrom(1, 50000, 443)));
  const FlowTable::Index b = flows.Insert(KeyOf(PacketFrom(1, 50001, 443)));
  const uint64_t first = flows[a].id;
  EXPECT_NE(first, flows[b].id);
  flows[a].counted = true;
  flows.Renew(a);
  EXPECT_NE(flows[a].id, first);
  EXPECT_NE(flows[a].id, flows[b].id);
  EXPECT_FALSE(flows[a].counted);
  EXPECT_EQ(flows.Find(KeyOf(PacketFrom(1, 50000, 443))), a);
}

TEST(FlowTable, ClosedFlowsAreKeptApart) {
  FlowTable flows(4, KeyedHash(1, 2));
  const FlowTable::Index a = flows.Insert(KeyOf(PacketFrom(1, 50000, 443)));
  const FlowTable::Index b = flows.Insert(KeyOf(PacketFrom(1, 50001, 443)));
  EXPECT_EQ(flows.OldestClosed(), FlowTable::kNone);
  flows.Close(a);
  EXPECT_EQ(flows.OldestClosed(), a);
  EXPECT_EQ(flows.OldestOpen(), b);
  flows.Renew(a);
  EXPECT_EQ(flows.OldestClosed(), FlowTable::kNone);
}

}  // namespace
}  // namespace gnomon::classify
