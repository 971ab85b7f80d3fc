#include "agent/sessionise/turn_detector.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <vector>

#include "tests/unit/agent/sessionise/traffic.h"

namespace gnomon::sessionise {
namespace {

using test::Datum;
using test::KnownTurn;
using test::Random;
using test::Traffic;

constexpr TimeUs kStart = 1'795'428'000 * kSecondUs;

TimeUs At(double seconds) {
  return kStart + static_cast<TimeUs>(seconds * kSecondUs);
}

std::vector<TurnEstimate> Detect(const TurnParameters& parameters, const Traffic& traffic,
                                 TimeUs* active = nullptr) {
  TurnDetector detector(parameters, 1);
  std::vector<TurnEstimate> turns;
  auto keep = [&](std::optional<TurnEstimate> turn) {
    if (turn) turns.push_back(*turn);
  };
  for (const Datum& d : traffic.Sorted()) keep(detector.Add(d.time, d.upstream, d.bytes, nullptr));
  keep(detector.Finish(nullptr));
  if (active) *active = detector.TakeActive();
  return turns;
}

std::vector<TurnEstimate> Web(const Traffic& traffic) {
  return Detect(TurnParameters::Web(), traffic);
}
std::vector<TurnEstimate> Api(const Traffic& traffic) {
  return Detect(TurnParameters::Api(), traffic);
}

double Seconds(TimeUs a, TimeUs b) {
  return static_cast<double>(a - b) / kSecondUs;
}

TEST(TurnDetector, PromptAndStreamedAnswerAreOneTurn) {
  Traffic t;
  t.Up(At(1), 9000);
  t.Stream(At(2.5), At(6), 50'000);
  const auto turns = Web(t);
  ASSERT_EQ(turns.size(), 1u);
  EXPECT_EQ(turns[0].start, At(1));
  EXPECT_EQ(turns[0].first, At(2.5));
  EXPECT_EQ(turns[0].last, At(6));
}

// The handshake's last packets arrive right before a program's first request: the run of server
// packets then began before the prompt, the answer did not.
TEST(TurnDetector, AnAnswerDoesNotBeginBeforeItsOwnFirstPacket) {
  Traffic t;
  t.Down(At(0.95), 300);
  t.Up(At(1), 2000);
  t.Stream(At(1.2), At(5), 50'000);
  const auto turns = Api(t);
  ASSERT_EQ(turns.size(), 1u);
  EXPECT_EQ(turns[0].start, At(1));
  EXPECT_EQ(turns[0].first, At(1.2));
}

TEST(TurnDetector, TurnComesOutOnceItsStreamHasBeenSilentForThreeSeconds) {
  const TurnParameters parameters = TurnParameters::Web();
  TurnDetector detector(parameters, 1);
  Traffic t;
  t.Up(At(1), 9000);
  t.Stream(At(2), At(4), 50'000);
  for (const Datum& d : t.Sorted())
    ASSERT_FALSE(detector.Add(d.time, d.upstream, d.bytes, nullptr));
  EXPECT_TRUE(detector.streaming());
  EXPECT_FALSE(detector.Advance(At(6.9), nullptr));
  const auto turn = detector.Advance(At(7), nullptr);
  ASSERT_TRUE(turn);
  EXPECT_EQ(turn->last, At(4));
  EXPECT_FALSE(detector.streaming());
  EXPECT_FALSE(detector.Finish(nullptr));
}

TEST(TurnDetector, StreamWithoutAPromptIsNoTurn) {
  Traffic t;
  t.Stream(At(0), At(20), 50'000);
  EXPECT_TRUE(Web(t).empty());
  EXPECT_TRUE(Api(t).empty());
}

TEST(TurnDetector, PageLoadIsNoTurn) {
  Traffic t;
  t.PageLoad(At(0), 4 * kSecondUs);
  EXPECT_TRUE(Web(t).empty());
}

TEST(TurnDetector, BeaconsTypingAndKeepAlivesAreNoTurns) {
  Traffic t;
  for (double s = 0; s < 120; s += 0.6) t.Beacon(At(s), 250);
  for (double s = 0.3; s < 120; s += 4) t.Beacon(At(s), 2500);
  for (double s = 0; s < 120; s += 5) t.Down(At(s), 39);
  EXPECT_TRUE(Web(t).empty());
}

TEST(TurnDetector, LargestBurstBeforeTheAnswerIsThePrompt) {
  Traffic t;
  t.Beacon(At(0), 1200);
  t.Up(At(2), 9000);
  t.Beacon(At(4), 3000);
  t.Stream(At(5), At(8), 50'000);
  const auto turns = Web(t);
  ASSERT_EQ(turns.size(), 1u);
  EXPECT_EQ(turns[0].start, At(2));
}

TEST(TurnDetector, AttachmentGivesWayToThePromptAfterIt) {
  Traffic t;
  t.Up(At(0), 400'000);
  t.Up(At(3), 4000);
  t.Stream(At(5), At(8), 50'000);
  const auto turns = Web(t);
  ASSERT_EQ(turns.size(), 1u);
  EXPECT_EQ(turns[0].start, At(3));
}

TEST(TurnDetector, UploadWithoutAStreamedAnswerIsNoTurn) {
  for (const bool program : {false, true}) {
    Traffic t;
    t.Up(At(0), 400'000);
    t.Down(At(2.5), 700);
    EXPECT_TRUE(program ? Api(t).empty() : Web(t).empty()) << program;
  }
}

TEST(TurnDetector, BeaconsWithinAnAnswerDoNotSplitIt) {
  Traffic t;
  t.Up(At(0), 4000);
  t.Stream(At(1), At(20), 60'000);
  for (double s = 2; s < 20; s += 3) t.Beacon(At(s), 3500);
  const auto turns = Web(t);
  ASSERT_EQ(turns.size(), 1u);
  EXPECT_EQ(turns[0].start, At(0));
  EXPECT_EQ(turns[0].last, At(20));
}

TEST(TurnDetector, BeaconInAPauseOfTheAnswerDoesNotSplitIt) {
  Traffic t;
  t.Up(At(0), 4000);
  t.Stream(At(1), At(4), 60'000);
  t.Beacon(At(4.2), 3500);
  t.Stream(At(6), At(9), 60'000);
  EXPECT_EQ(Web(t).size(), 1u);
}

TEST(TurnDetector, BurstLargerThanBeaconsWithinAnAnswerIsAnotherTabsPrompt) {
  Traffic t;
  t.Up(At(0), 14'500);
  t.Stream(At(1), At(12), 60'000);
  t.Up(At(5), 14'500);
  t.Stream(At(6.01), At(15), 70'000);
  const auto turns = Web(t);
  ASSERT_EQ(turns.size(), 2u);
  EXPECT_EQ(turns[0].start, At(0));
  EXPECT_EQ(turns[1].start, At(5));
  EXPECT_EQ(turns[1].last, At(15));
}

TEST(TurnDetector, UploadWithinAnAnswerIsNoPrompt) {
  Traffic t;
  t.Up(At(0), 14'500);
  t.Stream(At(1), At(12), 60'000);
  t.Up(At(5), 150'000);
  EXPECT_EQ(Web(t).size(), 1u);
}

TEST(TurnDetector, AnswerThatOpensWithItsStartBelongsToTheBurstBeforeIt) {
  Traffic t;
  t.Up(At(0), 4000);
  t.Stream(At(1), At(4), 60'000);
  t.Up(At(4.3), 3500);
  t.Down(At(5.2), 560);
  t.Stream(At(5.25), At(9), 60'000);
  const auto turns = Web(t);
  ASSERT_EQ(turns.size(), 2u);
  EXPECT_EQ(turns[1].start, At(4.3));
}

TEST(TurnDetector, LargePacketRightAfterABurstOpensNoAnswer) {
  Traffic t;
  t.Up(At(0), 4000);
  t.Stream(At(1), At(4), 60'000);
  t.Up(At(4.3), 3500);
  t.Down(At(4.35), 560);  // within a round trip: what a beacon gets
  t.Stream(At(5.25), At(9), 60'000);
  EXPECT_EQ(Web(t).size(), 1u);
}

TEST(TurnDetector, AnswerThatPausesSoonKeepsItsPromptWhereABeaconComesInThePause) {
  Traffic t;
  t.Up(At(0), 4000);
  t.Stream(At(1), At(1.4), 40'000);
  t.Beacon(At(3.2), 2000);
  t.Stream(At(3.6), At(8), 60'000);
  const auto turns = Web(t);
  ASSERT_EQ(turns.size(), 1u);
  EXPECT_EQ(turns[0].start, At(0));
}

TEST(TurnDetector, AnswerThatGoesOnAfterALongPauseIsTheOldTurn) {
  Traffic t;
  t.Up(At(0), 4000);
  t.Stream(At(1), At(4), 60'000);
  t.Stream(At(12), At(16), 60'000);
  TimeUs active = 0;
  EXPECT_EQ(Detect(TurnParameters::Web(), t, &active).size(), 1u);
  // The second piece is still time with an answer arriving.
  EXPECT_NEAR(Seconds(active, 0), 7.0, 1.0);
}

TEST(TurnDetector, ActiveTimeLeavesOutThinkingAndSilence) {
  Traffic t;
  t.Up(At(0), 4000);
  t.Stream(At(20), At(24), 50'000);
  for (double s = 24; s < 60; s += 5) t.Down(At(s), 39);
  TimeUs active = 0;
  EXPECT_EQ(Detect(TurnParameters::Web(), t, &active).size(), 1u);
  EXPECT_NEAR(Seconds(active, 0), 4.0, 0.5);
}

TEST(TurnDetector, SegmentsMergedByTheNetworkCardStillStream) {
  Traffic t;
  t.Up(At(0), 14'000);
  for (double s = 1; s < 9; s += 0.25) t.Down(At(s), 4000);
  EXPECT_EQ(Web(t).size(), 1u);
}

TEST(TurnDetector, OneSmallMessageAfterSilenceIsAPromptOnAWebSocket) {
  Traffic t;
  t.Up(At(0), 800);  // the upgrade
  t.Down(At(0.1), 300);
  t.Up(At(10), 236);
  t.Stream(At(11), At(14), 50'000);
  t.Up(At(30), 250);
  t.Stream(At(32), At(34), 80'000);
  const auto turns = Web(t);
  ASSERT_EQ(turns.size(), 2u);
  EXPECT_EQ(turns[0].start, At(10));
  EXPECT_EQ(turns[1].start, At(30));
}

TEST(TurnDetector, AnswerOnAnotherConnectionFindsItsPrompt) {
  const TurnParameters parameters = TurnParameters::Web();
  TurnDetector page(parameters, 1);
  TurnDetector socket(parameters, 2);
  PromptWindow shared;
  socket.Add(At(0), true, 900, &shared);  // the upgrade
  socket.Add(At(0.1), false, 300, &shared);
  page.Add(At(10), true, 9000, &shared);
  page.Add(At(10.05), false, 440, &shared);
  std::optional<TurnEstimate> turn;
  Traffic t;
  t.Stream(At(11), At(15), 50'000);
  for (const Datum& d : t.Sorted()) ASSERT_FALSE(socket.Add(d.time, d.upstream, d.bytes, &shared));
  turn = socket.Finish(&shared);
  ASSERT_TRUE(turn);
  EXPECT_EQ(turn->start, At(10));
  // The prompt is answered: a stream on its own connection is not its second turn.
  Traffic later;
  later.Stream(At(20), At(25), 50'000);
  for (const Datum& d : later.Sorted()) page.Add(d.time, d.upstream, d.bytes, &shared);
  EXPECT_FALSE(page.Finish(&shared));
}

TEST(TurnDetector, ProgramsNextCallEndsTheTurnBefore) {
  Traffic t;
  t.Up(At(0), 20'000);
  t.Stream(At(1), At(3), 30'000, 150);
  t.Up(At(3.25), 21'000);
  t.Stream(At(4), At(6), 30'000, 150);
  const auto turns = Api(t);
  ASSERT_EQ(turns.size(), 2u);
  EXPECT_EQ(turns[0].last, At(3));
  EXPECT_EQ(turns[1].start, At(3.25));
  EXPECT_EQ(turns[1].last, At(6));
}

TEST(TurnDetector, ProgramsAnswerInOnePieceAfterAPauseIsATurn) {
  Traffic t;
  t.Up(At(0), 700);
  t.Down(At(2.2), 1200);
  const auto turns = Api(t);
  ASSERT_EQ(turns.size(), 1u);
  EXPECT_EQ(turns[0].start, At(0));
  EXPECT_EQ(turns[0].first, At(2.2));
  EXPECT_TRUE(Web(t).empty()) << "a page's slow request looks the same";
}

TEST(TurnDetector, ProgramsShortQuickStreamIsATurn) {
  Traffic t;
  t.Up(At(0), 900);
  t.Stream(At(0.5), At(0.7), 20'000, 300);
  EXPECT_EQ(Api(t).size(), 1u);
}

TEST(TurnDetector, EmbeddingsListsAndErrorsAreNoTurns) {
  Traffic t;
  for (int i = 0; i < 20; ++i) {
    t.Up(At(i * 2), 1400);
    t.Down(At(i * 2 + 0.25), i % 3 == 0 ? 33'000 : i % 3 == 1 ? 4200 : 350);
  }
  EXPECT_TRUE(Api(t).empty());
}

TEST(TurnDetector, TimeThatGoesBackwardsStandsStill) {
  const TurnParameters parameters = TurnParameters::Web();
  TurnDetector detector(parameters, 1);
  Random random(7);
  int turns = 0;
  for (int i = 0; i < 20'000; ++i) {
    const TimeUs time = kStart + random.Between(-1000, 1000) * kSecondUs;
    const auto bytes = static_cast<uint32_t>(random.Between(1, 65'000));
    if (detector.Add(time, random.Chance(50), bytes, nullptr)) ++turns;
  }
  if (detector.Finish(nullptr)) ++turns;
  EXPECT_LE(turns, 1000);
}

struct Score {
  int known = 0, found = 0, matched = 0;
  double Recall() const { return static_cast<double>(matched) / known; }
  double Precision() const { return static_cast<double>(matched) / found; }
};

void Match(const std::vector<KnownTurn>& known, const std::vector<TurnEstimate>& found,
           Score& score) {
  score.known += static_cast<int>(known.size());
  score.found += static_cast<int>(found.size());
  size_t next = 0;
  for (const KnownTurn& k : known) {
    while (next < found.size() && found[next].start < k.prompt - 2 * kSecondUs) ++next;
    if (next < found.size() && found[next].start <= k.prompt + 2 * kSecondUs) {
      ++score.matched;
      ++next;
    }
  }
}

TEST(TurnDetector, FindsTheTurnsOfMadeUpBrowserChats) {
  Score score;
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    Random random(seed);
    Traffic traffic;
    const auto known = test::BrowserChat(random, kStart + random.Between(0, 999'999), 8, traffic);
    Match(known, Web(traffic), score);
  }
  EXPECT_GE(score.Recall(), 0.95) << score.matched << " of " << score.known;
  EXPECT_GE(score.Precision(), 0.95) << score.matched << " of " << score.found;
}

TEST(TurnDetector, FindsTheTurnsOfMadeUpPrograms) {
  Score score;
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    Random random(seed);
    Traffic traffic;
    const auto known = test::ApiCalls(random, kStart + random.Between(0, 999'999), 12, traffic);
    Match(known, Api(traffic), score);
  }
  EXPECT_GE(score.Recall(), 0.98) << score.matched << " of " << score.known;
  EXPECT_GE(score.Precision(), 0.98) << score.matched << " of " << score.found;
}

TEST(TurnDetector, TurnsAreInOrderAndDoNotOverlapTheNextPrompt) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    Random random(seed);
    Traffic traffic;
    test::BrowserChat(random, kStart, 6, traffic);
    TimeUs before = 0;
    for (const TurnEstimate& turn : Web(traffic)) {
      EXPECT_LT(before, turn.start);
      EXPECT_LE(turn.start, turn.first);
      EXPECT_LE(turn.first, turn.last);
      before = turn.start;
    }
  }
}

TEST(TurnParameters, ClientDecidesBeforeSurface) {
  EXPECT_TRUE(TurnParameters::For(v1::SURFACE_WEB, v1::CLIENT_SCRIPT_RUNTIME).bursts);
  EXPECT_TRUE(TurnParameters::For(v1::SURFACE_API, v1::CLIENT_UNKNOWN).bursts);
  EXPECT_FALSE(TurnParameters::For(v1::SURFACE_API, v1::CLIENT_BROWSER).bursts);
  EXPECT_FALSE(TurnParameters::For(v1::SURFACE_WEB, v1::CLIENT_UNKNOWN).bursts);
}

TEST(TurnParameters, WhatTheCatalogueMeasuredReplacesTheDefaultAndNothingElse) {
  v1::Turns measured;
  measured.set_prompt_from(10'000);
  measured.set_prompt_to(20'000);
  measured.set_stream_end(5);
  const TurnParameters page = TurnParameters::For(v1::SURFACE_WEB, v1::CLIENT_BROWSER, measured);
  EXPECT_EQ(page.typical_from, 10'000u);
  EXPECT_EQ(page.typical_to, 20'000u);
  EXPECT_EQ(page.stream_end, 5 * kSecondUs);
  EXPECT_EQ(page.prompt_life, TurnParameters::Web().prompt_life);
  const TurnParameters program =
      TurnParameters::For(v1::SURFACE_WEB, v1::CLIENT_TERMINAL, measured);
  EXPECT_EQ(program.typical_to, 0u) << "measured in browsers";
}

}  // namespace
}  // namespace gnomon::sessionise
