// collector/ingest/batch_decoder on hostile bytes. The input is a serialised Batch, so that nonce
// and payload are both the fuzzer's.
#include <google/protobuf/stubs/logging.h>

#include <cstdlib>

#include "agent/anonymise/record_builder.h"
#include "base/code.h"
#include "collector/ingest/batch_decoder.h"
#include "collector/store/retention.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gnomon;
  constexpr Day kToday = 20'780;
  [[maybe_unused]] static const auto quiet = google::protobuf::SetLogHandler(nullptr);
  v1::Batch batch;
  if (!batch.ParseFromArray(data, static_cast<int>(size))) return 0;
  const ingest::Decoded decoded = ingest::Decode(batch, "finance", kToday);
  const auto* taken = std::get_if<store::IncomingBatch>(&decoded);
  if (taken == nullptr) {
    // A refusal always has a reason.
    if (std::get<v1::Receipt::Reason>(decoded) == v1::Receipt::REASON_UNSPECIFIED) std::abort();
    return 0;
  }
  if (taken->additions.size() > static_cast<size_t>(ingest::kMaxRecords)) std::abort();
  for (const store::CellAddition& addition : taken->additions) {
    if (addition.key.department != "finance" || !IsCode(addition.key.service) ||
        addition.key.day < kToday - store::kOldestRecordDays ||
        addition.key.day > kToday + store::kNewestRecordDays ||
        addition.sums.turns > anonymise::kMaxBounds.turns || addition.sums.first_this_month > 1) {
      std::abort();
    }
  }
  return 0;
}
