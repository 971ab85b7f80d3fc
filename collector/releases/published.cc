#include "collector/releases/published.h"

#include <algorithm>
#include <charconv>

#include "base/file.h"
#include "trust/verify.h"

namespace gnomon::releases {
namespace {

constexpr size_t kSmallFile = 64;
constexpr uint64_t kMaxRoots = 64;

std::optional<uint64_t> ParseNumber(std::string_view text) {
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<uint64_t> ReadNumber(const std::filesystem::path& file) {
  const Result<std::string> text = ReadFile(file, kSmallFile);
  return text.ok() ? ParseNumber(*text) : std::nullopt;
}

}  // namespace

uint32_t RolloutPlace(std::string_view device, trust::Kind kind, uint64_t version) {
  std::string text(trust::KindName(kind));
  text += '/';
  text += std::to_string(version);
  text += '/';
  text += device;
  const trust::Digest digest = trust::Sha256(trust::BytesOf(text));
  return (static_cast<uint32_t>(digest[0]) << 24 | static_cast<uint32_t>(digest[1]) << 16 |
          static_cast<uint32_t>(digest[2]) << 8 | digest[3]) %
         100;
}

std::filesystem::path Published::FileOf(trust::Kind kind, uint64_t version,
                                        std::string_view extension) const {
  return folder_ / (std::string(trust::KindName(kind)) + "-" + std::to_string(version) +
                    std::string(extension));
}

Status Published::Add(Bytes release, trust::Kind kind, const trust::Root& root, uint32_t percent,
                      int64_t now) const {
  if (percent > 100) return InvalidArgument("percent: 0 to 100");
  uint64_t version = 0;
  if (kind == trust::Kind::kRoot) {
    GNOMON_ASSIGN_OR_RETURN(const trust::Root next, trust::VerifyRoot(release, root, now));
    version = next.version;
    percent = 100;  // whoever is without it would believe nothing that comes after
  } else {
    GNOMON_ASSIGN_OR_RETURN(const trust::Verified verified,
                            trust::Verify(release, kind, root, std::nullopt, now));
    version = verified.release.header.version;
  }
  GNOMON_RETURN_IF_ERROR(MakeFolder(folder_, 0700));
  const std::filesystem::path file = FileOf(kind, version, ".release");
  const std::string_view bytes(reinterpret_cast<const char*>(release.data()), release.size());
  const Result<std::string> there = ReadFile(file, trust::kMaxReleaseFile);
  if (there.ok() && *there != bytes) {
    return Conflict(std::string(trust::KindName(kind)) + " release " + std::to_string(version) +
                    " is published already, with other bytes");
  }
  // The percentage first: a release without one goes to everybody.
  GNOMON_RETURN_IF_ERROR(
      WriteFileAtomically(FileOf(kind, version, ".percent"), std::to_string(percent) + "\n", 0600));
  return there.ok() ? Status::Ok() : WriteFileAtomically(file, bytes, 0600);
}

Status Published::Pin(trust::Kind kind, std::optional<uint64_t> version) const {
  const std::filesystem::path file = folder_ / (std::string(trust::KindName(kind)) + ".pin");
  if (version) {
    GNOMON_RETURN_IF_ERROR(MakeFolder(folder_, 0700));
    return WriteFileAtomically(file, std::to_string(*version) + "\n", 0600);
  }
  std::error_code error;
  std::filesystem::remove(file, error);
  return error ? Internal(file.string() + ": " + error.message()) : Status::Ok();
}

std::optional<uint64_t> Published::PinnedAt(trust::Kind kind) const {
  return ReadNumber(folder_ / (std::string(trust::KindName(kind)) + ".pin"));
}

std::vector<PublishedRelease> Published::List(trust::Kind kind) const {
  std::vector<PublishedRelease> found;
  const std::string prefix = std::string(trust::KindName(kind)) + "-";
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
    if (entry.path().extension() != ".release") continue;
    const std::string stem = entry.path().stem().string();
    if (stem.compare(0, prefix.size(), prefix) != 0) continue;
    const auto version = ParseNumber(std::string_view(stem).substr(prefix.size()));
    if (!version) continue;
    const uint64_t percent = ReadNumber(FileOf(kind, *version, ".percent")).value_or(100);
    found.push_back({*version, static_cast<uint32_t>(std::min<uint64_t>(percent, 100))});
  }
  std::sort(found.begin(), found.end(), [](const PublishedRelease& a, const PublishedRelease& b) {
    return a.version > b.version;
  });
  return found;
}

Result<std::string> Published::For(trust::Kind kind, std::string_view device,
                                   uint64_t version) const {
  const uint64_t newest = PinnedAt(kind).value_or(UINT64_MAX);
  for (const PublishedRelease& release : List(kind)) {
    if (release.version <= version) break;
    if (release.version > newest) continue;
    if (RolloutPlace(device, kind, release.version) >= release.percent) continue;
    return Read(kind, release.version);
  }
  return std::string();
}

Result<std::string> Published::Read(trust::Kind kind, uint64_t version) const {
  return ReadFile(FileOf(kind, version, ".release"), trust::kMaxReleaseFile);
}

Result<std::vector<std::string>> Published::RootsAfter(uint64_t version) const {
  std::vector<std::string> roots;
  for (uint64_t next = version + 1; roots.size() < kMaxRoots; ++next) {
    Result<std::string> bytes =
        ReadFile(FileOf(trust::Kind::kRoot, next, ".release"), trust::kMaxReleaseFile);
    if (!bytes.ok()) {
      if (bytes.status().code() == StatusCode::kNotFound) break;
      return bytes.status();
    }
    roots.push_back(std::move(*bytes));
  }
  return roots;
}

}  // namespace gnomon::releases
