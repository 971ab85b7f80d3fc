#include "collector/ingest/batch_decoder.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "agent/anonymise/record_builder.h"

namespace gnomon::ingest {
namespace {

constexpr Day kToday = 20'780;
using Reason = v1::Receipt::Reason;

v1::UsageRecord Record() {
  v1::UsageRecord record;
  record.set_day(kToday);
  record.set_department("finance");
  record.set_service("chatgpt");
  record.set_surface(v1::SURFACE_WEB);
  record.set_client(v1::CLIENT_BROWSER);
  record.set_evidence(v1::EVIDENCE_NAMED);
  record.set_visits(2);
  record.set_turns(9);
  record.set_automated_turns(3);
  record.set_active_minutes(4);
  record.set_uploads(1);
  record.set_kib_up(80);
  record.set_kib_down(900);
  record.set_tenure(v1::TENURE_LONGER);
  record.set_regularity(v1::REGULARITY_HABIT);
  record.set_off_hours(v1::OFF_HOURS_SOME);
  return record;
}

v1::Batch BatchOf(const std::vector<v1::UsageRecord>& records) {
  v1::RecordSet set;
  for (const auto& record : records) *set.add_records() = record;
  v1::Batch batch;
  batch.set_nonce(std::string(16, '\x5a'));
  batch.set_payload(set.SerializeAsString());
  return batch;
}

// REASON_UNSPECIFIED: taken.
Reason ReasonOf(const v1::Batch& batch) {
  const Decoded decoded = Decode(batch, "finance", kToday);
  const auto* reason = std::get_if<Reason>(&decoded);
  return reason ? *reason : v1::Receipt::REASON_UNSPECIFIED;
}

Reason ReasonWith(const std::function<void(v1::UsageRecord&)>& change) {
  v1::UsageRecord record = Record();
  change(record);
  return ReasonOf(BatchOf({record}));
}

TEST(BatchDecoderTest, AGoodBatchKeepsEveryFieldOfItsRecords) {
  v1::UsageRecord record = Record();
  record.set_first_this_week(true);
  const Decoded decoded = Decode(BatchOf({record}), "finance", kToday);
  const auto* batch = std::get_if<store::IncomingBatch>(&decoded);
  ASSERT_NE(batch, nullptr);
  EXPECT_EQ(batch->nonce[0], 0x5a);
  EXPECT_EQ(batch->nonce[15], 0x5a);
  ASSERT_EQ(batch->additions.size(), 1u);
  const store::CellKey& key = batch->additions[0].key;
  EXPECT_EQ(key.day, kToday);
  EXPECT_EQ(key.department, "finance");
  EXPECT_EQ(key.service, "chatgpt");
  EXPECT_EQ(key.surface, v1::SURFACE_WEB);
  EXPECT_EQ(key.client, v1::CLIENT_BROWSER);
  EXPECT_EQ(key.evidence, v1::EVIDENCE_NAMED);
  EXPECT_EQ(key.tenure, v1::TENURE_LONGER);
  EXPECT_EQ(key.regularity, v1::REGULARITY_HABIT);
  EXPECT_EQ(key.off_hours, v1::OFF_HOURS_SOME);
  EXPECT_EQ(batch->additions[0].sums, (store::Sums{2, 9, 3, 4, 1, 80, 900, 0, 1, 0}));
}

TEST(BatchDecoderTest, TheDigestIsTheFirstFourBytesOfSha256) {
  v1::Batch batch;  // an empty payload: SHA-256 e3b0c442 98fc1c14 ... (FIPS 180-4 examples)
  batch.set_nonce(std::string(16, 'n'));
  const Decoded decoded = Decode(batch, "finance", kToday);
  ASSERT_TRUE(std::holds_alternative<store::IncomingBatch>(decoded));
  EXPECT_EQ(std::get<store::IncomingBatch>(decoded).digest, 0xe3b0c442u);
}

TEST(BatchDecoderTest, ANonceIsSixteenBytes) {
  v1::Batch batch = BatchOf({Record()});
  for (const size_t size : {0u, 15u, 17u, 1000u}) {
    batch.set_nonce(std::string(size, 'n'));
    EXPECT_EQ(ReasonOf(batch), v1::Receipt::REASON_MALFORMED) << size;
  }
}

TEST(BatchDecoderTest, APayloadOver256KiBIsMalformed) {
  v1::RecordSet set;
  *set.add_records() = Record();
  const size_t head = set.ByteSizeLong();
  set.set_padding(std::string(kMaxPayloadBytes - head - 4, 'p'));  // tag and three bytes of length
  v1::Batch batch = BatchOf({});
  batch.set_payload(set.SerializeAsString());
  ASSERT_EQ(batch.payload().size(), kMaxPayloadBytes);
  EXPECT_EQ(ReasonOf(batch), v1::Receipt::REASON_UNSPECIFIED);
  set.mutable_padding()->push_back('p');
  batch.set_payload(set.SerializeAsString());
  EXPECT_EQ(ReasonOf(batch), v1::Receipt::REASON_MALFORMED);
}

TEST(BatchDecoderTest, MoreThan4096RecordsAreMalformed) {
  v1::UsageRecord small;
  small.set_day(kToday);
  small.set_department("finance");
  small.set_service("a");
  EXPECT_EQ(ReasonOf(BatchOf(std::vector(kMaxRecords, small))), v1::Receipt::REASON_UNSPECIFIED);
  EXPECT_EQ(ReasonOf(BatchOf(std::vector(kMaxRecords + 1, small))), v1::Receipt::REASON_MALFORMED);
}

TEST(BatchDecoderTest, APayloadThatIsNoRecordSetIsMalformed) {
  v1::Batch batch = BatchOf({Record()});
  for (const std::string& bytes :
       {std::string("\x0a\xff\xff\xff\xff\x0f", 6),
        std::string("\x0a\x05"
                    "abc",
                    5),
        std::string(1, '\x0b'), batch.payload().substr(0, batch.payload().size() - 1)}) {
    batch.set_payload(bytes);
    EXPECT_EQ(ReasonOf(batch), v1::Receipt::REASON_MALFORMED);
  }
}

TEST(BatchDecoderTest, ARecordOfAnotherDepartmentIsRefusedWithItsWholeBatch) {
  v1::UsageRecord other = Record();
  other.set_department("hr");
  EXPECT_EQ(ReasonOf(BatchOf({Record(), other})), v1::Receipt::REASON_WRONG_DEPARTMENT);
  other.set_department("");
  EXPECT_EQ(ReasonOf(BatchOf({other})), v1::Receipt::REASON_WRONG_DEPARTMENT);
}

TEST(BatchDecoderTest, AServiceIsACatalogueIdAndNeverAHostName) {
  for (const char* service : {"", "chatgpt.com", "ChatGPT", "a b", "https://x"}) {
    EXPECT_EQ(ReasonWith([&](auto& record) { record.set_service(service); }),
              v1::Receipt::REASON_MALFORMED)
        << service;
  }
  EXPECT_EQ(ReasonWith([&](auto& record) { record.set_service(std::string(65, 'a')); }),
            v1::Receipt::REASON_MALFORMED);
}

TEST(BatchDecoderTest, DaysOutsideTheWindowAreOutOfBounds) {
  const auto on = [](Day day) { return ReasonWith([&](auto& record) { record.set_day(day); }); };
  EXPECT_EQ(on(kToday - 400), v1::Receipt::REASON_UNSPECIFIED);
  EXPECT_EQ(on(kToday - 401), v1::Receipt::REASON_OUT_OF_BOUNDS);
  EXPECT_EQ(on(kToday + 1), v1::Receipt::REASON_UNSPECIFIED);
  EXPECT_EQ(on(kToday + 2), v1::Receipt::REASON_OUT_OF_BOUNDS);
  EXPECT_EQ(on(INT32_MIN), v1::Receipt::REASON_OUT_OF_BOUNDS);
  EXPECT_EQ(on(INT32_MAX), v1::Receipt::REASON_OUT_OF_BOUNDS);
}

TEST(BatchDecoderTest, EachCountHasItsBound) {
  static constexpr anonymise::Bounds kMax = anonymise::kMaxBounds;
  const std::function<void(v1::UsageRecord&, uint64_t)> setters[] = {
      [](auto& r, uint64_t over) { r.set_visits(kMax.visits + static_cast<uint32_t>(over)); },
      [](auto& r, uint64_t over) { r.set_turns(kMax.turns + static_cast<uint32_t>(over)); },
      [](auto& r, uint64_t over) {
        r.set_active_minutes(kMax.active_minutes + static_cast<uint32_t>(over));
      },
      [](auto& r, uint64_t over) { r.set_uploads(kMax.uploads + static_cast<uint32_t>(over)); },
      [](auto& r, uint64_t over) { r.set_kib_up(kMax.kib_up + over); },
      [](auto& r, uint64_t over) { r.set_kib_down(kMax.kib_down + over); }};
  for (const auto& set : setters) {
    EXPECT_EQ(ReasonWith([&](auto& record) { set(record, 0); }), v1::Receipt::REASON_UNSPECIFIED);
    EXPECT_EQ(ReasonWith([&](auto& record) { set(record, 1); }), v1::Receipt::REASON_OUT_OF_BOUNDS);
  }
}

TEST(BatchDecoderTest, NoMoreTurnsAreAutomatedThanThereAre) {
  const auto of = [](uint32_t automated) {
    return ReasonWith([&](auto& record) { record.set_automated_turns(automated); });
  };
  EXPECT_EQ(of(9), v1::Receipt::REASON_UNSPECIFIED);
  EXPECT_EQ(of(10), v1::Receipt::REASON_OUT_OF_BOUNDS);
  EXPECT_EQ(of(UINT32_MAX), v1::Receipt::REASON_OUT_OF_BOUNDS);
}

TEST(BatchDecoderTest, UnknownEnumerationsAreOutOfBounds) {
  const std::function<void(v1::UsageRecord&)> changes[] = {
      [](auto& r) { r.set_surface(static_cast<v1::Surface>(99)); },
      [](auto& r) { r.set_client(static_cast<v1::Client>(-1)); },
      [](auto& r) { r.set_evidence(static_cast<v1::Evidence>(99)); },
      [](auto& r) { r.set_tenure(static_cast<v1::Tenure>(99)); },
      [](auto& r) { r.set_regularity(static_cast<v1::Regularity>(99)); },
      [](auto& r) { r.set_off_hours(static_cast<v1::OffHours>(99)); }};
  for (const auto& change : changes) {
    EXPECT_EQ(ReasonWith(change), v1::Receipt::REASON_OUT_OF_BOUNDS);
  }
}

TEST(BatchDecoderTest, TheReservedServiceCarriesFlagsAndNoCounts) {
  v1::UsageRecord any;
  any.set_day(kToday);
  any.set_department("finance");
  any.set_service("any");
  any.set_first_today(true);
  EXPECT_EQ(ReasonOf(BatchOf({any})), v1::Receipt::REASON_UNSPECIFIED);
  any.set_turns(1);
  EXPECT_EQ(ReasonOf(BatchOf({any})), v1::Receipt::REASON_OUT_OF_BOUNDS);
}

// Otherwise one laptop could lift its department over the floor with one batch.
TEST(BatchDecoderTest, OneLaptopCannotCountAsTwoInOneBatch) {
  v1::UsageRecord first = Record(), again = Record();
  first.set_first_this_month(true);
  again.set_first_this_month(true);
  again.set_day(kToday - 3);  // the same month
  again.set_client(v1::CLIENT_EDITOR);
  EXPECT_EQ(ReasonOf(BatchOf({first, again})), v1::Receipt::REASON_OUT_OF_BOUNDS);
  again.set_service("claude");
  EXPECT_EQ(ReasonOf(BatchOf({first, again})), v1::Receipt::REASON_UNSPECIFIED);
  again.set_service("chatgpt");
  again.set_day(kToday - 40);  // another month
  EXPECT_EQ(ReasonOf(BatchOf({first, again})), v1::Receipt::REASON_UNSPECIFIED);
}

TEST(BatchDecoderTest, FirstFlagsOfTheDayAndTheWeekAreTakenOnceToo) {
  v1::UsageRecord monday = Record(), tuesday = Record();
  monday.set_day(WeekStart(kToday));
  tuesday.set_day(WeekStart(kToday) - 6);
  monday.set_first_today(true);
  tuesday.set_first_today(true);
  monday.set_first_this_week(true);
  tuesday.set_first_this_week(true);
  EXPECT_EQ(ReasonOf(BatchOf({monday, tuesday})), v1::Receipt::REASON_UNSPECIFIED);
  v1::UsageRecord sunday = Record();
  sunday.set_day(WeekStart(kToday) - 1);
  sunday.set_first_this_week(true);
  EXPECT_EQ(ReasonOf(BatchOf({monday, tuesday, sunday})), v1::Receipt::REASON_OUT_OF_BOUNDS);
  EXPECT_EQ(ReasonOf(BatchOf({monday, monday})), v1::Receipt::REASON_OUT_OF_BOUNDS);
}

TEST(BatchDecoderTest, DamagedBytesNeverPassABound) {
  std::mt19937 random(3);
  const v1::Batch good = BatchOf({Record(), Record()});
  for (int i = 0; i < 20'000; ++i) {
    v1::Batch batch = good;
    std::string& payload = *batch.mutable_payload();
    for (uint32_t n = 1 + random() % 4; n > 0; --n) {
      payload[random() % payload.size()] = static_cast<char>(random());
    }
    const Decoded decoded = Decode(batch, "finance", kToday);
    if (const auto* taken = std::get_if<store::IncomingBatch>(&decoded)) {
      for (const auto& addition : taken->additions) {
        EXPECT_EQ(addition.key.department, "finance");
        EXPECT_LE(addition.sums.kib_down, anonymise::kMaxBounds.kib_down);
        EXPECT_LE(addition.sums.first_this_month, 1u);
      }
    }
  }
}

}  // namespace
}  // namespace gnomon::ingest
