// Ed25519 keys of those who sign releases (RFC 8032), by libsodium.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/status.h"

namespace gnomon::trust {

using Digest = std::array<uint8_t, 32>;  // SHA-256
using Signature = std::array<uint8_t, 64>;
using KeyId = std::array<uint8_t, 8>;

// Files and messages come as text.
inline Bytes BytesOf(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

Digest Sha256(Bytes bytes);

class PublicKey {
 public:
  static constexpr size_t kSize = 32;

  PublicKey() = default;
  explicit PublicKey(const std::array<uint8_t, kSize>& bytes) : bytes_(bytes) {}
  // "gnomon-key-1:" and 64 hexadecimal digits.
  static Result<PublicKey> Parse(std::string_view text);

  std::string ToString() const;
  // The first 8 bytes of the key's SHA-256: says which key is meant, proves nothing.
  KeyId id() const;
  bool Verify(Bytes message, const Signature& signature) const;
  bool operator==(const PublicKey&) const = default;

 private:
  std::array<uint8_t, kSize> bytes_{};
};

// Wiped from memory when it goes.
class SecretKey {
 public:
  static SecretKey Generate();
  // A file that WriteTo() made. kPermissionDenied where others than its owner may read it.
  static Result<SecretKey> ReadFrom(const std::filesystem::path& file);
  ~SecretKey();
  SecretKey(SecretKey&& other) noexcept;
  SecretKey& operator=(SecretKey&&) = delete;

  // Mode 0600. An existing file is never overwritten: a key that is gone cannot be made again.
  Status WriteTo(const std::filesystem::path& file) const;
  PublicKey public_key() const;
  Signature Sign(Bytes message) const;

 private:
  SecretKey() = default;
  std::array<uint8_t, 32> seed_{};
};

}  // namespace gnomon::trust
