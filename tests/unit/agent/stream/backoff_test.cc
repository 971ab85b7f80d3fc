#include "agent/stream/backoff.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace gnomon::stream {
namespace {

TEST(Backoff, WaitsStayBetweenTheLimitsForEver) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Backoff backoff(seed);
    TimeUs ceiling = 1 * kSecondUs;
    for (int failure = 0; failure < 100; ++failure) {
      ceiling = std::min<TimeUs>(ceiling * 2, 900 * kSecondUs);
      const TimeUs wait = backoff.Next();
      ASSERT_GE(wait, 1 * kSecondUs);
      ASSERT_LE(wait, ceiling) << "failure " << failure;
    }
  }
}

TEST(Backoff, SpreadsAFleetOverTheWholeRange) {
  constexpr int kLaptops = 2000;
  int early = 0, late = 0;
  for (uint64_t seed = 0; seed < kLaptops; ++seed) {
    Backoff backoff(seed);
    TimeUs wait = 0;
    for (int failure = 0; failure < 12; ++failure) wait = backoff.Next();
    if (wait < 300 * kSecondUs) ++early;
    if (wait > 600 * kSecondUs) ++late;
  }
  EXPECT_NEAR(early, kLaptops / 3, kLaptops / 12);
  EXPECT_NEAR(late, kLaptops / 3, kLaptops / 12);
}

TEST(Backoff, TheSameSeedGivesTheSameWaits) {
  Backoff one(7), same(7), other(8);
  std::vector<TimeUs> a, b, c;
  for (int i = 0; i < 10; ++i) {
    a.push_back(one.Next());
    b.push_back(same.Next());
    c.push_back(other.Next());
  }
  EXPECT_EQ(a, b);
  EXPECT_NE(a, c);
}

TEST(Backoff, ASuccessStartsItAnew) {
  Backoff backoff(1);
  for (int i = 0; i < 20; ++i) backoff.Next();
  backoff.Reset();
  EXPECT_EQ(backoff.failures(), 0);
  EXPECT_LE(backoff.Next(), 2 * kSecondUs);
}

TEST(Backoff, LimitsMayBeShort) {
  Backoff backoff(1, {.shortest = 5, .longest = 5});
  for (int i = 0; i < 10; ++i) EXPECT_EQ(backoff.Next(), 5);
}

}  // namespace
}  // namespace gnomon::stream
