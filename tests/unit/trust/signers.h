// Three signers, two of whom are needed, and releases of theirs.
#pragma once

#include <string>
#include <vector>

#include "trust/release.h"
#include "trust/root.h"
#include "trust/verify.h"

namespace gnomon::trust::testing {

inline constexpr int64_t kNow = 1'795'000'000;  // 2026-11-18
inline constexpr int64_t kDaySeconds = 86'400;

struct Signers {
  Signers() {
    for (const char* owner : {"security", "works council", "it"}) {
      keys.push_back(SecretKey::Generate());
      root.signers.push_back({owner, keys.back().public_key()});
    }
  }

  // Signed by those `who` names by number.
  Release Sign(Kind kind, const std::string& body, int64_t issued, const Release* previous,
               const std::vector<size_t>& who = {0, 1}, int64_t life = 30 * kDaySeconds) const {
    Release release = *MakeRelease(kind, body, issued, life, previous);
    for (const size_t index : who) AddSignature(keys[index], &release);
    return release;
  }

  std::vector<SecretKey> keys;
  Root root;
};

inline InUse Uses(const Release& release) {
  return {release.header.version, release.header.digest(), release.header.issued};
}

}  // namespace gnomon::trust::testing
