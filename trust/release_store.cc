#include "trust/release_store.h"

#include <sodium.h>

#include <charconv>

#include "base/file.h"
#include "base/random.h"

namespace gnomon::trust {
namespace {

constexpr Kind kKinds[] = {Kind::kCatalogue, Kind::kPolicy};

// "version issued digest\n"
std::string SeenText(const Header& header) {
  return std::to_string(header.version) + " " + std::to_string(header.issued) + " " +
         ToHex(header.digest()) + "\n";
}

bool ParseSeen(std::string_view text, InUse* seen) {
  const char* const end = text.data() + text.size();
  auto [version_end, version_error] = std::from_chars(text.data(), end, seen->version);
  if (version_error != std::errc() || version_end == end || *version_end != ' ') return false;
  auto [issued_end, issued_error] = std::from_chars(version_end + 1, end, seen->issued);
  if (issued_error != std::errc() || end - issued_end != 66 || *issued_end != ' ') return false;
  size_t length = 0;
  return sodium_hex2bin(seen->header.data(), seen->header.size(), issued_end + 1, 64, nullptr,
                        &length, nullptr) == 0 &&
         length == seen->header.size() && end[-1] == '\n';
}

}  // namespace

Result<ReleaseStore> ReleaseStore::Open(const std::filesystem::path& folder,
                                        const std::filesystem::path& root_file) {
  GNOMON_RETURN_IF_ERROR(MakeFolder(folder, 0700));
  GNOMON_ASSIGN_OR_RETURN(Root root, Root::ReadFrom(root_file));
  const std::filesystem::path rotated = folder / "root.yaml";
  std::error_code error;
  if (std::filesystem::exists(rotated, error)) {
    GNOMON_ASSIGN_OR_RETURN(Root newer, Root::ReadFrom(rotated));
    if (newer.version > root.version) root = std::move(newer);
  }
  ReleaseStore store(folder, std::move(root));
  for (const Kind kind : kKinds) GNOMON_RETURN_IF_ERROR(store.ReadSeen(kind));
  return store;
}

std::filesystem::path ReleaseStore::FileOf(Kind kind, std::string_view extension) const {
  return folder_ / (std::string(KindName(kind)) + std::string(extension));
}

std::optional<InUse> ReleaseStore::in_use(Kind kind) const {
  const auto found = seen_.find(kind);
  return found == seen_.end() ? std::nullopt : std::optional(found->second);
}

Status ReleaseStore::ReadSeen(Kind kind) {
  const std::filesystem::path file = FileOf(kind, ".seen");
  const Result<std::string> text = ReadFile(file, 1024);
  if (!text.ok()) {
    return text.status().code() == StatusCode::kNotFound ? Status::Ok() : text.status();
  }
  InUse seen;
  // Going on without it would let an older release in.
  if (!ParseSeen(*text, &seen)) return DataLoss(file.string() + ": damaged");
  seen_[kind] = seen;
  return Status::Ok();
}

Status ReleaseStore::WriteSeen(Kind kind, const Header& header) {
  GNOMON_RETURN_IF_ERROR(WriteFileAtomically(FileOf(kind, ".seen"), SeenText(header), 0600));
  seen_[kind] = {header.version, header.digest(), header.issued};
  return Status::Ok();
}

Result<Release> ReleaseStore::Current(Kind kind, int64_t now) {
  const std::filesystem::path file = FileOf(kind, ".release");
  GNOMON_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(file, kMaxReleaseFile));
  Result<Verified> verified = Verify(BytesOf(bytes), kind, root_, in_use(kind), now);
  if (!verified.ok()) return verified.status().WithContext(file.string());
  // A crash came between the two files of Install().
  if (!verified->same) GNOMON_RETURN_IF_ERROR(WriteSeen(kind, verified->release.header));
  return std::move(verified->release);
}

Result<bool> ReleaseStore::Install(Kind kind, Bytes bytes, int64_t now) {
  GNOMON_ASSIGN_OR_RETURN(const Verified verified, Verify(bytes, kind, root_, in_use(kind), now));
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  // The release first: one that is newer than what was seen is taken up by Current(), while a seen
  // version without its release would leave nothing to use.
  GNOMON_RETURN_IF_ERROR(WriteFileAtomically(FileOf(kind, ".release"), text, 0644));
  GNOMON_RETURN_IF_ERROR(WriteSeen(kind, verified.release.header));
  return !verified.same;
}

Status ReleaseStore::InstallRoot(Bytes bytes, int64_t now) {
  GNOMON_ASSIGN_OR_RETURN(Root next, VerifyRoot(bytes, root_, now));
  GNOMON_RETURN_IF_ERROR(WriteFileAtomically(folder_ / "root.yaml", next.ToYaml(), 0644));
  root_ = std::move(next);
  return Status::Ok();
}

}  // namespace gnomon::trust
