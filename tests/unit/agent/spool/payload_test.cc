#include "agent/spool/payload.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <string>

namespace gnomon::spool {
namespace {

v1::UsageRecord RecordOf(size_t service_bytes) {
  v1::UsageRecord record;
  record.set_day(20738);
  record.set_department("finance");
  record.set_service(std::string(service_bytes, 's'));
  record.set_visits(1);
  return record;
}

bool IsASize(size_t bytes) {
  return std::find(std::begin(kPayloadSizes), std::end(kPayloadSizes), bytes) !=
         std::end(kPayloadSizes);
}

// Every length of content up to the next size but one, so every length of padding is met.
TEST(MakePayloads, GivesOneOfAFewSizesWhateverTheContent) {
  for (size_t bytes = 0; bytes < 1100; ++bytes) {
    const v1::UsageRecord record = RecordOf(bytes);
    const std::vector<std::string> payloads = MakePayloads({record});
    ASSERT_EQ(payloads.size(), 1u);
    EXPECT_TRUE(IsASize(payloads[0].size())) << bytes << " -> " << payloads[0].size();
    Result<v1::RecordSet> set = ParsePayload(payloads[0]);
    ASSERT_TRUE(set.ok());
    ASSERT_EQ(set->records_size(), 1);
    EXPECT_EQ(set->records(0).SerializeAsString(), record.SerializeAsString());
  }
}

TEST(MakePayloads, PadsAcrossTheLengthsThatOneFieldCannotHave) {
  for (size_t bytes = 16'384 - 300; bytes < 16'384 + 300; ++bytes) {
    const std::vector<std::string> payloads = MakePayloads({RecordOf(bytes)});
    ASSERT_EQ(payloads.size(), 1u);
    EXPECT_TRUE(IsASize(payloads[0].size())) << payloads[0].size();
    EXPECT_TRUE(ParsePayload(payloads[0]).ok());
  }
  for (size_t bytes = 262'144 - 16'384 - 300; bytes < 262'144 - 16'384 + 300; ++bytes) {
    EXPECT_EQ(MakePayloads({RecordOf(bytes)})[0].size(), 262'144u);
  }
}

TEST(MakePayloads, TakesTheNextSizeOnlyWhereTheContentNeedsIt) {
  EXPECT_EQ(MakePayloads({RecordOf(10)})[0].size(), 4096u);
  EXPECT_EQ(MakePayloads({RecordOf(4000)})[0].size(), 4096u);
  EXPECT_EQ(MakePayloads({RecordOf(4100)})[0].size(), 32'768u);
}

TEST(MakePayloads, GivesNothingForNothing) {
  EXPECT_TRUE(MakePayloads({}).empty());
}

TEST(MakePayloads, SplitsByBytesAndByRecordsAndKeepsTheOrder) {
  for (const size_t service_bytes : {8u, 40u, 120u}) {
    std::vector<v1::UsageRecord> records;
    for (uint32_t i = 0; i < 9000; ++i) {
      records.push_back(RecordOf(service_bytes));
      records.back().set_visits(i);
    }
    uint32_t next = 0;
    const std::vector<std::string> payloads = MakePayloads(records);
    EXPECT_GT(payloads.size(), 1u);
    for (const std::string& payload : payloads) {
      EXPECT_TRUE(IsASize(payload.size()));
      Result<v1::RecordSet> set = ParsePayload(payload);
      ASSERT_TRUE(set.ok());
      EXPECT_LE(static_cast<size_t>(set->records_size()), kMaxRecordsPerBatch);
      for (const v1::UsageRecord& record : set->records()) EXPECT_EQ(record.visits(), next++);
    }
    EXPECT_EQ(next, 9000u);
  }
}

TEST(ParsePayload, OfOtherBytesIsAnError) {
  EXPECT_EQ(ParsePayload("\x0a\xff").status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(ParsePayload(std::string(kMaxPayloadBytes + 1, '\0')).status().code(),
            StatusCode::kDataLoss);
}

}  // namespace
}  // namespace gnomon::spool
