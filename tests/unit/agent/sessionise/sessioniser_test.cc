#include "agent/sessionise/sessioniser.h"

#include <gtest/gtest.h>

#include "tests/unit/agent/sessionise/bench.h"

namespace gnomon::sessionise {
namespace {

using classify::SightingKind;
using test::At;
using test::Bench;
using test::OneTurn;
using test::Traffic;

constexpr char kChat[] = "chat.example";
constexpr char kFiles[] = "files.chat.example";
constexpr char kApi[] = "api.example.com";
constexpr char kSuite[] = "app.suite.example";

TEST(Sessioniser, TurnCarriesItsServiceClientHostAndVia) {
  Bench b;
  b.Connect(1, At(0), kChat);
  b.Send(1, OneTurn(At(5)), kChat);
  b.sessioniser.Finish(At(20));
  ASSERT_EQ(b.turns.size(), 1u);
  EXPECT_EQ(b.turns[0].start, At(5));
  EXPECT_EQ(b.turns[0].first, At(6));
  EXPECT_EQ(b.turns[0].last, At(9));
  EXPECT_EQ(b.table->service(b.turns[0].service).id(), "chat");
  EXPECT_EQ(b.turns[0].client, v1::CLIENT_BROWSER);
  EXPECT_EQ(b.turns[0].via, classify::Via::kTls);
  EXPECT_EQ(b.turns[0].host, kChat);
  EXPECT_EQ(b.sessioniser.counters().turns, 1u);
}

TEST(Sessioniser, TurnComesOutLiveWhenTimePasses) {
  Bench b;
  b.Connect(1, At(0), kChat);
  b.Send(1, OneTurn(At(5)), kChat);
  b.sessioniser.AdvanceTo(At(11.5));
  EXPECT_TRUE(b.turns.empty());
  b.sessioniser.AdvanceTo(At(12.5));
  EXPECT_EQ(b.turns.size(), 1u);
}

TEST(Sessioniser, TurnComesOutWhenItsFlowEnds) {
  Bench b;
  b.Connect(1, At(0), kChat);
  b.Send(1, OneTurn(At(5)), kChat);
  b.End(1, At(9.1), kChat);
  EXPECT_EQ(b.turns.size(), 1u);
}

TEST(Sessioniser, OtherTrafficLetsStreamsEndWithoutATimer) {
  Bench b;
  b.Connect(1, At(0), kChat);
  b.Send(1, OneTurn(At(5)), kChat);
  b.Connect(2, At(30), kApi);
  EXPECT_EQ(b.turns.size(), 1u);
}

TEST(Sessioniser, HelloIsNoPrompt) {
  Bench b;
  b.Connect(1, At(0), kChat);
  Traffic t;
  t.Stream(At(1), At(6), 50'000);
  b.Send(1, t, kChat);
  b.sessioniser.Finish(At(20));
  EXPECT_TRUE(b.turns.empty());
}

TEST(Sessioniser, AnswerOnAWebSocketFindsThePromptOnThePage) {
  Bench b;
  b.Connect(1, At(0), kChat);
  b.Connect(2, At(1), "ws.chat.example");
  Traffic upgrade;
  upgrade.Up(At(1.2), 900);
  b.Send(2, upgrade, "ws.chat.example");
  Traffic prompt;
  prompt.Up(At(20), 9000);
  b.Send(1, prompt, kChat);
  Traffic answer;
  answer.Stream(At(21), At(25), 50'000);
  b.Send(2, answer, "ws.chat.example");
  b.sessioniser.Finish(At(40));
  ASSERT_EQ(b.turns.size(), 1u);
  EXPECT_EQ(b.turns[0].start, At(20));
  EXPECT_EQ(b.turns[0].host, "ws.chat.example");
}

TEST(Sessioniser, AnotherClientsPromptIsNotShared) {
  Bench b;
  b.Connect(1, At(0), kChat, v1::CLIENT_BROWSER);
  b.Connect(2, At(0), kChat, v1::CLIENT_DESKTOP_APP);
  Traffic prompt;
  prompt.Up(At(20), 9000);
  b.Send(1, prompt, kChat);
  Traffic answer;
  answer.Stream(At(21), At(25), 50'000);
  b.Send(2, answer, kChat, v1::CLIENT_DESKTOP_APP);
  b.sessioniser.Finish(At(40));
  EXPECT_TRUE(b.turns.empty());
}

TEST(Sessioniser, OnlyUseHostsHaveTurns) {
  for (const char* host : {"static.chat.example", "login.chat.example", "events.chat.example",
                           kFiles, "unknown.example"}) {
    Bench b;
    b.Connect(1, At(0), host);
    b.Send(1, OneTurn(At(5)), host);
    b.sessioniser.Finish(At(20));
    EXPECT_TRUE(b.turns.empty()) << host;
    EXPECT_TRUE(b.visits.empty()) << host;
  }
}

TEST(Sessioniser, UploadIsSeenOnUseAndFilesHostsOfAnOpenVisit) {
  Bench b;
  b.Connect(1, At(0), kChat);
  b.Send(1, OneTurn(At(1)), kChat);
  b.Connect(2, At(10), kFiles);
  Traffic file;
  file.Up(At(10.5), 500'000);
  b.Send(2, file, kFiles);
  Traffic attached;
  attached.Up(At(20), 300'000);
  b.Send(1, attached, kChat);
  b.sessioniser.Finish(At(40));
  ASSERT_EQ(b.uploads.size(), 2u);
  EXPECT_EQ(b.uploads[0].host, kFiles);
  EXPECT_EQ(b.uploads[0].start, At(10.5));
  EXPECT_NEAR(static_cast<double>(b.uploads[0].bytes), 500'000, 150);  // less what may be handshake
  EXPECT_EQ(b.uploads[1].host, kChat);
  ASSERT_EQ(b.visits.size(), 1u);
  EXPECT_EQ(b.visits[0].uploads, 2u);
  EXPECT_EQ(b.visits[0].turns, 1u);
}

TEST(Sessioniser, FilesHostAloneGivesNoUploadAndNoVisit) {
  Bench b;
  b.Connect(1, At(0), kFiles);
  Traffic file;
  file.Up(At(1), 500'000);
  b.Send(1, file, kFiles);
  b.sessioniser.Finish(At(10));
  EXPECT_TRUE(b.uploads.empty());
  EXPECT_TRUE(b.visits.empty());
}

TEST(Sessioniser, LargePromptWithAStreamedAnswerIsBothUploadAndTurn) {
  Bench b;
  b.Connect(1, At(0), kApi, v1::CLIENT_SCRIPT_RUNTIME);
  Traffic t;
  t.Up(At(1), 600'000);
  t.Stream(At(3), At(8), 40'000, 250);
  b.Send(1, t, kApi, v1::CLIENT_SCRIPT_RUNTIME);
  b.sessioniser.Finish(At(20));
  EXPECT_EQ(b.turns.size(), 1u);
  EXPECT_EQ(b.uploads.size(), 1u);
}

TEST(Sessioniser, SecondNameOnAFlowBeginsAnew) {
  Bench b;
  classify::Sighting tunnel = b.Sight(1, At(0), SightingKind::kName, kChat);
  tunnel.via = classify::Via::kConnect;
  b.sessioniser.Consume(tunnel);
  b.Data(1, {At(0), true, 120}, kChat);
  b.Data(1, {At(0.1), false, 39}, kChat);
  b.Connect(1, At(0.2), kApi, v1::CLIENT_TERMINAL);
  b.Send(1, OneTurn(At(1)), kApi, v1::CLIENT_TERMINAL);
  b.sessioniser.Finish(At(20));
  ASSERT_EQ(b.turns.size(), 1u);
  EXPECT_EQ(b.table->service(b.turns[0].service).id(), "models");
  EXPECT_EQ(b.visits.size(), 1u);
}

TEST(Sessioniser, ClientThatBecomesKnownLaterOwnsTheVisit) {
  Bench b;
  b.Connect(1, At(0), kChat, v1::CLIENT_UNKNOWN);
  Traffic page;
  page.PageLoad(At(0.5), kSecondUs);
  b.Send(1, page, kChat, v1::CLIENT_UNKNOWN);
  b.Send(1, OneTurn(At(10)), kChat, v1::CLIENT_BROWSER);
  b.sessioniser.Finish(At(30));
  ASSERT_EQ(b.visits.size(), 1u);
  EXPECT_EQ(b.visits[0].client, v1::CLIENT_BROWSER);
  EXPECT_EQ(b.visits[0].start, At(0));
  EXPECT_EQ(b.visits[0].turns, 1u);
}

TEST(Sessioniser, FlowsBeyondTheLimitAreCountedAndNotFollowed) {
  Bench b({.max_flows = 2});
  for (uint64_t flow = 1; flow <= 5; ++flow) {
    b.Connect(flow, At(0), kChat);
    b.Send(flow, OneTurn(At(static_cast<double>(flow) * 10)), kChat);
  }
  b.sessioniser.Finish(At(100));
  EXPECT_EQ(b.turns.size(), 2u);
  EXPECT_EQ(b.sessioniser.counters().flows_refused, 3u);
}

TEST(Sessioniser, EndedFlowsMakeRoom) {
  Bench b({.max_flows = 1});
  for (uint64_t flow = 1; flow <= 5; ++flow) {
    const double at = static_cast<double>(flow) * 10;
    b.Connect(flow, At(at), kChat);
    b.Send(flow, OneTurn(At(at + 1)), kChat);
    b.End(flow, At(at + 6), kChat);
  }
  EXPECT_EQ(b.turns.size(), 5u);
  EXPECT_EQ(b.sessioniser.counters().flows_refused, 0u);
}

TEST(Sessioniser, VisitsBeyondTheLimitAreCountedAndNotFollowed) {
  Bench b({.max_visits = 1});
  b.Connect(1, At(0), kChat);
  b.Connect(2, At(0), kApi);
  b.Send(1, OneTurn(At(1)), kChat);
  b.Send(2, OneTurn(At(10)), kApi);
  b.sessioniser.Finish(At(30));
  EXPECT_EQ(b.turns.size(), 1u);
  EXPECT_EQ(b.sessioniser.counters().visits_refused, 1u);
}

TEST(Sessioniser, ServicesWithoutAVisitLeaveNothingBehind) {
  Bench b({.max_flows = 1, .max_visits = 1});
  for (uint64_t flow = 1; flow <= 1000; ++flow) {
    const double at = static_cast<double>(flow);
    b.Connect(flow, At(at), flow % 2 ? kChat : kApi);
    b.End(flow, At(at + 0.5), kChat);
  }
  EXPECT_EQ(b.sessioniser.counters().flows_refused, 0u);
  EXPECT_EQ(b.sessioniser.counters().visits_refused, 0u);
  EXPECT_TRUE(b.visits.empty());
}

TEST(Sessioniser, EmbeddedHostIsFoundByItsTurns) {
  Bench b;
  b.Connect(1, At(0), kSuite);
  Traffic work;
  work.PageLoad(At(0.5), 2 * kSecondUs);
  b.Send(1, work, kSuite);
  b.Send(1, OneTurn(At(60)), kSuite);
  b.sessioniser.Finish(At(100));
  EXPECT_EQ(b.turns.size(), 1u);
  ASSERT_EQ(b.visits.size(), 1u);
  EXPECT_EQ(b.visits[0].start, At(60));
  EXPECT_LT(b.visits[0].bytes_down, 100'000u) << "the suite's other traffic is no use";
}

TEST(Sessioniser, PromptsOfAServiceWhoseSizeWasMeasuredAreFoundBehindLaterBeacons) {
  for (const auto& [host, start] :
       {std::pair("big.example", 10.0), std::pair("chat.example", 38.5)}) {
    Bench bench;
    bench.Connect(1, At(0), host);
    Traffic traffic;
    traffic.Up(At(10), 14'500);
    traffic.Up(At(38.5), 4000);
    traffic.Stream(At(40), At(45), 50'000);
    bench.Send(1, traffic, host);
    bench.sessioniser.Finish(At(60));
    ASSERT_EQ(bench.turns.size(), 1u) << host;
    EXPECT_EQ(bench.turns[0].start, At(start)) << host;
  }
}

}  // namespace
}  // namespace gnomon::sessionise
