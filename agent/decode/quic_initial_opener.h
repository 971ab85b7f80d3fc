// Takes the protection off a client's QUIC Initial packets (RFC 9001 section 5). It keeps others
// from meddling, not from reading: the keys follow from the packet itself.
#pragma once

#include <array>
#include <memory>
#include <optional>

#include "agent/decode/quic_keys.h"
#include "agent/decode/quic_packet.h"
#include "base/bytes.h"

// OpenSSL's, so that its headers stay in the .cc file.
struct evp_cipher_ctx_st;

namespace gnomon::decode {

// Makes OpenSSL's contexts once and uses them for every packet: after construction nothing is
// allocated. Not thread-safe.
class QuicInitialOpener {
 public:
  QuicInitialOpener();
  ~QuicInitialOpener();

  // The frames of an Initial packet that a client sent on the connection whose first Initial went
  // to `dcid`. Nothing where it was not captured in full, is no Initial, or is not authentic: of
  // another connection, from the server, or damaged. Valid until the next call.
  std::optional<Bytes> Open(const QuicPacket& packet, Bytes dcid);

 private:
  struct Free {
    void operator()(evp_cipher_ctx_st* context) const;
  };
  using Context = std::unique_ptr<evp_cipher_ctx_st, Free>;

  bool HeaderMask(const QuicKeys& keys, Bytes sample, std::array<uint8_t, 16>* mask);

  Context header_;
  Context payload_;
  std::unique_ptr<uint8_t[]> opened_;  // as long as the longest datagram
};

}  // namespace gnomon::decode
