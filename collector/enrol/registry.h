// Who may connect: tokens, devices, their last health. Lives in its own file, apart from usage, and
// has no type in common with it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "gnomon/v1/enrolment.pb.h"
#include "gnomon/v1/health.pb.h"

namespace gnomon::enrol {

// A device certificate's life. A device that has not enrolled again by then is forgotten.
inline constexpr int kDeviceCertificateDays = 365;
inline constexpr int kHealthDays = 90;  // how long a last report is kept

// Threads: safe, it has its own lock.
class Registry {
 public:
  static Result<std::unique_ptr<Registry>> Open(const std::filesystem::path& file);
  ~Registry();

  // Stores the token's hash (libsodium) only.
  Status AddToken(const std::string& id, const std::string& secret, const std::string& department,
                  uint32_t uses, TimeUs expires);
  // Takes one use and registers the device in one transaction; returns the department.
  // kUnauthenticated with one sentence: unknown, wrong secret, expired, used up or revoked.
  Result<std::string> Redeem(const std::string& id, const std::string& secret,
                             const std::string& device, TimeUs now);
  Result<std::vector<v1::ListTokensResponse::Token>> Tokens();
  Status Revoke(const std::string& id);

  // Department code -> enrolled devices.
  Result<std::map<std::string, uint32_t>> DevicesByDepartment();
  Result<bool> Known(const std::string& device);

  // kNotFound for a device that is not enrolled here.
  Status RecordHealth(const std::string& device, const v1::HealthReport& report, Day today);
  Result<v1::HealthSummary> Health(Day today);

  // Forgets the hashes of expired tokens, devices whose certificate has ended, and old reports.
  Status Expire(TimeUs now);

 private:
  class Impl;
  explicit Registry(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gnomon::enrol
