#include "agent/releases/releases_in_use.h"

#include <algorithm>
#include <utility>

#include "base/file.h"

namespace gnomon::agent {
namespace {

using trust::BytesOf;
using trust::Kind;

Status CheckPolicy(const std::string& body) {
  return policy::Parse(body).status();
}
Status CheckCatalogue(const std::string& body) {
  return catalogue::Table::Parse(body).status();
}

}  // namespace

Result<ReleasesInUse> ReleasesInUse::Unsigned(const std::filesystem::path& catalogue) {
  ReleasesInUse use;
  GNOMON_ASSIGN_OR_RETURN(use.table_, catalogue::Table::Load(catalogue.string()));
  return use;
}

Result<ReleasesInUse> ReleasesInUse::Signed(const std::filesystem::path& folder,
                                            const std::filesystem::path& root,
                                            const std::filesystem::path& catalogue, int64_t now) {
  ReleasesInUse use;
  GNOMON_ASSIGN_OR_RETURN(use.store_, trust::ReleaseStore::Open(folder, root));
  Status status = use.UseCurrent(now);
  // The first start, a release that IT brought newer than the stored one, or one that heals it.
  const Result<std::string> installed = ReadFile(catalogue, trust::kMaxReleaseFile);
  if (installed.ok()) {
    // As from the collector: its body is read before it takes the place of one that is good.
    const Result<bool> taken = use.Install(Kind::kCatalogue, *installed, CheckCatalogue, now);
    if (taken.ok() && *taken) {
      status = use.UseCurrent(now);
    } else if (!taken.ok() && !status.ok()) {
      status = taken.status().WithContext(catalogue.string());
    }
  }
  if (!status.ok()) use.Stop(status.message());
  return use;
}

void ReleasesInUse::Stop(std::string reason) {
  table_.reset();
  reason_ = std::move(reason);
}

Status ReleasesInUse::UsePolicy(int64_t now) {
  if (!store_->in_use(Kind::kPolicy)) return Status::Ok();
  GNOMON_ASSIGN_OR_RETURN(const trust::Release release, store_->Current(Kind::kPolicy, now));
  GNOMON_ASSIGN_OR_RETURN(policy_, policy::Parse(release.body));
  policy_release_ = release.header.version;
  policy_expires_ = release.header.expires;
  return Status::Ok();
}

// The policy first: without the pauses that it may hold, nothing is collected either.
Status ReleasesInUse::UseCurrent(int64_t now) {
  GNOMON_RETURN_IF_ERROR(UsePolicy(now));
  GNOMON_ASSIGN_OR_RETURN(const trust::Release release, store_->Current(Kind::kCatalogue, now));
  GNOMON_ASSIGN_OR_RETURN(auto table, catalogue::Table::Parse(release.body, last_table_));
  table_ = last_table_ = std::move(table);
  release_ = release.header.version;
  expires_ = release.header.expires;
  issued_ = release.header.issued;
  reason_.clear();
  return Status::Ok();
}

bool ReleasesInUse::Check(int64_t now) {
  if (!is_signed() || table_ == nullptr) return false;
  // A clock set back does not make it live longer than it was to live.
  const int64_t time = std::max(now, issued_);
  if (time >= expires_) {
    Stop("expired: catalogue release " + std::to_string(release_) +
         " is no longer good; a newer one has to be signed");
    return true;
  }
  if (!has_policy() || time < policy_expires_) return false;
  Stop("expired: policy release " + std::to_string(policy_release_) +
       " is no longer good; a newer one has to be signed");
  return true;
}

std::optional<v1::FetchReleasesRequest> ReleasesInUse::Wanted() const {
  if (!is_signed()) return std::nullopt;
  v1::FetchReleasesRequest have;
  have.set_root_version(store_->root().version);
  // A release that is damaged or not believed any more has to come again.
  const auto in_use = store_->in_use(Kind::kCatalogue);
  const bool good = table_ != nullptr || reason_.rfind("expired", 0) == 0;
  have.set_catalogue_version(in_use && good ? in_use->version : 0);
  const auto policy = store_->in_use(Kind::kPolicy);
  have.set_policy_version(policy && good ? policy->version : 0);
  return have;
}

Status ReleasesInUse::TakeUpPolicy(const std::string& release, int64_t now, bool* changed) {
  if (release.empty()) return Status::Ok();
  GNOMON_ASSIGN_OR_RETURN(const bool taken, Install(Kind::kPolicy, release, CheckPolicy, now));
  if (!taken) return Status::Ok();
  *changed = true;
  // Where collecting had stopped, the new policy may let it go on.
  if (Status status = UseCurrent(now); !status.ok()) Stop(status.message());
  return Status::Ok();
}

Status ReleasesInUse::TakeUpCatalogue(const std::string& release, int64_t now, bool* changed) {
  if (release.empty()) return Status::Ok();
  GNOMON_ASSIGN_OR_RETURN(const bool taken,
                          Install(Kind::kCatalogue, release, CheckCatalogue, now));
  if (!taken) return Status::Ok();
  GNOMON_RETURN_IF_ERROR(UseCurrent(now));
  *changed = true;
  return Status::Ok();
}

ReleasesInUse::TakenUp ReleasesInUse::TakeUp(const v1::FetchReleasesReply& reply, int64_t now) {
  TakenUp taken;
  if (!is_signed()) return taken;
  for (const std::string& root : reply.roots()) {
    taken.refused = store_->InstallRoot(BytesOf(root), now);
    if (!taken.refused.ok()) return taken;  // what comes after it may be signed under it
  }
  taken.refused = TakeUpPolicy(reply.policy(), now, &taken.changed);
  // A policy that is no good says nothing about the catalogue beside it.
  Status catalogue = TakeUpCatalogue(reply.catalogue(), now, &taken.changed);
  if (taken.refused.ok()) taken.refused = std::move(catalogue);
  return taken;
}

Result<bool> ReleasesInUse::Install(Kind kind, const std::string& release, BodyCheck check,
                                    int64_t now) {
  GNOMON_ASSIGN_OR_RETURN(
      const trust::Verified verified,
      trust::Verify(BytesOf(release), kind, store_->root(), store_->in_use(kind), now));
  // What is no good is refused before it takes the place of what is.
  GNOMON_RETURN_IF_ERROR(check(verified.release.body));
  if (verified.same && table_ != nullptr) return false;
  GNOMON_RETURN_IF_ERROR(store_->Install(kind, BytesOf(release), now).status());
  return true;
}

}  // namespace gnomon::agent
