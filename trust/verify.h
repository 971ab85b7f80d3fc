// Is a release to be believed, and may it follow the one in use? Pure: time and state come in.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "base/status.h"
#include "trust/release.h"
#include "trust/root.h"

namespace gnomon::trust {

// What is remembered of the release in use.
struct InUse {
  uint64_t version = 0;
  Digest header{};
  int64_t issued = 0;
};

struct Verified {
  Release release;
  bool same = false;  // the one in use, byte for byte
};

// How far this machine's clock may be behind the signers'.
inline constexpr int64_t kClockSkewSeconds = 86'400;

// Signatures of `root.threshold` different signers are checked over the raw header, and the body
// against its digest, before anything of the body is read. Each refusal's message begins with its
// name:
//   oversize, damaged          the file itself                      (kResourceExhausted, kDataLoss)
//   wrong-kind                 signed as something else             (kPermissionDenied)
//   signers                    too few, unknown, or one key twice   (kPermissionDenied)
//   body                       not the one that was signed          (kDataLoss)
//   lives-too-long             over kMaxLifeSeconds                 (kPermissionDenied)
//   expired, from-the-future   against `now`, Unix seconds          (kFailedPrecondition)
//   rollback, fast-forward     older, or further than its history   (kConflict)
//   fork                       the same version with other content, or another history: somebody
//                              signed two truths                    (kConflict)
// `now` is not believed below the time of the release in use: a clock set back revives nothing.
Result<Verified> Verify(Bytes bytes, Kind kind, const Root& root,
                        const std::optional<InUse>& in_use, int64_t now);

// The signatures alone: how many different signers of `root` have signed `header` as `kind`.
size_t CountSigners(const Release& release, Kind kind, const Root& root);

// A new root has to be signed by enough signers of the old and of the new one, and to be the next.
Result<Root> VerifyRoot(Bytes bytes, const Root& root, int64_t now);

bool Expired(const Header& header, int64_t now);

}  // namespace gnomon::trust
