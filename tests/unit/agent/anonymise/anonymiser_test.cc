#include "agent/anonymise/anonymiser.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <time.h>

#include <vector>

namespace gnomon::anonymise {
namespace {

constexpr TimeUs kHour = 3600 * kSecondUs;
constexpr TimeUs kMinute = 60 * kSecondUs;
constexpr Day kMonday = 20738;  // 2026-10-12

TimeUs At(Day day, int hour, int minute = 0) {
  return (static_cast<TimeUs>(day) * 24 + hour) * kHour + minute * kMinute;
}

class Collected : public UsageSink {
 public:
  void Consume(const UsageDelta& delta) override { deltas.push_back(delta); }
  std::vector<UsageDelta> deltas;
};

class AnonymiserTest : public testing::Test {
 protected:
  AnonymiserTest() {
    SetZone("UTC");
    v1::Catalogue catalogue;
    catalogue.set_version(1);
    v1::Service* service = catalogue.add_services();
    service->set_id("chatgpt");
    service->set_name("ChatGPT");
    service->set_vendor("OpenAI");
    service->set_category(v1::CATEGORY_CHAT);
    service->set_surface(v1::SURFACE_WEB);
    v1::Host* host = service->add_hosts();
    host->set_suffix("chatgpt.com");
    host->set_role(v1::HOST_ROLE_USE);
    service->add_sources("https://example.org/");
    service->set_checked(20000);
    Result<std::shared_ptr<const catalogue::Table>> table = catalogue::Table::Build(catalogue);
    EXPECT_TRUE(table.ok()) << table.status().ToString();
    table_ = *table;
  }
  ~AnonymiserTest() override { SetZone("UTC"); }

  static void SetZone(const char* zone) {
    setenv("TZ", zone, 1);
    tzset();
  }

  // What `visit` becomes.
  std::vector<UsageDelta> Pass(const sessionise::SessionEvent& event) {
    Collected collected;
    Anonymiser anonymiser(table_, WorkingHours{}, collected);
    anonymiser.Consume(event);
    return collected.deltas;
  }

  sessionise::Visit Visit(TimeUs start, TimeUs end) {
    sessionise::Visit visit;
    visit.start = start;
    visit.end = end;
    visit.service = table_->FindService("chatgpt");
    visit.client = v1::CLIENT_BROWSER;
    visit.turns = 3;
    visit.host = "chatgpt.com";
    return visit;
  }

