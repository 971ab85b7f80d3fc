// The fleet's own check: what the records add up to is what was done, for people as for counts.
#include "fleet/crowd/virtual_device.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <time.h>

#include <filesystem>

#include "agent/spool/payload.h"
#include "base/random.h"
#include "fleet/crowd/dice.h"
#include "tests/unit/fleet/crowd/small_catalogue.h"

namespace gnomon::fleet {
namespace {

constexpr Day kMonday = 20738;  // 2026-10-12

class VirtualDeviceTest : public testing::Test {
 protected:
  VirtualDeviceTest()
      : folder_(std::filesystem::temp_directory_path() / ("fleet-" + RandomHex(8))) {
    setenv("TZ", "UTC", 1);
    tzset();
    std::filesystem::create_directories(folder_);
  }
  ~VirtualDeviceTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<VirtualDevice> Make(Habit habit, uint64_t seed, Day days) {
    const auto table = SmallCatalogue();
    VirtualDeviceOptions options;
    options.department = "finance";
    options.folder = folder_ / std::to_string(made_++);
    std::filesystem::create_directories(options.folder);
    options.persona = MakePersona(habit, *table, kMonday, kMonday + days, seed);
    return std::make_unique<VirtualDevice>(std::move(options), table);
  }

  const std::filesystem::path folder_;
  int made_ = 0;
};

// The collector's arithmetic, in a few lines.
TruthRows AddUp(spool::Spool& spool) {
  TruthRows rows;
  Result<std::vector<v1::Batch>> batches = spool.Pending(100'000);
  EXPECT_TRUE(batches.ok());
  for (const v1::Batch& batch : *batches) {
    Result<v1::RecordSet> set = spool::ParsePayload(batch.payload());
    EXPECT_TRUE(set.ok());
    for (const v1::UsageRecord& record : set->records()) {
      EXPECT_EQ(record.department(), "finance");
      TruthRow& row = rows[{record.day(), record.service()}];
      row.visits += record.visits();
      row.turns += record.turns();
      row.automated_turns += record.automated_turns();
      row.active_minutes += record.active_minutes();
      row.uploads += record.uploads();
      row.kib_up += record.kib_up();
      row.kib_down += record.kib_down();
      row.first_today += record.first_today();
      row.first_this_week += record.first_this_week();
      row.first_this_month += record.first_this_month();
    }
  }
  return rows;
}

TEST_F(VirtualDeviceTest, ItsRecordsAddUpToTheTruthForEveryHabit) {
  for (const Habit habit : {Habit::kNone, Habit::kLight, Habit::kRegular, Habit::kHeavy,
                            Habit::kDeveloper, Habit::kSupport, Habit::kTrial}) {
    TruthRows all;
    for (uint64_t seed = 1; seed <= 2; ++seed) {
      const auto device = Make(habit, seed, 42);
      for (Day day = kMonday; day < kMonday + 42; day += 7) {
        ASSERT_TRUE(device->Open().ok());
        ASSERT_TRUE(device->Live(day, day + 7).ok());
        device->Close();
      }
      ASSERT_TRUE(device->Open().ok());
      EXPECT_EQ(AddUp(device->spool()), device->truth().Rows());
      all += device->truth().Rows();
    }
    EXPECT_EQ(all.empty(), habit == Habit::kNone);
  }
}

TEST_F(VirtualDeviceTest, TruthCountsADeviceOnceADayAWeekAndAMonth) {
  DeviceTruth truth;
  const auto use = [&](Day day, const std::string& service) {
    sessionise::Visit visit;
    visit.start = static_cast<TimeUs>(day) * 86'400 * kSecondUs;
    visit.turns = 2;
    truth.Add(visit, service);
  };
  use(kMonday, "chatgpt");
  use(kMonday, "claude");
  use(kMonday + 1, "chatgpt");
  use(kMonday + 7, "claude");
  use(kMonday + 21, "chatgpt");  // November
  TruthRow sum, any;
  for (const auto& [key, row] : truth.Rows()) {
    if (key.second == "chatgpt") sum += row;
    if (key.second == "any") any += row;
  }
  EXPECT_EQ(sum.visits, 3u);
  EXPECT_EQ(sum.turns, 6u);
  EXPECT_EQ(sum.first_today, 3u);
  EXPECT_EQ(sum.first_this_week, 2u);
  EXPECT_EQ(sum.first_this_month, 2u);
  EXPECT_EQ(any.visits, 0u);
  EXPECT_EQ(any.first_today, 4u);
  EXPECT_EQ(any.first_this_week, 3u);
  EXPECT_EQ(any.first_this_month, 2u);
  EXPECT_TRUE(truth.ActiveIn({2026, 11}));
  EXPECT_FALSE(truth.ActiveIn({2026, 12}));
}

}  // namespace
}  // namespace gnomon::fleet
