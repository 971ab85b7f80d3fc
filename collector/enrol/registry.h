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
#include "collector/access/device_directory.h"
#include "gnomon/v1/access.pb.h"
#include "gnomon/v1/enrolment.pb.h"
#include "gnomon/v1/health.pb.h"

namespace gnomon::enrol {

// So long after its certificate has ended a laptop may still renew it with a proof (a long leave);
// then it is forgotten, and needs a token again.
inline constexpr int kReturnDays = 60;
inline constexpr int kHealthDays = 90;  // how long a last report is kept

struct Joining {
  std::string name;      // for a device that is new here
  TimeUs ends = 0;       // of its certificate
  std::string previous;  // the name that it has proven to have had, or empty
};
struct Joined {
  std::string name;  // the previous one where that is registered: one laptop is one device
  std::string department;
  bool again = false;
};

// Threads: safe, it has its own lock.
class Registry final : public access::DeviceDirectory {
 public:
  static Result<std::unique_ptr<Registry>> Open(const std::filesystem::path& file);
  ~Registry() override;

  // Stores the token's hash (libsodium) only.
  Status AddToken(const std::string& id, const std::string& secret, const std::string& department,
                  uint32_t uses, TimeUs expires);
  // Takes one use and registers the device in one transaction.
  // kUnauthenticated with one sentence: unknown, wrong secret, expired, used up or revoked.
  // kPermissionDenied where the previous device was revoked: no use is taken.
  Result<Joined> Redeem(const std::string& id, const std::string& secret, const Joining& joining,
                        TimeUs now);
  Result<std::vector<v1::ListTokensResponse::Token>> Tokens();
  // How many devices that joined with it stay.
  Result<uint32_t> Revoke(const std::string& id);
  // Revokes those devices too, in one transaction, and names them.
  Result<std::vector<std::string>> RevokeWithDevices(const std::string& id);
  // Of a department, good at `now` and not used up.
  Result<uint32_t> OpenTokens(const std::string& department, TimeUs now);

  // Department code -> devices that are registered and not revoked.
  Result<std::map<std::string, uint32_t>> DevicesByDepartment();
  Result<bool> Known(const std::string& device);

  Status Admit(const pki::Identity& device) override;
  Status CheckAccount(const std::string& device, const access::AccountDigest& digest) override;
  // Notes that the device's newest certificate ends then; errors as of Admit().
  Status Renew(const pki::Identity& device, TimeUs ends);

  // By name, at most `limit` behind `after`; empty department: all.
  Result<std::vector<v1::Device>> Devices(const std::string& department, const std::string& after,
                                          size_t limit);
  // `name` may be the first 8 digits or more: kConflict where several begin so, kNotFound where
  // none does.
  Result<v1::Device> RevokeDevice(const std::string& name);
  Result<v1::Device> ForgetDevice(const std::string& name);
  // Not revoked, with a certificate that has ended.
  Result<uint32_t> DevicesEnded(TimeUs now);

  // kNotFound for a device that is not enrolled here.
  Status RecordHealth(const std::string& device, const v1::HealthReport& report, Day today);
  Result<v1::HealthSummary> Health(Day today);

  // Forgets the hashes of expired tokens, devices whose certificate ended kReturnDays ago, and old
  // reports.
  Status Expire(TimeUs now);

 private:
  class Impl;
  explicit Registry(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gnomon::enrol
