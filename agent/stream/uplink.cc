#include "agent/stream/uplink.h"

namespace gnomon::stream {

Result<Settled> Settle(spool::Spool& spool, std::span<const v1::Receipt> receipts, Day today) {
  Settled settled;
  for (const v1::Receipt& receipt : receipts) {
    switch (receipt.outcome()) {
      case v1::Receipt::OUTCOME_ACCEPTED:
        GNOMON_RETURN_IF_ERROR(spool.MarkSent(receipt.nonce(), today, receipt.epoch()));
        ++settled.sent;
        break;
      case v1::Receipt::OUTCOME_REFUSED:
        GNOMON_RETURN_IF_ERROR(spool.Quarantine(receipt.nonce(), receipt.reason(), today));
        ++settled.quarantined;
        break;
      default:
        ++settled.retry;
        break;
    }
  }
  return settled;
}

DrainOutcome Drain(spool::Spool& spool, CollectorLink& link, Day today, int timeout_seconds) {
  DrainOutcome outcome;
  for (;;) {
    Result<std::vector<v1::Batch>> batches = spool.Offer(kBatchesPerCall);
    if (!batches.ok()) {
      outcome.status = batches.status();
      return outcome;
    }
    if (batches->empty()) return outcome;
    const auto begun = std::chrono::steady_clock::now();
    Result<std::vector<v1::Receipt>> receipts = link.Deliver(*batches, timeout_seconds);
    outcome.calls.push_back(std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - begun));
    if (!receipts.ok()) {
      outcome.status = receipts.status();
      return outcome;
    }
    Result<Settled> settled = Settle(spool, *receipts, today);
    if (!settled.ok()) {
      outcome.status = settled.status();
      return outcome;
    }
    outcome.settled.sent += settled->sent;
    outcome.settled.quarantined += settled->quarantined;
    outcome.settled.retry += settled->retry;
    // Without progress another round would ask the same again at once: leave it to the back-off.
    if (settled->sent + settled->quarantined < batches->size()) {
      outcome.status = Unavailable("the collector did not confirm " +
                                   std::to_string(batches->size() - settled->sent -
                                                  settled->quarantined) +
                                   " of " + std::to_string(batches->size()) + " batches");
      return outcome;
    }
  }
}

}  // namespace gnomon::stream
