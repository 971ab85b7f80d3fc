// Who may ask and administer: operators' tokens, in a file of their own. Certificates of operators
// (the first administrator's) are accepted beside them unless they are revoked here.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "collector/access/bearer_verifier.h"
#include "gnomon/v1/access.pb.h"

namespace gnomon::access {

inline constexpr uint64_t kMinOperatorSeconds = 3600;
inline constexpr uint64_t kMaxOperatorSeconds = 366 * 86'400;

// Threads: safe, it has its own lock. Processes: safe (SQLite), so that `gnomon-collector operator`
// works beside a collector that runs.
class Operators final : public BearerVerifier {
 public:
  static Result<std::unique_ptr<Operators>> Open(const std::filesystem::path& file);
  ~Operators() override;

  // kInvalidArgument for a name, role or life that is not allowed. Keeps the token's hash only.
  Result<v1::CreateOperatorResponse> Create(const v1::CreateOperatorRequest& request, TimeUs now);
  Result<std::vector<v1::Operator>> List();
  // kNotFound for an id that is not there.
  Result<v1::Operator> Revoke(const std::string& id);
  // Every certificate that names this operator, from now on.
  Status RevokeCertificates(const std::string& name);
  Result<bool> CertificateRevoked(const std::string& name);
  // Tokens that are good at `now` and have the role administrator.
  Result<uint32_t> Administrators(TimeUs now);

  bool Recognises(std::string_view credential) const override;
  Result<pki::Identity> Verify(std::string_view credential, TimeUs now) override;

  // Forgets tokens that ended 30 days ago.
  Status Expire(TimeUs now);

 private:
  class Impl;
  explicit Operators(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gnomon::access
