// Turns that were read in clear, of model servers of this machine and network.
#include <gtest/gtest.h>

#include "tests/unit/agent/sessionise/bench.h"

namespace gnomon::sessionise {
namespace {

using classify::Sighting;
using classify::SightingKind;
using test::At;
using test::Bench;

class ClearTurns : public ::testing::Test {
 protected:
  Sighting Local(uint64_t flow, TimeUs time, SightingKind kind, const char* service = "own",
                 uint8_t server = 1) const {
    Sighting s;
    s.kind = kind;
    s.time = time;
    s.flow = flow;
    s.match = {bench.table->FindService(service), v1::HOST_ROLE_USE, false, {}};
    s.evidence = v1::EVIDENCE_LOCAL;
    s.via = classify::Via::kHttp;
    s.host = "localhost:8080";
    s.tuple.server.bytes[15] = server;
    s.tuple.server_port = 8080;
    return s;
  }
  void Name(uint64_t flow, double time, const char* service = "own", uint8_t server = 1) {
    bench.sessioniser.Consume(Local(flow, At(time), SightingKind::kName, service, server));
  }
  void Turn(uint64_t flow, double prompt, double first, double last, bool ended,
            const char* service = "own", bool generic = false) {
    Sighting s = Local(flow, At(ended ? last : first), SightingKind::kTurn, service);
    s.turn = {At(prompt), At(first), At(last), ended, generic};
    bench.sessioniser.Consume(s);
  }
  void Whole(uint64_t flow, double prompt, double first, double last, const char* service = "own",
             bool generic = false) {
    Turn(flow, prompt, first, first, false, service, generic);
    Turn(flow, prompt, first, last, true, service, generic);
  }
  void Data(uint64_t flow, double time, bool upstream, uint32_t bytes) {
    Sighting s = Local(flow, At(time), SightingKind::kData);
    s.upstream = upstream;
    s.bytes = bytes;
    bench.sessioniser.Consume(s);
  }
  // A call of a program over TLS, whose answer begins at `first`.
  void CloudCall(double prompt, double first) {
    bench.Connect(9, At(prompt - 1), "api.example.com", v1::CLIENT_SCRIPT_RUNTIME);
    bench.Data(9, {At(prompt), true, 900}, "api.example.com", v1::CLIENT_SCRIPT_RUNTIME);
    bench.Data(9, {At(first), false, 300}, "api.example.com", v1::CLIENT_SCRIPT_RUNTIME);
  }
  Bench bench;
};

TEST_F(ClearTurns, TheirTimesAreKeptExactly) {
  Name(1, 1.5);
  Whole(1, 0, 1.5, 4);
  ASSERT_EQ(bench.turns.size(), 1u);
  EXPECT_EQ(bench.turns[0].start, At(0));
  EXPECT_EQ(bench.turns[0].first, At(1.5));
  EXPECT_EQ(bench.turns[0].last, At(4));
  bench.sessioniser.Finish(At(10));
  ASSERT_EQ(bench.visits.size(), 1u);
  EXPECT_EQ(bench.visits[0].turns, 1u);
  EXPECT_EQ(bench.visits[0].start, At(0));
  EXPECT_EQ(bench.visits[0].end, At(4));
  EXPECT_EQ(bench.visits[0].active_seconds, 3u);
  EXPECT_EQ(bench.visits[0].evidence, v1::EVIDENCE_LOCAL);
}

TEST_F(ClearTurns, NothingIsEstimatedBesideThem) {
  Name(1, 0);
  Data(1, 1, true, 5000);
  for (int i = 0; i < 60; ++i) Data(1, 2 + i * 0.05, false, 300);
  bench.sessioniser.Finish(At(60));
  EXPECT_TRUE(bench.turns.empty());
  EXPECT_TRUE(bench.visits.empty());
}

TEST_F(ClearTurns, BytesAroundThemBelongToTheVisit) {
  Name(1, 1);
  Data(1, 1, true, 700);
  Turn(1, 1, 2, 2, false);
  Data(1, 2, false, 90);
  Turn(1, 1, 2, 3, true);
  Data(1, 3, false, 10);
  bench.sessioniser.Finish(At(60));
  ASSERT_EQ(bench.visits.size(), 1u);
  EXPECT_EQ(bench.visits[0].bytes_up, 700u);
  EXPECT_EQ(bench.visits[0].bytes_down, 100u);
}

TEST_F(ClearTurns, ALongAnswerKeepsItsVisitOpen) {
  Name(1, 1);
  Turn(1, 0, 1, 1, false);
  for (int minute = 1; minute <= 12; ++minute) Data(1, minute * 60, false, 50);
  Turn(1, 0, 1, 12 * 60, true);
  bench.sessioniser.Finish(At(13 * 60));
  ASSERT_EQ(bench.visits.size(), 1u);
  EXPECT_EQ(bench.visits[0].end, At(12 * 60));
}

TEST_F(ClearTurns, ServersWithOneIdHaveVisitsOfTheirOwn) {
  Name(1, 1, "own", 1);
  Name(2, 1, "own", 2);
  Whole(1, 0, 1, 2);
  Whole(2, 3, 4, 5);
  bench.sessioniser.Finish(At(10));
  EXPECT_EQ(bench.visits.size(), 2u);
}

TEST_F(ClearTurns, TwoPromptsToOneServerAtOneTimeAreTwo) {
  Name(1, 0, "styled");
  Name(2, 0, "styled");
  Turn(2, 10.1, 10.8, 10.8, false, "styled", true);
  Turn(1, 10, 11, 11, false, "styled", true);
  Turn(2, 10.1, 10.8, 14, true, "styled", true);
  Turn(1, 10, 11, 14, true, "styled", true);
  EXPECT_EQ(bench.turns.size(), 2u);
}

TEST_F(ClearTurns, AnUploadIsOneHereToo) {
  Name(1, 0);
  Turn(1, 0, 1, 1, false);
  for (int i = 0; i < 10; ++i) Data(1, 1 + i * 0.001, true, 60'000);
  bench.sessioniser.Finish(At(60));
  EXPECT_EQ(bench.uploads.size(), 1u);
}

TEST_F(ClearTurns, AServerThatAsksACloudServiceMeanwhileIsNoModel) {
  Name(1, 0, "styled");
  CloudCall(10.1, 10.8);
  Whole(1, 10, 11, 14, "styled", true);
  bench.sessioniser.Finish(At(60));
  EXPECT_EQ(bench.sessioniser.counters().turns_relayed, 1u);
  for (const auto& turn : bench.turns) EXPECT_EQ(turn.host, "api.example.com");
  for (const auto& visit : bench.visits) EXPECT_EQ(visit.host, "api.example.com");
}

TEST_F(ClearTurns, ACallBeforeOrAfterTheSilenceIsAnother) {
  Name(1, 0, "styled");
  CloudCall(9.9, 10.8);  // asked before
  Whole(1, 10, 11, 14, "styled", true);
  EXPECT_EQ(bench.turns.size(), 1u);
  CloudCall(20.1, 21.5);  // answered after
  Whole(1, 20, 21, 24, "styled", true);
  EXPECT_EQ(bench.turns.size(), 2u);
  EXPECT_EQ(bench.sessioniser.counters().turns_relayed, 0u);
}

TEST_F(ClearTurns, AServerWithItsOwnMarkIsAModelWhateverElseIsUsed) {
  Name(1, 0);
  CloudCall(10.1, 10.8);
  Whole(1, 10, 11, 14);
  ASSERT_EQ(bench.turns.size(), 1u);
  EXPECT_EQ(bench.turns[0].host, "localhost:8080");
}

TEST_F(ClearTurns, OneServerInFrontOfAnotherIsOneTurn) {
  Name(1, 0, "styled", 1);
  Name(2, 0, "own", 2);
  Turn(2, 10.1, 10.8, 10.8, false);
  Turn(1, 10, 11, 11, false, "styled", true);
  Turn(2, 10.1, 10.8, 14, true);
  Turn(1, 10, 11, 14.1, true, "styled", true);
  ASSERT_EQ(bench.turns.size(), 1u);
  EXPECT_EQ(bench.turns[0].start, At(10.1));
  // The same program in front of itself, as an app in front of its engine.
  Name(3, 20, "own", 3);
  Turn(2, 20.1, 20.8, 20.8, false);
  Turn(3, 20, 21, 21, false);
  Turn(2, 20.1, 20.8, 24, true);
  Turn(3, 20, 21, 24.1, true);
  EXPECT_EQ(bench.turns.size(), 2u);
}

}  // namespace
}  // namespace gnomon::sessionise
