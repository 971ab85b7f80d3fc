// SOCKS at the start of a client's stream: which host a proxy is asked to connect to. Read from the
// client's side alone; user names and passwords are stepped over, never kept.
// SOCKS 5: RFC 1928, with RFC 1929 (user name and password). SOCKS 4 and 4A: the protocols of that
// name (Lee, 1994); they have no RFC.
// Pure: no I/O, no clock, no allocation.
#pragma once

#include <cstddef>
#include <cstdint>

#include "agent/decode/tls_client_hello.h"
#include "base/bytes.h"

namespace gnomon::decode {

struct SocksRequest {
  HostName host;        // an address stands as its text
  uint16_t port = 0;    // never 0 in a request that was found
  uint8_t version = 0;  // 4 or 5
  size_t length = 0;    // bytes up to the end of the request: the tunnelled stream begins there
};

enum class SocksResult : uint8_t {
  kNeedMore,   // so far SOCKS, but the request has not ended
  kFound,      // *out is filled
  kNotSocks,   // another protocol
  kMalformed,  // began as SOCKS, and is no CONNECT request to a plausible host and port, or has
               // an authentication that is not read here (GSS-API)
};

// `stream` is the client's byte stream from its first byte. At most about 1 kB of it is SOCKS.
SocksResult ParseSocks(Bytes stream, SocksRequest* out);

// True where at least 8 bytes are the start of a SOCKS 4A request. The others begin with too little
// to be told from anything else in mid-stream.
bool BeginsAsSocks4a(Bytes bytes);

}  // namespace gnomon::decode
