// The releases in use on one machine, in a folder: what was accepted stays remembered over
// restarts, crashes and damaged files.
//
//   root.yaml            the root, once a rotation has replaced the one that IT installed
//   catalogue.release    the release in use
//   catalogue.seen       its version and digest; never goes back
#pragma once

#include <filesystem>
#include <map>
#include <optional>

#include "base/bytes.h"
#include "base/status.h"
#include "trust/release.h"
#include "trust/root.h"
#include "trust/verify.h"

namespace gnomon::trust {

// Threads: one at a time. Times are Unix seconds.
class ReleaseStore {
 public:
  // `root_file` is what IT installed beside the program; a rotated root in `folder` comes before it
  // where it is newer. The folder is made where it is missing.
  static Result<ReleaseStore> Open(const std::filesystem::path& folder,
                                   const std::filesystem::path& root_file);

  const Root& root() const { return root_; }
  // What Verify() is given as the release in use; nothing before the first was accepted.
  std::optional<InUse> in_use(Kind kind) const;

  // The release in use, verified anew. kNotFound where there is none; the names of Verify() where
  // it is not to be believed any more, `expired` among them.
  Result<Release> Current(Kind kind, int64_t now);
  // Verifies and makes durable. False where it is the one in use. After a crash at any point the
  // old or the new release is in use, and none older than the one before.
  Result<bool> Install(Kind kind, Bytes bytes, int64_t now);
  // The same for a root release; kCatalogue and kPolicy are verified against it from now on.
  Status InstallRoot(Bytes bytes, int64_t now);

 private:
  ReleaseStore(std::filesystem::path folder, Root root)
      : folder_(std::move(folder)), root_(std::move(root)) {}
  Status ReadSeen(Kind kind);
  Status WriteSeen(Kind kind, const Header& header);
  std::filesystem::path FileOf(Kind kind, std::string_view extension) const;

  std::filesystem::path folder_;
  Root root_;
  std::map<Kind, InUse> seen_;
};

}  // namespace gnomon::trust
