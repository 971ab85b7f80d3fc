// HTTP CONNECT at the start of a client's stream: which host a proxy is asked to connect to.
// RFC 9110 section 9.3.6 (CONNECT), RFC 9112 sections 2.1 to 3.2.3 (request line, head).
// Pure: no I/O, no clock, no allocation.
#pragma once

#include <cstddef>
#include <cstdint>

#include "agent/decode/tls_client_hello.h"
#include "base/bytes.h"

namespace gnomon::decode {

// Common servers refuse heads over 8 KiB (Apache httpd: 8190 bytes a line; nginx: 8 KiB a buffer).
inline constexpr size_t kMaxConnectHead = 8192;

struct ConnectRequest {
  HostName host;      // an IPv6 literal stands without its brackets
  uint16_t port = 0;  // never 0 in a request that was found
  size_t length = 0;  // bytes of the head with its empty line: the tunnelled stream begins there
};

enum class ConnectResult : uint8_t {
  kNeedMore,    // so far a CONNECT, but its head has not ended
  kFound,       // *out is filled
  kNotConnect,  // another method, or no HTTP at all
  kMalformed,   // a CONNECT without a plausible host and port, or a head over kMaxConnectHead
};

// `stream` is the client's byte stream from its first byte. A proxy that asks for a password is
// sent a second CONNECT on the same connection: look again behind the first.
ConnectResult ParseConnect(Bytes stream, ConnectRequest* out);

}  // namespace gnomon::decode
