#include "agent/releases/catalogue_in_use.h"

#include <algorithm>
#include <utility>

#include "base/file.h"

namespace gnomon::agent {
namespace {

using trust::Kind;

Bytes BytesOf(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

}  // namespace

Result<CatalogueInUse> CatalogueInUse::Unsigned(const std::filesystem::path& catalogue) {
  CatalogueInUse use;
  GNOMON_ASSIGN_OR_RETURN(use.table_, catalogue::Table::Load(catalogue.string()));
  return use;
}

Result<CatalogueInUse> CatalogueInUse::Signed(const std::filesystem::path& folder,
                                              const std::filesystem::path& root,
                                              const std::filesystem::path& catalogue, int64_t now) {
  CatalogueInUse use;
  GNOMON_ASSIGN_OR_RETURN(use.store_, trust::ReleaseStore::Open(folder, root));
  Status status = use.UseCurrent(now);
  // The first start, a release that IT brought newer than the stored one, or one that heals it.
  const Result<std::string> installed = ReadFile(catalogue, trust::kMaxReleaseFile);
  if (installed.ok()) {
    const Result<bool> taken = use.store_->Install(Kind::kCatalogue, BytesOf(*installed), now);
    if (taken.ok() && (*taken || !status.ok())) {
      status = use.UseCurrent(now);
    } else if (!taken.ok() && !status.ok()) {
      status = taken.status().WithContext(catalogue.string());
    }
  }
  if (!status.ok()) use.Stop(status.message());
  return use;
}

void CatalogueInUse::Stop(std::string reason) {
  table_.reset();
  reason_ = std::move(reason);
}

Status CatalogueInUse::UseCurrent(int64_t now) {
  GNOMON_ASSIGN_OR_RETURN(const trust::Release release, store_->Current(Kind::kCatalogue, now));
  GNOMON_ASSIGN_OR_RETURN(auto table, catalogue::Table::Parse(release.body, last_table_));
  table_ = last_table_ = std::move(table);
  release_ = release.header.version;
  expires_ = release.header.expires;
  issued_ = release.header.issued;
  reason_.clear();
  return Status::Ok();
}

bool CatalogueInUse::Check(int64_t now) {
  if (!is_signed() || table_ == nullptr) return false;
  // A clock set back does not make it live longer than it was to live.
  if (std::max(now, issued_) < expires_) return false;
  Stop("expired: catalogue release " + std::to_string(release_) +
       " is no longer good; a newer one has to be signed");
  return true;
}

std::optional<v1::FetchReleasesRequest> CatalogueInUse::Wanted() const {
  if (!is_signed()) return std::nullopt;
  v1::FetchReleasesRequest have;
  have.set_root_version(store_->root().version);
  // A release that is damaged or not believed any more has to come again.
  const auto in_use = store_->in_use(Kind::kCatalogue);
  const bool good = table_ != nullptr || reason_.rfind("expired", 0) == 0;
  have.set_catalogue_version(in_use && good ? in_use->version : 0);
  return have;
}

Result<bool> CatalogueInUse::TakeUp(const v1::FetchReleasesReply& reply, int64_t now) {
  if (!is_signed()) return false;
  for (const std::string& root : reply.roots()) {
    GNOMON_RETURN_IF_ERROR(store_->InstallRoot(BytesOf(root), now));
  }
  if (reply.catalogue().empty()) return false;
  // What does not hold a catalogue is refused before it takes the place of one that does.
  GNOMON_ASSIGN_OR_RETURN(const trust::Verified verified,
                          trust::Verify(BytesOf(reply.catalogue()), Kind::kCatalogue,
                                        store_->root(), store_->in_use(Kind::kCatalogue), now));
  if (auto table = catalogue::Table::Parse(verified.release.body); !table.ok()) {
    return table.status();
  }
  if (verified.same && table_ != nullptr) return false;
  GNOMON_RETURN_IF_ERROR(
      store_->Install(Kind::kCatalogue, BytesOf(reply.catalogue()), now).status());
  GNOMON_RETURN_IF_ERROR(UseCurrent(now));
  return true;
}

}  // namespace gnomon::agent
