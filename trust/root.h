// The root of trust: whose keys may sign, and how many of them it takes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/status.h"
#include "trust/key.h"

namespace gnomon::trust {

// Compiled in: no root can make one person enough.
inline constexpr uint32_t kMinThreshold = 2;
inline constexpr size_t kMaxSigners = 16;

struct Signer {
  std::string owner;  // for messages
  PublicKey key;
};

struct Root {
  uint64_t version = 1;
  uint32_t threshold = kMinThreshold;  // different signers that a release needs
  std::vector<Signer> signers;

  // `origin` names the text in errors: file, line and key.
  static Result<Root> Parse(const std::string& text, const std::string& origin);
  static Result<Root> ReadFrom(const std::filesystem::path& file);
  // What Parse() reads. The same root gives the same bytes.
  std::string ToYaml() const;
  // Null where no signer has it.
  const Signer* Find(const KeyId& id) const;
};

}  // namespace gnomon::trust
