#include "agent/sessionise/prompt_window.h"

#include <gtest/gtest.h>

namespace gnomon::sessionise {
namespace {

const TurnParameters kWeb = TurnParameters::Web();

Prompt Burst(double seconds, uint64_t bytes, uint64_t flow = 1) {
  const auto time = static_cast<TimeUs>(seconds * kSecondUs);
  return Prompt{.start = time, .end = time, .bytes = bytes, .flow = flow};
}

// The size of the burst taken for the prompt of an answer that begins at `seconds`.
uint64_t Chosen(const PromptWindow& window, double seconds, const TurnParameters& p = kWeb) {
  const Prompt* found = window.Find(Burst(seconds, 0).start, p);
  return found ? found->bytes : 0;
}

TEST(PromptWindow, OfBurstsAtAboutOneTimeTheLargestIsThePrompt) {
  PromptWindow window;
  window.Offer(Burst(10, 2000), kWeb);
  window.Offer(Burst(11, 9000), kWeb);
  window.Offer(Burst(11.4, 4000), kWeb);
  EXPECT_EQ(Chosen(window, 14), 9000u);
}

TEST(PromptWindow, ALargerBurstLongBeforeTheAnswerLosesAgainstASmallerOneJustBefore) {
  PromptWindow window;
  window.Offer(Burst(0, 3500), kWeb);
  window.Offer(Burst(2.7, 1500), kWeb);
  EXPECT_EQ(Chosen(window, 4.2), 1500u);
  EXPECT_EQ(Chosen(window, 20), 3500u) << "after a long wait 2.7 s make no difference";
}

TEST(PromptWindow, ABurstAnsweredAtOnceIsABeacon) {
  PromptWindow window;
  window.Offer(Burst(0, 1500), kWeb);
  window.Offer(Burst(1, 4000), kWeb);
  window.Answered(2, Burst(1.05, 0).start, kWeb);
  EXPECT_EQ(Chosen(window, 3), 4000u) << "another flow's answer says nothing";
  window.Answered(1, Burst(1.05, 0).start, kWeb);
  EXPECT_EQ(Chosen(window, 3), 1500u);
}

TEST(PromptWindow, AnAnswerAfterMoreThanARoundTripMarksNoBeacon) {
  PromptWindow window;
  window.Offer(Burst(0, 1500), kWeb);
  window.Offer(Burst(1, 4000), kWeb);
  window.Answered(1, Burst(1.3, 0).start, kWeb);
  EXPECT_EQ(Chosen(window, 3), 4000u);
}

TEST(PromptWindow, ABurstOfTheServicesTypicalSizeIsPreferred) {
  TurnParameters measured = kWeb;
  measured.typical_from = 10'000;
  measured.typical_to = 20'000;
  PromptWindow window;
  window.Offer(Burst(0, 14'500), measured);
  window.Offer(Burst(29, 4000), measured);
  EXPECT_EQ(Chosen(window, 30), 4000u);
  EXPECT_EQ(Chosen(window, 30, measured), 14'500u);
}

TEST(PromptWindow, ABurstDuringTheAnswerIsNotItsPrompt) {
  PromptWindow window;
  window.Offer(Burst(0, 700), kWeb);
  window.Offer(Burst(2.5, 60'000), kWeb);
  EXPECT_EQ(Chosen(window, 2), 700u);
}

TEST(PromptWindow, ManyBurstsDoNotPushTheBestOneOut) {
  PromptWindow window;
  window.Offer(Burst(0, 60'000), kWeb);
  for (int i = 1; i < 20; ++i) window.Offer(Burst(0.1 * i, 700), kWeb);
  EXPECT_EQ(Chosen(window, 3), 60'000u);
}

TEST(PromptWindow, WithThePromptTheBurstsThatLostAgainstItAreForgotten) {
  PromptWindow window;
  window.Offer(Burst(0, 9000), kWeb);
  window.Offer(Burst(1, 2000), kWeb);
  window.Drop(Burst(0, 9000));
  EXPECT_EQ(Chosen(window, 2), 0u);
}

TEST(DecayedSize, HalvesEveryFiveSeconds) {
  EXPECT_EQ(DecayedSize(8000, 5 * kSecondUs, kWeb), 8000u);
  EXPECT_EQ(DecayedSize(8000, 6 * kSecondUs, kWeb), 4000u);
  EXPECT_EQ(DecayedSize(8000, 12 * kSecondUs, kWeb), 2000u);
  EXPECT_EQ(DecayedSize(8000, 100'000 * kSecondUs, kWeb), 0u);
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
  window.Weaken(2, 0, kWeb);
  window.Offer(Burst(1, 700), kWeb);
  EXPECT_EQ(window.Find(kSecondUs, kWeb)->bytes, 90'000u) << "another flow's answer says nothing";
  window.Weaken(1, kSecondUs, kWeb);
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
