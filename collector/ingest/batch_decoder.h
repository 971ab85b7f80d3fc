// A batch off the wire -> additions to cells, or the reason why it will never be accepted.
// Pure: no clock, no I/O. The bytes may be hostile.
#pragma once

#include <cstddef>
#include <string>
#include <variant>

#include "base/clock.h"
#include "collector/store/store.h"
#include "gnomon/v1/ingest.pb.h"

namespace gnomon::ingest {

inline constexpr size_t kMaxPayloadBytes = 256u << 10;
inline constexpr int kMaxRecords = 4096;

using Decoded = std::variant<store::IncomingBatch, v1::Receipt::Reason>;

// `department` is the one of the certificate that authenticated the stream; every record's must be
// equal. Each record is held to anonymise::kMaxBounds and to the days of store/retention.h around
// `today` (local to the collector), and a batch sets each first-flag at most once a service and
// day, week or month, as an honest laptop does: so one laptop counts as one device.
Decoded Decode(const v1::Batch& batch, const std::string& department, Day today);

}  // namespace gnomon::ingest