  std::shared_ptr<const catalogue::Table> table_;
};

TEST_F(AnonymiserTest, AVisitBecomesADeltaOfItsLocalDay) {
  sessionise::Visit visit = Visit(At(kMonday, 10), At(kMonday, 10, 20));
  visit.uploads = 1;
  visit.active_seconds = 90;
  visit.bytes_up = 5;
  visit.bytes_down = 6;
  visit.evidence = v1::EVIDENCE_RESOLVED;
  const std::vector<UsageDelta> deltas = Pass(visit);
  ASSERT_EQ(deltas.size(), 1u);
  EXPECT_EQ(deltas[0].key, (UsageKey{kMonday, "chatgpt", v1::SURFACE_WEB, v1::CLIENT_BROWSER,
                                     v1::EVIDENCE_RESOLVED}));
  EXPECT_EQ(deltas[0].counts, (UsageCounts{1, 3, 0, 90, 1, 5, 6, 0, 1200}));
}

TEST_F(AnonymiserTest, TheDayIsTheLaptopsAndNotUtc) {
  SetZone("Asia/Shanghai");  // 02:00 on Tuesday there
  const std::vector<UsageDelta> deltas = Pass(Visit(At(kMonday, 18), At(kMonday, 18, 5)));
  ASSERT_EQ(deltas.size(), 1u);
  EXPECT_EQ(deltas[0].key.day, kMonday + 1);
  EXPECT_EQ(deltas[0].counts.off_hours_seconds, 300u);
}

TEST_F(AnonymiserTest, ASliceThatContinuesIsNotCountedAsAVisit) {
  sessionise::Visit visit = Visit(At(kMonday, 10), At(kMonday, 11));
  visit.continues = true;
  const std::vector<UsageDelta> deltas = Pass(visit);
  ASSERT_EQ(deltas.size(), 1u);
  EXPECT_EQ(deltas[0].counts.visits, 0u);
  EXPECT_EQ(deltas[0].counts.turns, 3u);
}

TEST_F(AnonymiserTest, ASliceOverMidnightFallsOntoTheDayOnWhichItStarts) {
  const std::vector<UsageDelta> deltas = Pass(Visit(At(kMonday, 23, 59), At(kMonday + 1, 0, 1)));
  ASSERT_EQ(deltas.size(), 1u);
  EXPECT_EQ(deltas[0].key.day, kMonday);
}

TEST_F(AnonymiserTest, SecondsAreSplitAtTheEdgesOfWorkingTime) {
  EXPECT_EQ(Pass(Visit(At(kMonday, 6, 50), At(kMonday, 7, 10)))[0].counts.off_hours_seconds, 600u);
  EXPECT_EQ(Pass(Visit(At(kMonday, 19, 55), At(kMonday, 20, 15)))[0].counts.off_hours_seconds,
            900u);
  EXPECT_EQ(Pass(Visit(At(kMonday, 7), At(kMonday, 20)))[0].counts.off_hours_seconds, 0u);
  // Saturday is off hours all day.
  EXPECT_EQ(Pass(Visit(At(kMonday + 5, 10), At(kMonday + 5, 11)))[0].counts.off_hours_seconds,
            3600u);
}

TEST_F(AnonymiserTest, AZoneWithAQuarterHourOffsetIsSplitAtItsOwnHours) {
  SetZone("Asia/Kathmandu");  // +05:45; 07:00 there is 01:15 UTC
  const UsageCounts counts = Pass(Visit(At(kMonday, 1, 5), At(kMonday, 1, 35)))[0].counts;
  EXPECT_EQ(counts.total_seconds, 1800u);
  EXPECT_EQ(counts.off_hours_seconds, 600u);
}

TEST_F(AnonymiserTest, AVisitOfOnePacketHasAShareToo) {
  const UsageCounts counts = Pass(Visit(At(kMonday, 22), At(kMonday, 22)))[0].counts;
  EXPECT_EQ(counts.total_seconds, 1u);
  EXPECT_EQ(counts.off_hours_seconds, 1u);
}

TEST_F(AnonymiserTest, AClockThatMovedWithinASliceWeighsAtMostADay) {
  EXPECT_EQ(Pass(Visit(At(kMonday, 10), At(kMonday + 4000, 10)))[0].counts.total_seconds, 86400u);
  EXPECT_EQ(Pass(Visit(At(kMonday, 10), At(kMonday - 4000, 10)))[0].counts.total_seconds, 1u);
}

TEST_F(AnonymiserTest, ASliceInWhichNothingHappenedGivesNothing) {
  sessionise::Visit visit = Visit(At(kMonday, 10), At(kMonday, 10, 5));
  visit.continues = true;
  visit.turns = 0;
  EXPECT_TRUE(Pass(visit).empty());
}

TEST_F(AnonymiserTest, TurnsAndUploadsAreNotCountedTwice) {
  EXPECT_TRUE(Pass(sessionise::Turn{}).empty());
  EXPECT_TRUE(Pass(sessionise::Upload{}).empty());
}

TEST_F(AnonymiserTest, AVisitWithoutAServiceOfTheCatalogueIsDropped) {
  sessionise::Visit visit = Visit(At(kMonday, 10), At(kMonday, 11));
  visit.service = catalogue::kNoService;
  EXPECT_TRUE(Pass(visit).empty());
  visit.service = 17;
  EXPECT_TRUE(Pass(visit).empty());
}

}  // namespace
}  // namespace gnomon::anonymise
