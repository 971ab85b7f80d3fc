// The keys of a client's Initial packets. Anyone on the path can derive them: they follow from the
// connection id that the client chose and a salt that the RFC gives.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "agent/decode/quic_version.h"
#include "base/bytes.h"

// OpenSSL's, so that its headers stay in the .cc files.
struct evp_md_st;
struct evp_md_ctx_st;

namespace gnomon::decode {

// AEAD_AES_128_GCM and its header protection (RFC 9001 sections 5.2 and 5.4.3).
struct QuicKeys {
  std::array<uint8_t, 16> key;
  std::array<uint8_t, 12> iv;
  std::array<uint8_t, 16> header;
};

// HKDF with SHA-256 (RFC 5869, RFC 8446 section 7.1) over one digest context, made once. OpenSSL's
// own HKDF and HMAC allocate on every use. Not thread-safe.
class QuicKeyDeriver {
 public:
  QuicKeyDeriver();
  ~QuicKeyDeriver();

  // RFC 9001 section 5.2, RFC 9369 section 3.3: of the client whose first Initial went to `dcid`.
  // False only where OpenSSL has no SHA-256.
  bool ClientKeys(const QuicVersion& version, Bytes dcid, QuicKeys* keys);

 private:
  using Digest = std::array<uint8_t, 32>;
  struct Free {
    void operator()(evp_md_st* digest) const;
    void operator()(evp_md_ctx_st* context) const;
  };

  // RFC 2104. `key` has at most 64 bytes.
  bool Hmac(Bytes key, Bytes text, Digest* out);
  // HKDF-Expand-Label with an empty context and at most one block of output.
  template <size_t kLength>
  bool Expand(const Digest& secret, std::string_view label, std::array<uint8_t, kLength>* out);

  std::unique_ptr<evp_md_st, Free> sha256_;
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace gnomon::decode
