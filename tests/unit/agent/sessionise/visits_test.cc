// Visits as the Sessioniser gives them: agent/sessionise/visit_tracker.cc.
#include <gtest/gtest.h>

#include "tests/unit/agent/sessionise/bench.h"

namespace gnomon::sessionise {
namespace {

using test::At;
using test::Bench;
using test::Datum;
using test::OneTurn;
using test::Random;
using test::Traffic;

constexpr char kChat[] = "chat.example";
constexpr char kApi[] = "api.example.com";
constexpr char kSuite[] = "suite.example";

TEST(Visits, ConnectionThatSaysNothingIsNoVisit) {
  Bench b;
  b.Connect(1, At(0), kApi, v1::CLIENT_TERMINAL);
  b.Data(1, {At(0.15), false, 250}, kApi, v1::CLIENT_TERMINAL);  // session tickets
  b.Data(1, {At(0.15), false, 250}, kApi, v1::CLIENT_TERMINAL);
  b.Data(1, {At(10), true, 24}, kApi, v1::CLIENT_TERMINAL);  // close_notify
  b.End(1, At(10), kApi);
  b.sessioniser.Finish(At(1000));
  EXPECT_TRUE(b.visits.empty());
}

TEST(Visits, ConnectionMadeAheadOfNeedIsNoVisit) {
  Bench b;
  b.Connect(1, At(0), kChat);
  b.Data(1, {At(0.1), true, 170}, kChat);  // HTTP/2 preface, SETTINGS, WINDOW_UPDATE
  b.Data(1, {At(0.15), false, 600}, kChat);
  b.sessioniser.Finish(At(1000));
  EXPECT_TRUE(b.visits.empty());
}

TEST(Visits, PageLoadIsPresenceFromTheBeginningOfItsFlow) {
  Bench b;
  b.Connect(1, At(0), kChat);
  Traffic page;
  page.PageLoad(At(0.5), 2 * kSecondUs);
  b.Send(1, page, kChat);
  b.sessioniser.Finish(At(1000));
  ASSERT_EQ(b.visits.size(), 1u);
  EXPECT_EQ(b.visits[0].start, At(0));
  EXPECT_LT(b.visits[0].end, At(4));
  EXPECT_EQ(b.visits[0].turns, 0u);
  EXPECT_EQ(b.visits[0].active_seconds, 0u);
  EXPECT_TRUE(b.visits[0].final);
  EXPECT_FALSE(b.visits[0].continues);
  EXPECT_EQ(b.visits[0].host, kChat);
}

TEST(Visits, PageLoadOnASuiteIsNoVisit) {
  Bench b;
  b.Connect(1, At(0), kSuite);
  Traffic page;
  page.PageLoad(At(0.5), 2 * kSecondUs);
  b.Send(1, page, kSuite);
  b.sessioniser.Finish(At(1000));
  EXPECT_TRUE(b.visits.empty());
}

TEST(Visits, VisitEndsAfterFiveMinutesWithoutUse) {
  Bench b;
  b.Connect(1, At(0), kChat);
  b.Send(1, OneTurn(At(1)), kChat);
  b.Send(1, OneTurn(At(250)), kChat);
  b.sessioniser.AdvanceTo(At(553));
  EXPECT_TRUE(b.visits.empty());
  b.sessioniser.AdvanceTo(At(555));
  ASSERT_EQ(b.visits.size(), 1u);
  EXPECT_EQ(b.visits[0].turns, 2u);
  EXPECT_EQ(b.visits[0].end, At(254));
  b.Send(1, OneTurn(At(700)), kChat);
  b.sessioniser.Finish(At(720));
  ASSERT_EQ(b.visits.size(), 2u);
  EXPECT_EQ(b.visits[1].start, At(700));
  EXPECT_EQ(b.sessioniser.counters().visits, 2u);
}

TEST(Visits, TabLeftOpenIsNoUse) {
  Bench b;
  b.Connect(1, At(0), kChat);
  Traffic t;
  t.PageLoad(At(0.5), kSecondUs);
  for (double s = 5; s < 3600; s += 5) t.Beacon(At(s), 1600);
  b.Send(1, t, kChat);
  b.sessioniser.Finish(At(3600));
  ASSERT_EQ(b.visits.size(), 1u);
  EXPECT_LT(b.visits[0].end, At(20));
}

TEST(Visits, LongAnswerKeepsAVisitOpen) {
  for (const char* host : {kChat, kSuite}) {
    Bench b;
    b.Connect(1, At(0), host);
    b.Send(1, OneTurn(At(1)), host);
    Traffic t;
    t.Up(At(200), 9000);
    t.Stream(At(202), At(900), 100'000);
    b.Send(1, t, host);
    b.sessioniser.Finish(At(901));
    ASSERT_EQ(b.visits.size(), 1u) << host;
    EXPECT_EQ(b.visits[0].turns, 2u);
    EXPECT_NEAR(b.visits[0].active_seconds, 701, 4);
  }
}

TEST(Visits, ClientsAndServicesHaveVisitsOfTheirOwn) {
  Bench b;
  b.Connect(1, At(0), kApi, v1::CLIENT_TERMINAL);
  b.Connect(2, At(0), kApi, v1::CLIENT_EDITOR);
  b.Connect(3, At(0), kChat, v1::CLIENT_BROWSER);
  b.Send(1, OneTurn(At(1)), kApi, v1::CLIENT_TERMINAL);
  b.Send(2, OneTurn(At(10)), kApi, v1::CLIENT_EDITOR);
  b.Send(3, OneTurn(At(20)), kChat, v1::CLIENT_BROWSER);
  b.sessioniser.Finish(At(60));
  EXPECT_EQ(b.visits.size(), 3u);
  for (const Visit& visit : b.visits) EXPECT_EQ(visit.turns, 1u);
}

TEST(Visits, BytesOfUseAndFilesFlowsCountFromTheirFirstPacket) {
  Bench b;
  b.Connect(1, At(0), kChat);
  b.Connect(2, At(0), "static.chat.example");
  b.Connect(3, At(0), "events.chat.example");
  for (uint64_t flow : {2, 3}) {
    Traffic t;
    t.Up(At(0.5), 5000);
    t.Down(At(0.6), 900'000);
    b.Send(flow, t, flow == 2 ? "static.chat.example" : "events.chat.example");
  }
  Traffic page;
  page.Up(At(1), 1000);
  page.Down(At(1.1), 50'000);
  b.Send(1, page, kChat);
  b.Connect(4, At(2), "files.chat.example");
  Traffic file;
  file.Down(At(3), 30'000);
  b.Send(4, file, "files.chat.example");
  b.sessioniser.Finish(At(60));
  ASSERT_EQ(b.visits.size(), 1u);
  const uint64_t handshake_up = 1448 + 350 + 80;
  const uint64_t handshake_down = 2 * 1448;
  EXPECT_EQ(b.visits[0].bytes_up, 2 * handshake_up + 1000);
  EXPECT_EQ(b.visits[0].bytes_down, 2 * handshake_down + 80'000);
}

TEST(Visits, OpenVisitIsGivenInSlices) {
  Bench b;
  b.Connect(1, At(0), kChat);
  b.Send(1, OneTurn(At(1)), kChat);
  b.sessioniser.Flush(At(60));
  ASSERT_EQ(b.visits.size(), 1u);
  EXPECT_FALSE(b.visits[0].final);
  EXPECT_FALSE(b.visits[0].continues);
  EXPECT_EQ(b.visits[0].end, At(60));
  b.sessioniser.Flush(At(120));
  EXPECT_EQ(b.visits.size(), 1u) << "nothing new";
  b.Send(1, OneTurn(At(130)), kChat);
  b.sessioniser.Finish(At(200));
  ASSERT_EQ(b.visits.size(), 2u);
  EXPECT_TRUE(b.visits[1].final);
  EXPECT_TRUE(b.visits[1].continues);
  EXPECT_GE(b.visits[1].start, At(120)) << "a slice never reaches back over a flush: midnight";
  EXPECT_EQ(b.visits[1].turns, 1u);
  EXPECT_EQ(b.sessioniser.counters().visits, 1u);
}

TEST(Visits, LastSliceSaysThatTheVisitIsOverEvenWithNothingNew) {
  Bench b;
  b.Connect(1, At(0), kChat);
  b.Send(1, OneTurn(At(1)), kChat);
  b.sessioniser.Flush(At(60));
  b.sessioniser.AdvanceTo(At(1000));
  ASSERT_EQ(b.visits.size(), 2u);
  EXPECT_TRUE(b.visits[1].final);
  EXPECT_EQ(b.visits[1].turns, 0u);
  EXPECT_EQ(b.visits[1].bytes_down, 0u);
  EXPECT_EQ(b.visits[1].active_seconds, 0u);
  EXPECT_EQ(b.visits[1].start, b.visits[1].end);
}

// A timer that asks an API every twenty seconds, from `begin` on, `count` times.
Traffic EveryTwentySeconds(double begin, int count) {
  Traffic t;
  for (int i = 0; i < count; ++i) {
    t.Up(At(begin + 20 * i), 900);
    t.Stream(At(begin + 20 * i + 1), At(begin + 20 * i + 3), 50'000);
  }
  return t;
}

TEST(Visits, ScriptsFirstTurnsAreAddedWhenItIsKnownForOneWhateverTheSlices) {
  Bench b;
  b.Connect(1, At(0), kApi, v1::CLIENT_SCRIPT_RUNTIME);
  TimeUs next_flush = At(60);
  for (const Datum& d : EveryTwentySeconds(1, 30).Sorted()) {
    for (; next_flush <= d.time; next_flush += 60 * kSecondUs) b.sessioniser.Flush(next_flush);
    b.Data(1, d, kApi, v1::CLIENT_SCRIPT_RUNTIME);
  }
  b.sessioniser.Finish(At(700));
  uint64_t turns = 0, automated = 0;
  for (const Visit& slice : b.visits) {
    turns += slice.turns;
    automated += slice.automated_turns;
    EXPECT_LE(automated, turns);
  }
  EXPECT_EQ(turns, 30u);
  EXPECT_EQ(automated, 30u);
  EXPECT_EQ(b.sessioniser.counters().automated_turns, 30u);
}

TEST(Visits, ScriptKnownForOneAfterMidnightChangesNothingOfTheDayBefore) {
  Bench b;
  b.Connect(1, At(0), kApi, v1::CLIENT_SCRIPT_RUNTIME);
  b.Send(1, EveryTwentySeconds(1, 6), kApi, v1::CLIENT_SCRIPT_RUNTIME);
  b.sessioniser.EndDay(At(115));
  const size_t before = b.visits.size();
  ASSERT_EQ(before, 1u);
  EXPECT_EQ(b.visits[0].turns, 6u);
  b.Send(1, EveryTwentySeconds(121, 6), kApi, v1::CLIENT_SCRIPT_RUNTIME);
  b.sessioniser.Finish(At(300));
  ASSERT_EQ(b.visits.size(), 2u);
  EXPECT_EQ(b.visits[1].turns, 6u);
  EXPECT_EQ(b.visits[1].automated_turns, 6u);
}

struct Totals {
  uint64_t visits = 0, turns = 0, uploads = 0, active = 0, up = 0, down = 0;
  bool operator==(const Totals&) const = default;
};

Totals Sum(const Bench& b) {
  Totals totals;
  for (const Visit& visit : b.visits) {
    totals.visits += !visit.continues;
    totals.turns += visit.turns;
    totals.uploads += visit.uploads;
    totals.active += visit.active_seconds;
    totals.up += visit.bytes_up;
    totals.down += visit.bytes_down;
  }
  return totals;
}

std::ostream& operator<<(std::ostream& out, const Totals& t) {
  return out << t.visits << " visits " << t.turns << " turns " << t.uploads << " uploads "
             << t.active << " s " << t.up << " up " << t.down << " down";
}

Traffic Chat(uint64_t seed) {
  Random random(seed);
  Traffic traffic;
  test::BrowserChat(random, At(0.5), 6, traffic);
  traffic.Up(At(40), 300'000);
  return traffic;
}

TEST(Visits, SlicesAddUpToTheVisit) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Bench whole;
    Bench sliced;
    Random random(seed + 1000);
    whole.Connect(1, At(0), kChat);
    sliced.Connect(1, At(0), kChat);
    TimeUs flush = At(0);
    for (const Datum& d : Chat(seed).Sorted()) {
      if (d.time > flush) {
        sliced.sessioniser.Flush(d.time);
        flush = d.time + random.Between(1, 90) * kSecondUs;
      }
      whole.Data(1, d, kChat);
      sliced.Data(1, d, kChat);
    }
    whole.sessioniser.Finish(At(4000));
    sliced.sessioniser.Finish(At(4000));
    EXPECT_EQ(Sum(whole), Sum(sliced)) << seed;
    EXPECT_GT(sliced.visits.size(), whole.visits.size());
    TimeUs end = 0;
    for (const Visit& slice : sliced.visits) {
      EXPECT_LE(end, slice.end);
      EXPECT_LE(slice.start, slice.end);
      end = slice.end;
    }
  }
}

TEST(Visits, OrderOfSightingsWithinAFlowDoesNotChangeTheBytes) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Bench straight;
    Bench mixed;
    Random random(seed);
    std::vector<Datum> data = Chat(seed).Sorted();
    straight.Connect(1, At(0), kChat);
    mixed.Connect(1, At(0), kChat);
    for (const Datum& d : data) straight.Data(1, d, kChat);
    for (size_t i = 0; i + 4 < data.size(); i += 4) {
      std::swap(data[i], data[i + static_cast<size_t>(random.Between(1, 4))]);
    }
    for (const Datum& d : data) mixed.Data(1, d, kChat);
    straight.sessioniser.Finish(At(4000));
    mixed.sessioniser.Finish(At(4000));
    EXPECT_EQ(Sum(straight).up, Sum(mixed).up);
    EXPECT_EQ(Sum(straight).down, Sum(mixed).down);
    EXPECT_EQ(Sum(straight).visits, Sum(mixed).visits);
  }
}

}  // namespace
}  // namespace gnomon::sessionise
