// What a client's first bytes are. THE place to teach classify a further protocol that shows a name
// at the start of a TCP stream: add a value to FirstBytes, its parser to InspectFirstBytes() and
// its first bytes to BeginsStream(), and say in NameFinder what its name means.
// QUIC has no stream; its hello comes here once its packets are opened: see QuicFinder.
#pragma once

#include <cstddef>
#include <cstdint>

#include "agent/decode/http_connect.h"
#include "agent/decode/http_head.h"
#include "agent/decode/socks.h"
#include "agent/decode/tls_client_hello.h"
#include "base/bytes.h"

namespace gnomon::classify {

enum class FirstBytes : uint8_t {
  kNeedMore,
  kHello,           // `hello` is filled; its name may be empty
  kConnect,         // `connect` is filled: the stream to its host begins behind the head
  kSocks,           // `socks` is filled: the same
  kProxyHeader,     // says nothing of the server; the client's stream begins behind the head
  kStartTls,        // greetings in clear and a request for TLS: likewise
  kHttp,            // `http` is filled; its host is not empty
  kMalformedHello,  // began as a ClientHello and contradicts itself
  kUnknown,         // none of the protocols read here
};

struct FirstBytesResult {
  decode::ClientHello hello;
  decode::ConnectRequest connect;
  decode::SocksRequest socks;
  decode::HttpHead http;
  size_t head = 0;  // bytes of the head, where another stream begins behind it; else 0
};

// `stream` is the client's byte stream from its first byte on.
FirstBytes InspectFirstBytes(Bytes stream, FirstBytesResult* out);

// The same for handshake bytes without TLS records around them; kHello or what speaks against it.
FirstBytes InspectHandshake(Bytes handshake, decode::ClientHello* out);

// True where the bytes begin as a protocol that InspectFirstBytes() knows, and are enough to say so
// (8): how the start of a stream, and its client, are found where the SYN was not seen. Ciphertext
// in mid-stream begins with another record type (RFC 8446 section 5.1) and is taken for a start
// with a chance of 2^-38. SOCKS 5 is not known in mid-stream: its greeting is 3 bytes. Nor is what
// precedes a STARTTLS: there the server speaks first.
bool BeginsStream(Bytes bytes);

}  // namespace gnomon::classify
