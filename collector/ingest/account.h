// A laptop's account: what lets the collector tell that a laptop has set a first-flag before,
// without remembering which laptop set which. The laptop keeps the key and shows it on its stream;
// here it is gone with the stream. docs/adr/0011-accounts.md has the argument.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "collector/access/device_directory.h"
#include "collector/store/store.h"

namespace gnomon::ingest {

inline constexpr size_t kAccountKeyBytes = 32;

// Threads: one at a time. All digests are BLAKE2b under the key: without it they are random
// numbers.
class Account {
 public:
  explicit Account(std::span<const uint8_t, kAccountKeyBytes> key);
  // Out of a serialised v1::Account; the bytes may be hostile. kPermissionDenied where it holds no
  // key.
  static Result<Account> Parse(std::string_view bytes);
  ~Account();

  // Beside the device's name in the registry; tells nothing of any digest below.
  access::AccountDigest Digest() const;
  // Names the account in memory, without the device.
  uint64_t Id() const;
  // Of a service on a day.
  uint64_t DayTag(std::string_view service, Day day) const;
  // Of the first use of a service in the week or month that holds `day`.
  store::FirstUseTag FirstUse(store::FirstUse::Period period, std::string_view service,
                              Day day) const;

 private:
  std::array<uint8_t, kAccountKeyBytes> key_{};
};

// Names the first uses that `batch` claims, so that the store counts each once.
void NameFirstUses(const Account& account, store::IncomingBatch& batch);

}  // namespace gnomon::ingest
