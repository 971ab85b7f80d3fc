#include "agent/decode/quic_keys.h"

#include <openssl/evp.h>

#include <algorithm>

namespace gnomon::decode {
namespace {

constexpr size_t kBlock = 64;  // of SHA-256

}  // namespace

void QuicKeyDeriver::Free::operator()(EVP_MD* digest) const {
  EVP_MD_free(digest);
}
void QuicKeyDeriver::Free::operator()(EVP_MD_CTX* context) const {
  EVP_MD_CTX_free(context);
}

QuicKeyDeriver::QuicKeyDeriver()
    : sha256_(EVP_MD_fetch(nullptr, "SHA256", nullptr)), context_(EVP_MD_CTX_new()) {}

QuicKeyDeriver::~QuicKeyDeriver() = default;

bool QuicKeyDeriver::Hmac(Bytes key, Bytes text, Digest* out) {
  std::array<uint8_t, kBlock> inner, outer;
  inner.fill(0x36);
  outer.fill(0x5c);
  for (size_t i = 0; i < key.size(); ++i) {
    inner[i] ^= key[i];
    outer[i] ^= key[i];
  }
  EVP_MD_CTX* const context = context_.get();
  const auto hash = [&](const std::array<uint8_t, kBlock>& pad, Bytes data) {
    return EVP_DigestInit_ex2(context, sha256_.get(), nullptr) == 1 &&
           EVP_DigestUpdate(context, pad.data(), pad.size()) == 1 &&
           EVP_DigestUpdate(context, data.data(), data.size()) == 1 &&
           EVP_DigestFinal_ex(context, out->data(), nullptr) == 1;
  };
  return hash(inner, text) && hash(outer, *out);
}

template <size_t kLength>
bool QuicKeyDeriver::Expand(const Digest& secret, std::string_view label,
                            std::array<uint8_t, kLength>* out) {
  static_assert(kLength <= std::tuple_size_v<Digest>);
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
  Digest block;
  if (!Hmac(secret, {info.data(), at}, &block)) return false;
  std::copy_n(block.begin(), kLength, out->begin());
  return true;
}

bool QuicKeyDeriver::ClientKeys(const QuicVersion& version, Bytes dcid, QuicKeys* keys) {
  if (!sha256_ || !context_) return false;
  Digest initial, client;
  const bool second = version.second;
  return Hmac(version.salt, dcid, &initial) && Expand(initial, "client in", &client) &&
         Expand(client, second ? "quicv2 key" : "quic key", &keys->key) &&
         Expand(client, second ? "quicv2 iv" : "quic iv", &keys->iv) &&
         Expand(client, second ? "quicv2 hp" : "quic hp", &keys->header);
}

}  // namespace gnomon::decode
