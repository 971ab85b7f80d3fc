// Tells a flow's application data from its handshake, by order and size alone.
#pragma once

#include <cstdint>

#include "agent/classify/sighting.h"

namespace gnomon::sessionise {

// Client bytes before the first server data are the ClientHello (0.5-1.8 kB), and the next few are
// the rest of the handshake. In a CONNECT tunnel one exchange goes before the hello, and in a SOCKS
// tunnel one to three. Clear HTTP has no handshake.
class HandshakeFilter {
 public:
  explicit HandshakeFilter(classify::Via via);

  // How many of `bytes` are application data.
  uint32_t Filter(bool upstream, uint32_t bytes);

 private:
  // Rest of the client's handshake after the server's flight: 58-86 B in TLS 1.3 (RFC 8446 section
  // 4.4.4, with ChangeCipherSpec), 93-150 B in TLS 1.2.
  static constexpr uint32_t kClientFinished = 150;
  // QUIC pads datagrams with an Initial packet to 1200 B or more (RFC 9000 section 14.1), and the
  // client acknowledges the server's Initial with such a datagram.
  static constexpr uint32_t kQuicPadded = 1200;

  // A SOCKS proxy's answers: 2 or 8 B, and 10 or 22 with the address it uses (RFC 1928 section 6).
  // No flight of TLS is that small.
  static constexpr uint32_t kSocksReply = 22;

  uint8_t rounds_ = 0;         // server flights to come before application data
  uint8_t padded_ = 0;         // padded client datagrams to come
  bool replies_ = false;       // small answers before the server's flight are the proxy's
  bool client_spoke_ = false;  // since the last server flight
  uint32_t allowance_ = 0;
  bool client_data_ = false;
};

}  // namespace gnomon::sessionise
