// A stored batch as read back from the spool's file: an error, or records that can be kept and sent
// again in the sizes that the collector takes.
#include <cstdlib>
#include <string_view>
#include <vector>

#include "agent/spool/payload.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gnomon;
  Result<v1::RecordSet> set =
      spool::ParsePayload(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!set.ok()) return 0;
  if (!spool::ParsePayload(spool::WithoutPadding(*set)).ok()) std::abort();
  const std::vector<v1::UsageRecord> records(set->records().begin(), set->records().end());
  size_t found = 0;
  for (const std::string& payload : spool::MakePayloads(records)) {
    if (payload.size() > spool::kMaxPayloadBytes) std::abort();
    Result<v1::RecordSet> part = spool::ParsePayload(payload);
    if (!part.ok()) std::abort();
    found += static_cast<size_t>(part->records_size());
  }
  if (found != records.size()) std::abort();
  return 0;
}
