#include "agent/spool/damaged.h"

#include <chrono>
#include <system_error>
#include <vector>

#include "base/log.h"

namespace gnomon::spool {
namespace {

// As long as what was sent is kept.
constexpr auto kKept = std::chrono::hours(24 * 90);

std::filesystem::path SetAsideName(const std::filesystem::path& file, int number) {
  return file.string() + ".damaged-" + std::to_string(number);
}

void ForgetOld(const std::filesystem::path& file) {
  std::error_code error;
  for (int number = 1; number <= kMaxSetAside; ++number) {
    const std::filesystem::path aside = SetAsideName(file, number);
    const auto written = std::filesystem::last_write_time(aside, error);
    if (error || std::filesystem::file_time_type::clock::now() - written < kKept) continue;
    std::filesystem::remove(aside, error);
    std::filesystem::remove(aside.string() + "-wal", error);
  }
}

Status SetAside(const std::filesystem::path& file) {
  std::error_code error;
  int number = 1;
  while (number <= kMaxSetAside && std::filesystem::exists(SetAsideName(file, number), error))
    ++number;
  if (number > kMaxSetAside) {
    // A disk like that is to be replaced; going on would lose records without end.
    return DataLoss(file.string() + ": damaged for the " + std::to_string(kMaxSetAside + 1) +
                    "th time in 90 days; check the disk, then remove " + file.string() +
                    ".damaged-*");
  }
  const std::filesystem::path aside = SetAsideName(file, number);
  // The log first: a log without its file means nothing, a new file with an old log would be
  // damaged again.
  std::filesystem::rename(file.string() + "-wal", aside.string() + "-wal", error);
  std::filesystem::remove(file.string() + "-shm", error);
  std::filesystem::rename(file, aside, error);
  if (error)
    return DataLoss(file.string() + ": damaged, and cannot be set aside: " + error.message());
  std::filesystem::last_write_time(aside, std::filesystem::file_time_type::clock::now(), error);
  return Status::Ok();
}

}  // namespace

Result<std::unique_ptr<Spool>> OpenOrSetAside(const std::filesystem::path& file,
                                              const std::string& department,
                                              const SpoolOptions& options) {
  ForgetOld(file);
  Result<std::unique_ptr<Spool>> spool = Spool::Open(file, department, options);
  if (spool.ok() || spool.status().code() != StatusCode::kDataLoss) return spool;
  log::Error("spool_damaged", {{"error", spool.status().message()}});
  GNOMON_RETURN_IF_ERROR(SetAside(file));
  return Spool::Open(file, department, options);
}

Status SetAsideIfDamaged(const std::filesystem::path& file, const Status& status) {
  if (status.code() != StatusCode::kDataLoss) return status;
  log::Error("spool_damaged", {{"error", status.message()}});
  GNOMON_RETURN_IF_ERROR(SetAside(file));
  return DataLoss(status.message() + "; the file is set aside, the next start begins a new one");
}

uint64_t CountSetAside(const std::filesystem::path& file) {
  std::error_code error;
  uint64_t count = 0;
  for (int number = 1; number <= kMaxSetAside; ++number) {
    count += std::filesystem::exists(SetAsideName(file, number), error) ? 1 : 0;
  }
  return count;
}

}  // namespace gnomon::spool
