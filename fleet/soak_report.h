// What a soak measured, as a line, a table and JSON.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace gnomon::fleet {

struct SoakResult {
  uint32_t agents = 0;
  double seconds = 0;
  uint64_t deliveries = 0;         // calls that ended with receipts
  uint64_t deliveries_failed = 0;  // each was tried again later
  uint64_t batches_frozen = 0;
  uint64_t batches_confirmed = 0;
  uint64_t batches_refused = 0;
  uint64_t batches_waiting = 0;  // without a receipt
  uint64_t batches_dropped = 0;
  std::vector<std::chrono::microseconds>
      receipt_times;           // of each call: connect, send, all receipts
  uint64_t collector_kib = 0;  // the largest resident size that was seen; 0: not asked for
  std::string last_error;

  // Every frozen batch was confirmed.
  bool none_lost() const {
    return batches_confirmed == batches_frozen && batches_refused == 0 && batches_waiting == 0 &&
           batches_dropped == 0;
  }
};

// `share` of the times are at most this; 0 where there are none.
double ReceiptMilliseconds(std::vector<std::chrono::microseconds> times, double share);

std::string ToText(const SoakResult& result);
std::string ToJson(const SoakResult& result);

}  // namespace gnomon::fleet
