// What a client's first bytes are. THE place to teach classify a further protocol that shows a name
// at the start of a TCP stream: add a value to FirstBytes, its parser to InspectFirstBytes() and
// its first bytes to BeginsStream(), and say in NameFinder what its name means.
//   - HTTP Host and local model servers: a request line and its Host header.
//   - SOCKS4a and SOCKS5: like CONNECT, a head that names the target, with the hello behind it.
// QUIC has no stream; its hello comes here once its packets are opened: see QuicFinder.
#pragma once

#include <cstdint>

#include "agent/decode/http_connect.h"
#include "agent/decode/tls_client_hello.h"
#include "base/bytes.h"

namespace gnomon::classify {

enum class FirstBytes : uint8_t {
  kNeedMore,
  kHello,           // `hello` is filled; its name may be empty
  kConnect,         // `connect` is filled
  kMalformedHello,  // began as a ClientHello and contradicts itself
  kUnknown,         // none of the protocols read here
};

struct FirstBytesResult {
  decode::ClientHello hello;
  decode::ConnectRequest connect;
};

// `stream` is the client's byte stream from its first byte on.
FirstBytes InspectFirstBytes(Bytes stream, FirstBytesResult* out);

// The same for handshake bytes without TLS records around them; never kConnect.
FirstBytes InspectHandshake(Bytes handshake, decode::ClientHello* out);

// True where the bytes begin as a protocol that InspectFirstBytes() knows, and are enough to say so
// (8): how the start of a stream, and its client, are found where the SYN was not seen. Ciphertext
// in mid-stream begins with another record type (RFC 8446 section 5.1) and is taken for a start
// with a chance of 2^-38.
bool BeginsStream(Bytes bytes);

}  // namespace gnomon::classify
