// What an enrolled laptop sends beside batches: a health report, and the account that it shows with
// a stream.
#include <google/protobuf/stubs/logging.h>

#include <cstdlib>
#include <string>

#include "collector/enrol/registry.h"
#include "collector/ingest/account.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gnomon;
  constexpr Day kToday = 20'780;
  constexpr TimeUs kNow = kToday * 86'400 * kSecondUs;
  [[maybe_unused]] static const auto quiet = google::protobuf::SetLogHandler(nullptr);
  static const auto registry = [] {
    auto made = enrol::Registry::Open(":memory:").value();
    if (!made->AddToken("0a1b2c3d", std::string(32, 's'), "finance", 1, kNow + kSecondUs).ok())
      std::abort();
    if (!made->Redeem("0a1b2c3d", std::string(32, 's'), {"device", kNow + kSecondUs, ""}, kNow)
             .ok())
      std::abort();
    return made;
  }();

  v1::HealthReport report;
  if (report.ParseFromArray(data, static_cast<int>(size))) {
    if (!registry->RecordHealth("device", report, kToday).ok()) std::abort();
    const auto summary = registry->Health(kToday);
    // One laptop, one report, whatever it says; and no text of its own choice that could break a
    // table.
    if (!summary.ok() || summary->devices() != 1 || summary->versions_size() != 1) std::abort();
    for (const char c : summary->versions(0).agent_version()) {
      if (c < '+' || c > '~') std::abort();
    }
    if (summary->devices_with_loss() !=
        (report.batches_dropped() != 0 || report.spools_damaged() != 0 ? 1u : 0u)) {
      std::abort();
    }
  }
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto account = ingest::Account::Parse(text);
  if (account.ok() && account->Digest() != ingest::Account::Parse(text)->Digest()) std::abort();
  return 0;
}
