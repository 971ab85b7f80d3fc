#include "collector/access/secret_hash.h"

#include <sodium.h>

namespace gnomon::access {

SecretHash HashSecret(std::string_view kind, std::string_view id, std::string_view secret) {
  static_assert(std::tuple_size_v<SecretHash> == crypto_generichash_BYTES);
  std::string input(kind);
  input.append("\n").append(id).append("\n").append(secret);
  SecretHash hash;
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const uint8_t*>(input.data()),
                     input.size(), nullptr, 0);
  sodium_memzero(input.data(), input.size());
  return hash;
}

bool SameSecret(std::string_view stored, const SecretHash& hash) {
  return stored.size() == hash.size() &&
         sodium_memcmp(stored.data(), hash.data(), hash.size()) == 0;
}

}  // namespace gnomon::access
