#include "agent/decode/quic_keys.h"

// OpenSSL 3 calls the plain SHA-256 functions deprecated, and its EVP ones, HMAC and HKDF among
// them, allocate on every use, even with a context that is kept. Nothing here may.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <algorithm>
#include <string_view>

namespace gnomon::decode {
namespace {

using Digest = std::array<uint8_t, SHA256_DIGEST_LENGTH>;

// RFC 2104. `key` has at most one block (64 bytes).
Digest HmacSha256(Bytes key, Bytes text) {
  std::array<uint8_t, SHA256_CBLOCK> inner, outer;
  inner.fill(0x36);
  outer.fill(0x5c);
  for (size_t i = 0; i < key.size(); ++i) {
    inner[i] ^= key[i];
    outer[i] ^= key[i];
  }
  Digest digest;
  const auto hash = [&digest](const auto& pad, Bytes data) {
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, pad.data(), pad.size());
    SHA256_Update(&context, data.data(), data.size());
    SHA256_Final(digest.data(), &context);
  };
  hash(inner, text);
  hash(outer, digest);
  return digest;
}

// HKDF-Expand-Label (RFC 8446 section 7.1) with an empty context and one block of output or less.
template <size_t kLength>
std::array<uint8_t, kLength> Expand(const Digest& secret, std::string_view label) {
  static_assert(kLength <= SHA256_DIGEST_LENGTH);
  constexpr std::string_view kPrefix = "tls13 ";
  // HkdfLabel, and the counter of HKDF-Expand behind it.
  std::array<uint8_t, 32> info{};
  uint8_t* at = info.data();
  *at++ = 0;
  *at++ = static_cast<uint8_t>(kLength);
  *at++ = static_cast<uint8_t>(kPrefix.size() + label.size());
  at = std::copy(kPrefix.begin(), kPrefix.end(), at);
  at = std::copy(label.begin(), label.end(), at);
  *at++ = 0;
  *at++ = 1;
  const Digest block = HmacSha256(secret, {info.data(), at});
  std::array<uint8_t, kLength> out;
  std::copy_n(block.begin(), kLength, out.begin());
  return out;
}

}  // namespace

QuicKeys QuicClientKeys(const QuicVersion& version, Bytes dcid) {
  const Digest initial = HmacSha256(version.salt, dcid);
  const auto client = Expand<SHA256_DIGEST_LENGTH>(initial, "client in");
  const bool second = version.second;
  return {Expand<16>(client, second ? "quicv2 key" : "quic key"),
          Expand<12>(client, second ? "quicv2 iv" : "quic iv"),
          Expand<16>(client, second ? "quicv2 hp" : "quic hp")};
}

}  // namespace gnomon::decode
