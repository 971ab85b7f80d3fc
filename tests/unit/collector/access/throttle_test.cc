#include "collector/access/throttle.h"

#include <gtest/gtest.h>

namespace gnomon::access {
namespace {

constexpr TimeUs kNow = 1'795'000'000 * kSecondUs;

TEST(PeerAddress, IsTheHostOrTheNetworkThatOneHolderHas) {
  EXPECT_EQ(PeerAddress("ipv4:192.0.2.7:5123"), "192.0.2.7");
  EXPECT_EQ(PeerAddress("ipv6:%5B2001:db8:1:2:3::4%5D:5123"),
            PeerAddress("ipv6:[2001:db8:1:2:ffff::1]:80"));
  EXPECT_NE(PeerAddress("ipv6:[2001:db8:1:2::1]:80"), PeerAddress("ipv6:[2001:db8:1:3::1]:80"));
  EXPECT_EQ(PeerAddress("ipv6:[::ffff:192.0.2.7]:80"), "192.0.2.7");
  EXPECT_EQ(PeerAddress("ipv6:[fe80::1%25eth0]:80"), PeerAddress("ipv6:[fe80::2]:80"));
  for (const char* odd :
       {"", "unix:/x", "ipv4:", "ipv6:[", "ipv6:[]:1", "ipv6:[::1]", "ipv6:[x]:1"}) {
    EXPECT_EQ(PeerAddress(odd), "other") << odd;
  }
}

TEST(Throttle, GivesABurstThenItsRateAndNeverMoreThanTheBurst) {
  Throttle throttle({.burst = 3, .per_second = 0.5});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(throttle.Take("a", kNow));
  EXPECT_FALSE(throttle.Take("a", kNow));
  EXPECT_TRUE(throttle.Take("b", kNow)) << "another address has its own";
  EXPECT_FALSE(throttle.Take("a", kNow + kSecondUs));
  EXPECT_TRUE(throttle.Take("a", kNow + 2 * kSecondUs));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(throttle.Take("a", kNow + 3600 * kSecondUs));
  EXPECT_FALSE(throttle.Take("a", kNow + 3600 * kSecondUs));
}

TEST(Throttle, AClockThatGoesBackGivesNothing) {
  Throttle throttle({.burst = 1, .per_second = 1});
  EXPECT_TRUE(throttle.Take("a", kNow));
  EXPECT_FALSE(throttle.Take("a", kNow - 3600 * kSecondUs));
  EXPECT_FALSE(throttle.Has("a", kNow - 3600 * kSecondUs));
}

TEST(Throttle, ItsMemoryIsBoundedAndStrangersShareWhatIsLeft) {
  Throttle throttle({.burst = 2, .per_second = 0.001, .max_peers = 10});
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(throttle.Take("known" + std::to_string(i), kNow));
  int taken = 0;
  for (int i = 0; i < 1000; ++i) taken += throttle.Take("stranger" + std::to_string(i), kNow);
  EXPECT_EQ(taken, 2);
  EXPECT_TRUE(throttle.Take("known3", kNow));
  // When the known ones are full again they are forgotten, and there is room.
  EXPECT_TRUE(throttle.Take("stranger", kNow + 3600 * kSecondUs));
  EXPECT_TRUE(throttle.Take("another", kNow + 3600 * kSecondUs));
}

}  // namespace
}  // namespace gnomon::access
