// What the spool's tests share: a folder of their own, and short ways to make usage.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <time.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "agent/anonymise/usage_delta.h"
#include "agent/spool/payload.h"
#include "agent/spool/spool.h"
#include "base/random.h"

namespace gnomon::spool {

inline constexpr Day kMonday = 20738;  // 2026-10-12

inline TimeUs NoonOf(Day day) {
  return (static_cast<TimeUs>(day) * 24 + 12) * 3600 * kSecondUs;
}

inline anonymise::UsageDelta Use(Day day, const std::string& service, uint64_t visits = 1,
                                 v1::Client client = v1::CLIENT_BROWSER) {
  anonymise::UsageDelta delta;
  delta.key = {day, service, v1::SURFACE_WEB, client, v1::EVIDENCE_NAMED};
  delta.counts.visits = visits;
  delta.counts.turns = 3 * visits;
  delta.counts.active_seconds = 20 * visits;
  delta.counts.bytes_up = 700 * visits;
  delta.counts.bytes_down = 9000 * visits;
  delta.counts.total_seconds = 300 * visits;
  return delta;
}

inline std::vector<v1::UsageRecord> RecordsOf(const v1::Batch& batch) {
  Result<v1::RecordSet> set = ParsePayload(batch.payload());
  EXPECT_TRUE(set.ok());
  if (!set.ok()) return {};
  return {set->records().begin(), set->records().end()};
}

class SpoolTest : public testing::Test {
 protected:
  SpoolTest() : folder_(std::filesystem::temp_directory_path() / ("spool-" + RandomHex(8))) {
    setenv("TZ", "UTC", 1);
    tzset();
    std::filesystem::create_directories(folder_);
  }
  ~SpoolTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path File() const { return folder_ / "spool.db"; }

  std::unique_ptr<Spool> Open(const std::string& department = "finance",
                              const SpoolOptions& options = {}) {
    Result<std::unique_ptr<Spool>> spool = Spool::Open(File(), department, options);
    EXPECT_TRUE(spool.ok()) << spool.status().ToString();
    return spool.ok() ? std::move(*spool) : nullptr;
  }

  static bool Freeze(Spool& spool, Day day) {
    Result<bool> frozen = spool.Freeze(NoonOf(day));
    EXPECT_TRUE(frozen.ok()) << frozen.status().ToString();
    return frozen.ok() && *frozen;
  }
  static std::vector<v1::Batch> Pending(Spool& spool) {
    Result<std::vector<v1::Batch>> batches = spool.Pending(100'000);
    EXPECT_TRUE(batches.ok()) << batches.status().ToString();
    return batches.ok() ? *batches : std::vector<v1::Batch>();
  }
  static std::vector<v1::UsageRecord> PendingRecords(Spool& spool) {
    std::vector<v1::UsageRecord> records;
    for (const v1::Batch& batch : Pending(spool)) {
      for (v1::UsageRecord& record : RecordsOf(batch)) records.push_back(std::move(record));
    }
    return records;
  }
  static SpoolCounters Counters(Spool& spool) {
    Result<SpoolCounters> counters = spool.Counters();
    EXPECT_TRUE(counters.ok()) << counters.status().ToString();
    return counters.ok() ? *counters : SpoolCounters();
  }
  static std::vector<StoredBatch> History(Spool& spool) {
    Result<std::vector<StoredBatch>> batches = spool.History(100'000);
    EXPECT_TRUE(batches.ok()) << batches.status().ToString();
    return batches.ok() ? *batches : std::vector<StoredBatch>();
  }

  const std::filesystem::path folder_;
};

}  // namespace gnomon::spool
