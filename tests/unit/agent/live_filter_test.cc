#include "agent/live_filter.h"

#include <gmock/gmock.h>

#include "agent/capture/kernel_filter.h"

namespace gnomon::agent {
namespace {

using classify::AddressesOfInterest;
using classify::Interest;
using classify::InterestScope;

decode::IpAddress Address(uint32_t number) {
  decode::IpAddress address;
  address.bytes = {0,
                   0,
                   0,
                   0,
                   0,
                   0,
                   0,
                   0,
                   0,
                   0,
                   0xff,
                   0xff,
                   10,
                   0,
                   static_cast<uint8_t>(number >> 8),
                   static_cast<uint8_t>(number)};
  return address;
}

TEST(FilterSetOf, EachInterestIsARuleOfItsScope) {
  AddressesOfInterest interests(100, classify::KeyedHash::WithRandomKey());
  interests.Learn({Address(1), 0, InterestScope::kAddress}, 100);
  interests.Learn({Address(2), 11434, InterestScope::kEndpoint}, 100);
  interests.Learn({Address(3), 50000, InterestScope::kFlow}, 100);
  const capture::FilterSet set = FilterSetOf(interests);
  EXPECT_FALSE(set.everything);
  EXPECT_THAT(set.rules,
              testing::UnorderedElementsAre(
                  capture::FilterRule{Address(1).bytes, 0, capture::FilterScope::kAddress},
                  capture::FilterRule{Address(2).bytes, 11434, capture::FilterScope::kEndpoint},
                  capture::FilterRule{Address(3).bytes, 50000, capture::FilterScope::kFlow}));
}

TEST(FilterSetOf, UnwantedFlowsMakeRoomForWhatIsWanted) {
  AddressesOfInterest interests(1000, classify::KeyedHash::WithRandomKey());
  decode::Packet packet;
  packet.src = Address(1000);
  packet.dst = Address(1001);
  packet.sport = 40000;
  packet.dport = 443;
  interests.Refuse(packet);
  for (uint32_t i = 0; i < capture::kMaxFilterRules - 2; ++i) interests.Learn({Address(i)}, 100);
  EXPECT_EQ(FilterSetOf(interests).rules.size(), capture::kMaxFilterRules);
  interests.Learn({Address(500)}, 100);
  const capture::FilterSet set = FilterSetOf(interests);
  EXPECT_EQ(set.rules.size(), capture::kMaxFilterRules - 1);
  for (const capture::FilterRule& rule : set.rules) EXPECT_TRUE(rule.wanted);
  EXPECT_FALSE(set.everything);
}

TEST(FilterSetOf, MoreThanAProgramHoldsIsEverything) {
  AddressesOfInterest interests(1000, classify::KeyedHash::WithRandomKey());
  for (uint32_t i = 0; i <= capture::kMaxFilterRules; ++i) interests.Learn({Address(i)}, 100);
  const capture::FilterSet set = FilterSetOf(interests);
  EXPECT_TRUE(set.everything);
  EXPECT_TRUE(set.rules.empty());
}

}  // namespace
}  // namespace gnomon::agent
