#include "agent/spool/payload.h"

#include <climits>

namespace gnomon::spool {
namespace {

// Field 15 (padding), wire type 2: one byte (protobuf encoding, "tag").
constexpr char kPaddingTag = (15 << 3) | 2;

// Bytes of a record within a RecordSet: tag, length, record.
size_t SizeInSet(const v1::UsageRecord& record) {
  const size_t size = record.ByteSizeLong();
  return 1 + (size < 128 ? 1 : size < 16384 ? 2 : 3) + size;
}

// Appends a padding field of exactly `bytes` bytes in all, at least 2. Of several padding fields a
// reader keeps the last, so a length that one field cannot have is reached with an empty one first.
void AppendPadding(size_t bytes, std::string* out) {
  for (;;) {
    for (size_t width = 1; width <= 3 && bytes >= 1 + width; ++width) {
      const size_t length = bytes - 1 - width;
      const size_t needs = length < 128 ? 1 : length < 16384 ? 2 : 3;
      if (needs != width) continue;
      out->push_back(kPaddingTag);
      size_t rest = length;
      for (size_t i = 1; i < width; ++i, rest >>= 7) {
        out->push_back(static_cast<char>((rest & 0x7f) | 0x80));
      }
      out->push_back(static_cast<char>(rest));
      out->append(length, '\0');
      return;
    }
    out->push_back(kPaddingTag);
    out->push_back('\0');
    bytes -= 2;
  }
}

std::string Pad(std::string bytes) {
  for (const size_t size : kPayloadSizes) {
    if (bytes.size() == size) return bytes;
    if (bytes.size() + 2 <= size) {
      AppendPadding(size - bytes.size(), &bytes);
      return bytes;
    }
  }
  return bytes;  // not reached: MakePayloads leaves room in the largest size
}

}  // namespace

std::vector<std::string> MakePayloads(const std::vector<v1::UsageRecord>& records) {
  std::vector<std::string> payloads;
  v1::RecordSet set;
  size_t bytes = 0;
  const auto finish = [&] {
    if (set.records_size() != 0) payloads.push_back(Pad(set.SerializeAsString()));
    set.Clear();
    bytes = 0;
  };
  for (const v1::UsageRecord& record : records) {
    const size_t size = SizeInSet(record);
    if (set.records_size() == static_cast<int>(kMaxRecordsPerBatch) ||
        bytes + size + 2 > kMaxPayloadBytes) {
      finish();
    }
    *set.add_records() = record;
    bytes += size;
  }
  finish();
  return payloads;
}

std::string CoverPayload() {
  return Pad("");
}

std::string WithoutPadding(const v1::RecordSet& set) {
  v1::RecordSet records = set;
  records.clear_padding();
  return records.SerializeAsString();
}

Result<v1::RecordSet> ParsePayload(std::string_view payload) {
  v1::RecordSet set;
  if (payload.size() > kMaxPayloadBytes ||
      !set.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
    return DataLoss("a stored batch is not a record set");
  }
  return set;
}

}  // namespace gnomon::spool
