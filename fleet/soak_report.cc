#include "fleet/soak_report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace gnomon::fleet {

double ReceiptMilliseconds(std::vector<std::chrono::microseconds> times, double share) {
  if (times.empty()) return 0;
  const auto rank = static_cast<size_t>(std::ceil(share * static_cast<double>(times.size())));
  const auto at = times.begin() + static_cast<std::ptrdiff_t>(std::max<size_t>(rank, 1) - 1);
  std::nth_element(times.begin(), at, times.end());
  return static_cast<double>(at->count()) / 1000;
}

std::string ToText(const SoakResult& r) {
  char text[1024];
  std::snprintf(
      text, sizeof text,
      "%u agents, %.0f s: %llu batches confirmed in %llu deliveries (%.1f batches/s), %llu "
      "deliveries failed and "
      "were tried again\n"
      "receipts: p50 %.1f ms, p99 %.1f ms, longest %.1f ms, from connecting to the last receipt\n",
      r.agents, r.seconds, static_cast<unsigned long long>(r.batches_confirmed),
      static_cast<unsigned long long>(r.deliveries),
      r.seconds > 0 ? static_cast<double>(r.batches_confirmed) / r.seconds : 0,
      static_cast<unsigned long long>(r.deliveries_failed),
      ReceiptMilliseconds(r.receipt_times, 0.5), ReceiptMilliseconds(r.receipt_times, 0.99),
      ReceiptMilliseconds(r.receipt_times, 1));
  std::string all = text;
  if (r.collector_kib != 0) {
    std::snprintf(text, sizeof text, "collector: at most %.1f MiB resident\n",
                  static_cast<double>(r.collector_kib) / 1024);
    all += text;
  }
  std::snprintf(text, sizeof text,
                "%s: %llu frozen, %llu confirmed, %llu refused, %llu waiting, %llu dropped\n",
                r.none_lost() ? "none lost" : "NOT COMPLETE",
                static_cast<unsigned long long>(r.batches_frozen),
                static_cast<unsigned long long>(r.batches_confirmed),
                static_cast<unsigned long long>(r.batches_refused),
                static_cast<unsigned long long>(r.batches_waiting),
                static_cast<unsigned long long>(r.batches_dropped));
  return all + text;
}

std::string ToJson(const SoakResult& r) {
  nlohmann::ordered_json json = {{"agents", r.agents},
                                 {"seconds", r.seconds},
                                 {"deliveries", r.deliveries},
                                 {"deliveries_failed", r.deliveries_failed},
                                 {"batches_frozen", r.batches_frozen},
                                 {"batches_confirmed", r.batches_confirmed},
                                 {"batches_refused", r.batches_refused},
                                 {"batches_waiting", r.batches_waiting},
                                 {"batches_dropped", r.batches_dropped},
                                 {"receipt_ms_p50", ReceiptMilliseconds(r.receipt_times, 0.5)},
                                 {"receipt_ms_p99", ReceiptMilliseconds(r.receipt_times, 0.99)},
                                 {"receipt_ms_max", ReceiptMilliseconds(r.receipt_times, 1)},
                                 {"collector_resident_kib", r.collector_kib},
                                 {"none_lost", r.none_lost()}};
  if (!r.last_error.empty()) json["last_error"] = r.last_error;
  return json.dump(1) + "\n";
}

}  // namespace gnomon::fleet
