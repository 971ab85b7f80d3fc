#include "collector/organisation/policy_in_force.h"

#include <system_error>

#include "base/file.h"
#include "base/log.h"
#include "policy/policy.h"
#include "trust/release.h"

namespace gnomon::organisation {
namespace {

Result<policy::Organisation> FromFile(const std::filesystem::path& file) {
  GNOMON_ASSIGN_OR_RETURN(const std::string text, ReadFile(file, policy::kMaxBytes));
  GNOMON_ASSIGN_OR_RETURN(const v1::Policy policy, policy::FromYaml(text, file.string()));
  return policy::Organisation(policy);
}

}  // namespace

Status PolicyInForce::Check() const {
  return file_.empty() ? Status::Ok() : FromFile(file_).status();
}

std::optional<PolicyInForce::Origin> PolicyInForce::Newest() const {
  const uint64_t pin = published_.PinnedAt(trust::Kind::kPolicy).value_or(UINT64_MAX);
  for (const releases::PublishedRelease& release : published_.List(trust::Kind::kPolicy)) {
    // One that is tried with some laptops is not the organisation's yet.
    if (release.version <= pin && release.percent == 100) return Origin{.release = release.version};
  }
  if (file_.empty()) return std::nullopt;
  std::error_code error;
  Origin origin;
  origin.changed = std::filesystem::last_write_time(file_, error);
  if (!error) origin.size = std::filesystem::file_size(file_, error);
  return error ? std::nullopt : std::optional(origin);
}

Result<policy::Organisation> PolicyInForce::Read(const Origin& origin) const {
  if (origin.release == 0) return FromFile(file_);
  // Verified when it was published; laptops verify it again.
  GNOMON_ASSIGN_OR_RETURN(const std::string bytes,
                          published_.Read(trust::Kind::kPolicy, origin.release));
  GNOMON_ASSIGN_OR_RETURN(const trust::Release release,
                          trust::Release::Parse(trust::BytesOf(bytes)));
  GNOMON_ASSIGN_OR_RETURN(const v1::Policy policy, policy::Parse(release.body));
  return policy::Organisation(policy);
}

std::shared_ptr<const policy::Organisation> PolicyInForce::Now() const {
  const std::lock_guard lock(mutex_);
  const std::optional<Origin> newest = Newest();
  // A file that is gone for a moment, while it is replaced, takes no floor away.
  if (!newest || newest == origin_) return current_;
  origin_ = newest;  // one that cannot be read is not tried again before it changes
  Result<policy::Organisation> read = Read(*newest);
  if (!read.ok()) {
    log::Error("policy_unreadable", {{"error", read.status().message()}});
    return current_;
  }
  current_ = std::make_shared<policy::Organisation>(std::move(*read));
  log::Info("policy_in_force", {{"release", newest->release}, {"floor", current_->floor()}});
  return current_;
}

}  // namespace gnomon::organisation
