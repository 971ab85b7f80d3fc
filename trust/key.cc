#include "trust/key.h"

#include <sodium.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>

#include "base/file.h"
#include "base/random.h"

namespace gnomon::trust {
namespace {

constexpr std::string_view kPublicPrefix = "gnomon-key-1:";
constexpr std::string_view kSecretPrefix = "gnomon-secret-key-1:";

static_assert(crypto_sign_SEEDBYTES == 32 && crypto_sign_PUBLICKEYBYTES == PublicKey::kSize &&
              crypto_sign_BYTES == 64 && crypto_hash_sha256_BYTES == 32);

// libsodium chooses its implementations once; it can only fail where the kernel gives no random
// bytes.
void StartSodium() {
  static const bool started = sodium_init() >= 0;
  if (!started) std::abort();
}

// Exactly 32 bytes behind `prefix`.
bool ReadHex(std::string_view text, std::string_view prefix, std::array<uint8_t, 32>* out) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) {
    text.remove_suffix(1);
  }
  if (text.size() != prefix.size() + 64 || text.substr(0, prefix.size()) != prefix) return false;
  text.remove_prefix(prefix.size());
  size_t length = 0;
  return sodium_hex2bin(out->data(), out->size(), text.data(), text.size(), nullptr, &length,
                        nullptr) == 0 &&
         length == out->size();
}

// The expanded secret key, wiped at the end of its block.
struct Expanded {
  explicit Expanded(const std::array<uint8_t, 32>& seed) {
    StartSodium();
    crypto_sign_seed_keypair(public_key.data(), secret.data(), seed.data());
  }
  ~Expanded() { sodium_memzero(secret.data(), secret.size()); }
  std::array<uint8_t, crypto_sign_PUBLICKEYBYTES> public_key{};
  std::array<uint8_t, crypto_sign_SECRETKEYBYTES> secret{};
};

}  // namespace

Digest Sha256(Bytes bytes) {
  Digest digest;
  crypto_hash_sha256(digest.data(), bytes.data(), bytes.size());
  return digest;
}

Result<PublicKey> PublicKey::Parse(std::string_view text) {
  PublicKey key;
  if (!ReadHex(text, kPublicPrefix, &key.bytes_)) {
    return InvalidArgument("not a public key: expected \"" + std::string(kPublicPrefix) +
                           "\" and 64 hexadecimal digits");
  }
  return key;
}

std::string PublicKey::ToString() const {
  return std::string(kPublicPrefix) + ToHex(bytes_);
}

KeyId PublicKey::id() const {
  const Digest digest = Sha256(bytes_);
  KeyId id;
  std::copy_n(digest.begin(), id.size(), id.begin());
  return id;
}

bool PublicKey::Verify(Bytes message, const Signature& signature) const {
  StartSodium();
  return crypto_sign_verify_detached(signature.data(), message.data(), message.size(),
                                     bytes_.data()) == 0;
}

SecretKey SecretKey::Generate() {
  SecretKey key;
  FillRandom(key.seed_);
  return key;
}

Result<SecretKey> SecretKey::ReadFrom(const std::filesystem::path& file) {
  struct stat facts {};
  if (::stat(file.c_str(), &facts) == 0 && (facts.st_mode & 077) != 0) {
    return PermissionDenied(file.string() + ": others may read this secret key; chmod 600 it");
  }
  GNOMON_ASSIGN_OR_RETURN(std::string text, ReadFile(file, 1024));
  SecretKey key;
  const bool read = ReadHex(text, kSecretPrefix, &key.seed_);
  sodium_memzero(text.data(), text.size());
  if (!read) return InvalidArgument(file.string() + ": not a secret key of `gnomon trust keygen`");
  return key;
}

SecretKey::~SecretKey() {
  sodium_memzero(seed_.data(), seed_.size());
}

SecretKey::SecretKey(SecretKey&& other) noexcept : seed_(other.seed_) {
  sodium_memzero(other.seed_.data(), other.seed_.size());
}

Status SecretKey::WriteTo(const std::filesystem::path& file) const {
  std::error_code error;
  if (std::filesystem::exists(file, error)) {
    return AlreadyExists(file.string() + ": exists; a key is never overwritten");
  }
  return WriteFileAtomically(file, std::string(kSecretPrefix) + ToHex(seed_) + "\n", 0600);
}

PublicKey SecretKey::public_key() const {
  return PublicKey(Expanded(seed_).public_key);
}

Signature SecretKey::Sign(Bytes message) const {
  const Expanded expanded(seed_);
  Signature signature;
  crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(),
                       expanded.secret.data());
  return signature;
}

}  // namespace gnomon::trust
