#include "collector/ingest/account.h"

#include <sodium.h>

#include <algorithm>
#include <string>

#include "gnomon/v1/ingest.pb.h"

namespace gnomon::ingest {
namespace {

// BLAKE2b under `key` of a purpose and what it is about.
template <size_t kSize>
std::array<uint8_t, kSize> Keyed(const std::array<uint8_t, kAccountKeyBytes>& key,
                                 std::string_view purpose, int64_t number,
                                 std::string_view service) {
  static_assert(kSize >= crypto_generichash_BYTES_MIN && kSize <= crypto_generichash_BYTES_MAX);
  std::string input(purpose);
  input.append("\n").append(std::to_string(number)).append("\n").append(service);
  std::array<uint8_t, kSize> out;
  crypto_generichash(out.data(), out.size(), reinterpret_cast<const uint8_t*>(input.data()),
                     input.size(), key.data(), key.size());
  return out;
}

uint64_t Number(const std::array<uint8_t, 16>& bytes) {
  uint64_t number = 0;
  for (size_t i = 0; i < 8; ++i) number = number << 8 | bytes[i];
  return number;
}

}  // namespace

Account::Account(std::span<const uint8_t, kAccountKeyBytes> key) {
  std::copy(key.begin(), key.end(), key_.begin());
}

Result<Account> Account::Parse(std::string_view bytes) {
  v1::Account message;
  if (bytes.size() > 2 * kAccountKeyBytes ||
      !message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
      message.key().size() != kAccountKeyBytes) {
    return PermissionDenied("a stream of batches shows the laptop's account");
  }
  return Account(std::span<const uint8_t, kAccountKeyBytes>(
      reinterpret_cast<const uint8_t*>(message.key().data()), kAccountKeyBytes));
}

Account::~Account() {
  sodium_memzero(key_.data(), key_.size());
}

access::AccountDigest Account::Digest() const {
  return Keyed<32>(key_, "gnomon account", 0, "");
}

uint64_t Account::Id() const {
  return Number(Keyed<16>(key_, "gnomon account in memory", 0, ""));
}

uint64_t Account::DayTag(std::string_view service, Day day) const {
  return Number(Keyed<16>(key_, "gnomon day", day, service));
}

store::FirstUseTag Account::FirstUse(store::FirstUse::Period period, std::string_view service,
                                     Day day) const {
  const bool week = period == store::FirstUse::Period::kWeek;
  const Month month = MonthOf(day);
  const int64_t number = week ? WeekStart(day) : month.year * 12 + month.month;
  const auto whole = Keyed<16>(key_, week ? "gnomon week" : "gnomon month", number, service);
  store::FirstUseTag tag;
  std::copy_n(whole.begin(), tag.size(), tag.begin());
  return tag;
}

void NameFirstUses(const Account& account, store::IncomingBatch& batch) {
  using Period = store::FirstUse::Period;
  for (size_t i = 0; i < batch.additions.size(); ++i) {
    const store::CellAddition& addition = batch.additions[i];
    const auto name = [&](Period period) {
      batch.first_uses.push_back(
          {i, period, account.FirstUse(period, addition.key.service, addition.key.day)});
    };
    if (addition.sums.first_this_week > 0) name(Period::kWeek);
    if (addition.sums.first_this_month > 0) name(Period::kMonth);
  }
}

}  // namespace gnomon::ingest
