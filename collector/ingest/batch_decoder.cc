#include "collector/ingest/batch_decoder.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>
#include <openssl/sha.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "agent/anonymise/record_builder.h"
#include "base/code.h"
#include "collector/store/retention.h"

namespace gnomon::ingest {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

// First 4 bytes of SHA-256, big-endian.
uint32_t Digest(const std::string& payload) {
  uint8_t hash[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const uint8_t*>(payload.data()), payload.size(), hash);
  return uint32_t{hash[0]} << 24 | uint32_t{hash[1]} << 16 | uint32_t{hash[2]} << 8 | hash[3];
}

// Whether the payload's top level holds at most kMaxRecords records, without building them: 256 KiB
// of empty records would be 130,000 messages of a hundred bytes each.
bool FewRecords(const std::string& payload) {
  CodedInputStream in(reinterpret_cast<const uint8_t*>(payload.data()),
                      static_cast<int>(payload.size()));
  int records = 0;
  while (const uint32_t tag = in.ReadTag()) {
    if (WireFormatLite::GetTagFieldNumber(tag) == v1::RecordSet::kRecordsFieldNumber &&
        ++records > kMaxRecords) {
      return false;
    }
    if (!WireFormatLite::SkipField(&in, tag)) return false;
  }
  return in.ConsumedEntireMessage();
}

bool WithinBounds(const v1::UsageRecord& record) {
  constexpr anonymise::Bounds kMax = anonymise::kMaxBounds;
  return record.visits() <= kMax.visits && record.turns() <= kMax.turns &&
         record.automated_turns() <= record.turns() &&
         record.active_minutes() <= kMax.active_minutes && record.uploads() <= kMax.uploads &&
         record.kib_up() <= kMax.kib_up && record.kib_down() <= kMax.kib_down;
}

bool HasCounts(const v1::UsageRecord& record) {
  return record.visits() || record.turns() || record.active_minutes() || record.uploads() ||
         record.kib_up() || record.kib_down();
}

bool KnownEnumerations(const v1::UsageRecord& record) {
  return v1::Surface_IsValid(record.surface()) && v1::Client_IsValid(record.client()) &&
         v1::Evidence_IsValid(record.evidence()) && v1::Tenure_IsValid(record.tenure()) &&
         v1::Regularity_IsValid(record.regularity()) && v1::OffHours_IsValid(record.off_hours());
}

// The first-flags that a batch has set so far.
class Flags {
 public:
  // False where the record sets one a second time.
  bool Take(const v1::UsageRecord& record) {
    const Day day = record.day();
    const Month month = MonthOf(day);
    return (!record.first_today() || set_.emplace('d', day, record.service()).second) &&
           (!record.first_this_week() ||
            set_.emplace('w', WeekStart(day), record.service()).second) &&
           (!record.first_this_month() ||
            set_.emplace('m', month.year * 12 + month.month, record.service()).second);
  }

 private:
  std::set<std::tuple<char, int, std::string>> set_;
};

store::CellAddition ToAddition(const v1::UsageRecord& record) {
  store::CellAddition addition;
  addition.key = {.day = record.day(),
                  .department = record.department(),
                  .service = record.service(),
                  .surface = record.surface(),
                  .client = record.client(),
                  .evidence = record.evidence(),
                  .tenure = record.tenure(),
                  .regularity = record.regularity(),
                  .off_hours = record.off_hours()};
  addition.sums = {.visits = record.visits(),
                   .turns = record.turns(),
                   .automated_turns = record.automated_turns(),
                   .active_minutes = record.active_minutes(),
                   .uploads = record.uploads(),
                   .kib_up = record.kib_up(),
                   .kib_down = record.kib_down(),
                   .first_today = record.first_today(),
                   .first_this_week = record.first_this_week(),
                   .first_this_month = record.first_this_month()};
  return addition;
}

}  // namespace

Decoded Decode(const v1::Batch& batch, const std::string& department, Day today) {
  store::IncomingBatch decoded;
  if (batch.nonce().size() != decoded.nonce.size() || batch.payload().size() > kMaxPayloadBytes ||
      !FewRecords(batch.payload())) {
    return v1::Receipt::REASON_MALFORMED;
  }
  v1::RecordSet set;
  if (!set.ParseFromString(batch.payload())) return v1::Receipt::REASON_MALFORMED;

  Flags flags;
  decoded.additions.reserve(static_cast<size_t>(set.records_size()));
  for (const v1::UsageRecord& record : set.records()) {
    if (record.department() != department) return v1::Receipt::REASON_WRONG_DEPARTMENT;
    if (!IsCode(record.service())) return v1::Receipt::REASON_MALFORMED;
    const bool any = record.service() == anonymise::kAnyService;
    if (record.day() < today - store::kOldestRecordDays ||
        record.day() > today + store::kNewestRecordDays || !KnownEnumerations(record) ||
        !WithinBounds(record) || (any && HasCounts(record)) || !flags.Take(record)) {
      return v1::Receipt::REASON_OUT_OF_BOUNDS;
    }
    decoded.additions.push_back(ToAddition(record));
  }
  std::copy(batch.nonce().begin(), batch.nonce().end(), decoded.nonce.begin());
  decoded.digest = Digest(batch.payload());
  return decoded;
}

}  // namespace gnomon::ingest
