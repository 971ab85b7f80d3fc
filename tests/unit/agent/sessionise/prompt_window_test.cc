#include "agent/sessionise/prompt_window.h"

#include <gtest/gtest.h>

namespace gnomon::sessionise {
namespace {

const TurnParameters kWeb = TurnParameters::Web();

Prompt Burst(double seconds, uint64_t bytes, uint64_t flow = 1) {
  const auto time = static_cast<TimeUs>(seconds * kSecondUs);
  return Prompt{.start = time, .end = time, .bytes = bytes, .flow = flow};
}

TEST(PromptWindow, LargestWithinFiveSecondsWins) {
  PromptWindow window;
  window.Offer(Burst(10, 2000), kWeb);
  window.Offer(Burst(11, 9000), kWeb);
  window.Offer(Burst(13, 4000), kWeb);
  ASSERT_TRUE(window.Find(Burst(14, 0).start, kWeb));
  EXPECT_EQ(window.Find(Burst(14, 0).start, kWeb)->bytes, 9000u);
}

TEST(PromptWindow, SizeToBeatHalvesEveryFiveSeconds) {
  EXPECT_EQ(DecayedSize(8000, 5 * kSecondUs, kWeb), 8000u);
  EXPECT_EQ(DecayedSize(8000, 6 * kSecondUs, kWeb), 4000u);
  EXPECT_EQ(DecayedSize(8000, 12 * kSecondUs, kWeb), 2000u);
  EXPECT_EQ(DecayedSize(8000, 100'000 * kSecondUs, kWeb), 0u);
  PromptWindow window;
  window.Offer(Burst(0, 9000), kWeb);
  window.Offer(Burst(8, 4000), kWeb);
  EXPECT_EQ(window.Find(Burst(9, 0).start, kWeb)->bytes, 9000u);
  window.Offer(Burst(8.5, 5000), kWeb);
  EXPECT_EQ(window.Find(Burst(9, 0).start, kWeb)->bytes, 5000u);
}

TEST(PromptWindow, PromptIsForgottenAfterAMinute) {
  PromptWindow window;
  window.Offer(Burst(0, 9000), kWeb);
  EXPECT_TRUE(window.Find(Burst(60, 0).start, kWeb));
  EXPECT_FALSE(window.Find(Burst(60.1, 0).start, kWeb));
}

TEST(PromptWindow, GrowingBurstReplacesItself) {
  PromptWindow window;
  window.Offer(Burst(0, 700), kWeb);
  Prompt grown = Burst(0, 14'000);
  grown.end = 90'000;
  window.Offer(grown, kWeb);
  EXPECT_EQ(window.Find(kSecondUs, kWeb)->bytes, 14'000u);
}

TEST(PromptWindow, DroppedBurstDoesNotComeBackWhenItGrows) {
  PromptWindow window;
  window.Offer(Burst(0, 700), kWeb);
  window.Drop(Burst(0, 700));
  window.Offer(Burst(0, 14'000), kWeb);
  EXPECT_FALSE(window.Find(kSecondUs, kWeb));
  EXPECT_TRUE(window.Dropped(Burst(0, 1)));
  EXPECT_FALSE(window.Dropped(Burst(0, 1, 2)));
}

TEST(PromptWindow, DroppingAnotherBurstKeepsTheOneHeld) {
  PromptWindow window;
  window.Offer(Burst(0, 700), kWeb);
  window.Drop(Burst(0, 700, 2));
  EXPECT_TRUE(window.Find(kSecondUs, kWeb));
}

TEST(PromptWindow, AnyBurstReplacesAWeakOne) {
  PromptWindow window;
  window.Offer(Burst(0, 90'000), kWeb);
  window.Weaken(2);
  window.Offer(Burst(1, 700), kWeb);
  EXPECT_EQ(window.Find(kSecondUs, kWeb)->bytes, 90'000u) << "another flow's answer says nothing";
  window.Weaken(1);
  window.Offer(Burst(2, 700), kWeb);
  EXPECT_EQ(window.Find(2 * kSecondUs, kWeb)->bytes, 700u);
}

TEST(PromptWindow, LoneMessageGivesWayToAnyFullBurst) {
  Prompt lone = Burst(0, 240);
  lone.lone = true;
  PromptWindow window;
  window.Offer(lone, kWeb);
  window.Offer(Burst(1, 700), kWeb);
  EXPECT_FALSE(window.Find(kSecondUs, kWeb)->lone);
  lone.start = lone.end = 2 * kSecondUs;
  window.Offer(lone, kWeb);
  EXPECT_FALSE(window.Find(2 * kSecondUs, kWeb)->lone);
}

}  // namespace
}  // namespace gnomon::sessionise
