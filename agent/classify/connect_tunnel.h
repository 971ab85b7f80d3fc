// HTTP CONNECT (RFC 9110 section 9.3.6) and SOCKS (RFC 1928): the client names its target to a
// proxy in clear, and the bytes behind that head are the client's stream to the target, once the
// proxy has agreed. The proxy's answer is not read: had it been a refusal, no hello would follow.
#pragma once

#include <cstddef>
#include <cstdint>

#include "agent/decode/tls_client_hello.h"

namespace gnomon::classify {

// Where the search for a name stands on one flow that may be a tunnel.
struct ConnectTunnel {
  bool open = false;  // a head has been read: what comes now is the inner stream

  // Takes a head of `length` bytes that begins at sequence number `start` and returns where the
  // inner stream begins. A proxy that wants a password gets a second head on the same connection,
  // so this may happen again.
  uint32_t Enter(size_t length, uint32_t start);

  // True where the inner hello's name replaces the target's. It does not where the hello has no
  // name, or only the outer name of ECH: the client told the proxy the true one.
  bool InnerNameWins(const decode::ClientHello& inner) const;
};

}  // namespace gnomon::classify
