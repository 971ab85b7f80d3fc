// How secrets of tokens are kept: as a hash, compared in constant time. libsodium.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace gnomon::access {

using SecretHash = std::array<uint8_t, 32>;

// BLAKE2b-256. A secret has 128 random bits or more, so there is nothing to guess, and a slow
// password hash would only let strangers burn the collector's CPU. `kind` and `id` keep the hash
// useless elsewhere.
SecretHash HashSecret(std::string_view kind, std::string_view id, std::string_view secret);

// False also where `stored` is no hash (an expired token's is erased).
bool SameSecret(std::string_view stored, const SecretHash& hash);

}  // namespace gnomon::access
