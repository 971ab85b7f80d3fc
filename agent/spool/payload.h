// Records -> the padded bytes of batches, and back.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "gnomon/v1/record.pb.h"

namespace gnomon::spool {

// A payload has one of these sizes, so that its size says little about how much was used. The first holds some 60 records:
// what an hour brings has the size of a batch without a record.
inline constexpr size_t kPayloadSizes[] = {4096, 32768, 262144};
inline constexpr size_t kMaxPayloadBytes = 262144;  // what the collector takes (ingest.proto)
inline constexpr size_t kMaxRecordsPerBatch = 4096;

// One payload for as many records as fit, in their order; several where they do not fit into one.
std::vector<std::string> MakePayloads(const std::vector<v1::UsageRecord>& records);
// One without a record, in the smallest size: what a laptop without use sends in place of a batch.
std::string CoverPayload();
// Only the records, without padding: what is kept for `sent`.
std::string WithoutPadding(const v1::RecordSet& set);
Result<v1::RecordSet> ParsePayload(std::string_view payload);

}  // namespace gnomon::spool
