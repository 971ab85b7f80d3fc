// What a collector may answer: receipts of any kind, for any nonce, under any epoch, against a
// spool with batches that wait. Each byte of the input before the first 0xff chooses a batch to
// name; the rest is a run of Receipts, each after a length byte.
#include <google/protobuf/stubs/logging.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "agent/spool/spool.h"
#include "agent/stream/uplink.h"

namespace {

using namespace gnomon;

constexpr Day kToday = 20'780;

TimeUs NoonOf(Day day) {
  return (static_cast<TimeUs>(day) * 24 + 12) * 3600 * kSecondUs;
}

// All that was ever frozen is somewhere.
uint64_t All(spool::Spool& spool) {
  const auto counters = spool.Counters();
  if (!counters.ok()) std::abort();
  return counters->batches_pending + counters->batches_sent + counters->batches_quarantined +
         counters->batches_dropped;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  [[maybe_unused]] static const auto quiet = google::protobuf::SetLogHandler(nullptr);
  auto spool = spool::Spool::Open(":memory:", "finance", {}).value();
  for (Day day = kToday - 3; day <= kToday; ++day) {
    anonymise::UsageDelta delta;
    delta.key = {day, "chatgpt", v1::SURFACE_WEB, v1::CLIENT_BROWSER, v1::EVIDENCE_NAMED};
    delta.counts.visits = 1;
    spool->Consume(delta);
    if (!spool->Freeze(NoonOf(day)).ok()) std::abort();
  }
  const std::vector<v1::Batch> waiting = spool->Offer(64).value();
  const uint64_t frozen = All(*spool);

  size_t at = 0;
  std::vector<uint8_t> named;
  while (at < size && data[at] != 0xff) named.push_back(data[at++]);
  ++at;
  std::vector<v1::Receipt> receipts;
  while (at < size && receipts.size() < 64) {
    const size_t length = std::min<size_t>(data[at++], size - at);
    v1::Receipt receipt;
    if (receipt.ParseFromArray(data + at, static_cast<int>(length))) {
      if (receipts.size() < named.size()) {
        receipt.set_nonce(waiting[named[receipts.size()] % waiting.size()].nonce());
      }
      receipts.push_back(std::move(receipt));
    }
    at += length;
  }
  for (Day today : {kToday, kToday + 1}) {
    if (!stream::Settle(*spool, receipts, today).ok()) std::abort();
    if (All(*spool) != frozen) std::abort();
  }
  // What waits still has the bytes with which it was offered.
  const std::vector<v1::Batch> left = spool->Pending(64).value();
  for (const v1::Batch& batch : left) {
    bool known = false;
    for (const v1::Batch& offered : waiting) {
      known |= offered.nonce() == batch.nonce() && offered.payload() == batch.payload();
    }
    if (!known) std::abort();
  }
  return 0;
}
