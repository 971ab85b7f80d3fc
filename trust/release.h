// A signed release: a body (catalogue, policy or root), the header that is signed, and the headers
// of the releases before it. The bytes: docs/formats/release.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"
#include "trust/key.h"

namespace gnomon::trust {

enum class Kind : uint8_t { kCatalogue = 1, kPolicy = 2, kRoot = 3 };
std::string_view KindName(Kind kind);  // "catalogue", "policy", "root"

// A month and the days that a signer may be late. A root does not expire.
inline constexpr int64_t kMaxLifeSeconds = 35 * 86'400;
// What a release may hold: the catalogue's own limit.
inline constexpr size_t kMaxBody = 16u << 20;
// Headers kept of earlier releases: five years of monthly ones. A laptop that was away for longer
// has to be enrolled anew.
inline constexpr size_t kMaxHistory = 64;
inline constexpr size_t kMaxReleaseFile = kMaxBody + 64 * 1024;

struct Header {
  Kind kind = Kind::kCatalogue;
  uint64_t version = 0;  // 1, 2, 3, ... without a gap
  int64_t issued = 0;    // Unix seconds
  int64_t expires = 0;   // Unix seconds; 0 for a root
  Digest previous{};     // digest() of the header before; zeros for version 1
  Digest body{};         // SHA-256 of the body
  uint32_t body_size = 0;

  static constexpr size_t kSize = 1 + 8 + 8 + 8 + 32 + 32 + 4;
  std::string Serialise() const;           // kSize bytes, big-endian, in the order above
  static Header Read(ByteReader& reader);  // the kind may be out of its range
  Digest digest() const;                   // SHA-256 of Serialise()
  bool operator==(const Header&) const = default;
};

struct HeaderSignature {
  KeyId key{};
  Signature signature{};
};

struct Release {
  Header header;
  std::vector<HeaderSignature> signatures;
  std::vector<Header> history;  // those before, oldest first
  std::string body;

  std::string Serialise() const;
  // Bounds and lengths only: nothing is believed yet. Never throws; allocates no more than `bytes`.
  static Result<Release> Parse(Bytes bytes);
};

// What a signature is made over: the domain, the kind in words, the header. A signature under a
// policy is none under a catalogue, and none of anything else that these keys may sign.
std::string SignedBytes(Kind kind, const Header& header);

// The next release after `previous` (null for the first), unsigned.
Result<Release> MakeRelease(Kind kind, std::string body, int64_t issued, int64_t life_seconds,
                            const Release* previous);
// Adds a signature; an older one of the same key is replaced.
void AddSignature(const SecretKey& key, Release* release);

}  // namespace gnomon::trust
