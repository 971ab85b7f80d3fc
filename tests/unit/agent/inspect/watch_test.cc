// The screen of `inspect --watch`, whole, at three sizes. After a change of the screen on purpose:
// GNOMON_UPDATE_SCREENS=1 agent_inspect_test, then read the difference.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "agent/inspect/watch_screen.h"
#include "base/text_table.h"
#include "tests/unit/agent/sessionise/bench.h"

namespace gnomon::inspect {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr TimeUs kNoon = 1'795'435'200 * kSecondUs;  // 2026-11-23 12:00 UTC

class WatchTest : public ::testing::Test {
 protected:
  WatchTest() : table_(sessionise::test::MakeTable()), state_(table_) {
    setenv("TZ", "UTC", 1);
    tzset();
    state_.AdvanceTo(kNoon);
  }

  void Data(const char* host, TimeUs at, bool upstream, uint32_t bytes, v1::Client client,
            classify::SightingKind kind = classify::SightingKind::kData) {
    classify::Sighting s;
    s.kind = kind;
    s.time = at;
    s.match = table_->Find(host);
    s.client = client;
    s.host = host;
    s.upstream = upstream;
    s.bytes = bytes;
    state_.Consume(s);
  }
  void Turn(const char* host, TimeUs at, double answer_s, bool automated = false) {
    state_.Consume(sessionise::Turn{.start = at,
                                    .first = at + 600'000,
                                    .last = at + 600'000 + static_cast<TimeUs>(answer_s * 1e6),
                                    .service = table_->Find(host).service,
                                    .automated = automated,
                                    .host = host});
  }
  // A chat that has just answered, a program with two kinds of client, a suite left idle.
  void AMorning() {
    Data("suite.example", kNoon, false, 90'000, v1::CLIENT_DESKTOP_APP);
    for (int i = 0; i < 40; ++i) {
      const TimeUs at = kNoon + 300 * kSecondUs + i * 5 * kSecondUs;
      Data("api.example.com", at, true, 2'000, i % 2 ? v1::CLIENT_EDITOR : v1::CLIENT_TERMINAL);
      Data("api.example.com", at, false, static_cast<uint32_t>(1'000 * (i % 9)),
           i % 2 ? v1::CLIENT_EDITOR : v1::CLIENT_TERMINAL);
      if (i % 4 == 0) Turn("api.example.com", at, 1.5, i >= 32);
    }
    state_.Consume(sessionise::Upload{.start = kNoon + 500 * kSecondUs,
                                      .end = kNoon + 503 * kSecondUs,
                                      .bytes = 2'400'000,
                                      .service = table_->Find("chat.example").service,
                                      .host = "files.chat.example"});
    sessionise::Visit visit;
    visit.start = kNoon;
    visit.end = kNoon + 21 * kSecondUs;
    visit.service = table_->Find("suite.example").service;
    visit.host = "suite.example";
    visit.turns = 1;
    visit.bytes_up = 12'000;
    visit.bytes_down = 90'000;
    state_.Consume(visit);
    Turn("chat.example", kNoon + 510 * kSecondUs, 8.25);
    for (int i = 0; i < 20; ++i) {
      Data("chat.example", kNoon + 510 * kSecondUs + i * kSecondUs / 2, false, 9'000,
           v1::CLIENT_BROWSER);
    }
    state_.AdvanceTo(kNoon + 520 * kSecondUs);
    frame_.source = "eth0";
    frame_.coverage.flows = 14;
    frame_.coverage.named = 11;
    frame_.coverage.resolved = 1;
    frame_.coverage.hello_without_name = 2;
    frame_.coverage.udp_443 = 3;
    frame_.capture.received = 30211;
    frame_.capture.dropped_kernel = 7;
  }

  std::string Screen(int columns, int rows) {
    std::string text;
    for (const std::string& line : RenderWatch(state_, frame_, {columns, rows})) {
      if (!frame_.colour) EXPECT_EQ(DisplayWidth(line), static_cast<size_t>(columns)) << line;
      text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    }
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), rows);
    return text;
  }
  void Compare(const std::string& name, const std::string& screen) {
    const std::string file =
        std::string(GNOMON_SOURCE_DIR) + "/tests/unit/agent/inspect/screens/" + name + ".txt";
    if (std::getenv("GNOMON_UPDATE_SCREENS") != nullptr) std::ofstream(file) << screen;
    std::ostringstream kept;
    kept << std::ifstream(file).rdbuf();
    EXPECT_EQ(screen, kept.str()) << name;
  }

  std::shared_ptr<const catalogue::Table> table_;
  WatchState state_;
  WatchFrame frame_;
};

TEST_F(WatchTest, LooksAsItDidAtTheSizesPeopleUse) {
  AMorning();
  Compare("80x24", Screen(80, 24));
  Compare("120x40", Screen(120, 40));
  Compare("40x10", Screen(40, 10));
}

TEST_F(WatchTest, SaysWhatItWaitsFor) {
  frame_.source = "wlan0";
  Compare("empty_80x24", Screen(80, 24));
}

TEST_F(WatchTest, FillsAnySizeExactly) {
  AMorning();
  for (int columns = 1; columns < 140; columns += 3) {
    for (int rows = 1; rows < 30; ++rows) Screen(columns, rows);
  }
}

TEST_F(WatchTest, ColoursTakeNoColumnsAndOnlyComeWhereAskedFor) {
  AMorning();
  const std::string plain = Screen(100, 20);
  EXPECT_THAT(plain, Not(HasSubstr("\033")));
  frame_.colour = true;
  std::string coloured;
  for (const std::string& line : RenderWatch(state_, frame_, {100, 20})) {
    std::string bare;
    for (size_t at = 0; at < line.size(); ++at) {
      if (line[at] == '\033')
        at = line.find('m', at);
      else
        bare += line[at];
    }
    coloured += bare.substr(0, bare.find_last_not_of(' ') + 1) + "\n";
  }
  EXPECT_EQ(coloured, plain);
}

TEST_F(WatchTest, KeepsToAsciiWhereTheTerminalDoes) {
  AMorning();
  frame_.unicode = false;
  for (const char c : Screen(80, 24)) EXPECT_GE(c, 0);
}

TEST_F(WatchTest, TellsStreamingFromOpenFromIdle) {
  const auto activity = [&] { return state_.ActivityOf(*state_.Rows(WatchSort::kName).at(0)); };
  Data("chat.example", kNoon, false, 500, v1::CLIENT_BROWSER);
  EXPECT_EQ(activity(), Activity::kStreaming);
  state_.AdvanceTo(kNoon + 2 * kSecondUs);
  EXPECT_EQ(activity(), Activity::kOpen);
  Data("chat.example", kNoon + 5 * kSecondUs, false, 39, v1::CLIENT_BROWSER);
  EXPECT_EQ(activity(), Activity::kOpen) << "a keep-alive is no answer";
  state_.AdvanceTo(kNoon + 400 * kSecondUs);
  EXPECT_EQ(activity(), Activity::kIdle);
}

TEST_F(WatchTest, BeaconsAndSignInPagesAreNoUse) {
  Data("events.chat.example", kNoon, true, 5000, v1::CLIENT_BROWSER);
  Data("login.chat.example", kNoon, true, 5000, v1::CLIENT_BROWSER);
  EXPECT_TRUE(state_.Rows(WatchSort::kName).empty());
}

TEST_F(WatchTest, SortsByWhatIsAskedFor) {
  AMorning();
  const auto first = [&](WatchSort sort) { return state_.Rows(sort).at(0)->name; };
  EXPECT_EQ(first(WatchSort::kRecent), "chat");
  EXPECT_EQ(first(WatchSort::kTurns), "models");
  EXPECT_EQ(first(WatchSort::kBytes), "models");
  EXPECT_EQ(first(WatchSort::kName), "chat");
}

TEST_F(WatchTest, TheLogIsBounded) {
  for (int i = 0; i < 5000; ++i) Turn("chat.example", kNoon + i, 1);
  EXPECT_EQ(state_.events().size(), WatchState::kMaxEvents);
  EXPECT_EQ(state_.turns(), 5000u);
}

TEST_F(WatchTest, AHostThatHoldsAnEscapeSequenceReachesNoTerminal) {
  sessionise::Turn turn{.start = kNoon, .first = kNoon, .last = kNoon, .service = 0};
  turn.host = "evil\033[2Jhost";
  state_.Consume(turn);
  EXPECT_THAT(Screen(160, 24), Not(HasSubstr("\033")));
}

}  // namespace
}  // namespace gnomon::inspect
