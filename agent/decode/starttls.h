// What a client says in clear before it asks for TLS on the same connection: SMTP and LMTP (RFC
// 3207), IMAP and POP3 (RFC 9051 section 6.2.1, RFC 2595), ManageSieve (RFC 5804), NNTP (RFC 4642),
// FTP (RFC 4217), XMPP (RFC 6120 section 5), LDAP (RFC 4511 section 4.14), PostgreSQL. Stepped
// over, nothing in it is kept. Pure: no I/O, no clock, no allocation.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace gnomon::decode {

// Of a client that asks for TLS at all: it does so before anything else but greetings.
inline constexpr size_t kMaxStartTls = 2048;

enum class StartTlsResult : uint8_t {
  kNeedMore,     // so far a greeting, or too short to tell
  kFound,        // *length is what stands before the ClientHello
  kNotStartTls,  // another protocol, or a client that goes on in clear
};

// `stream` is the client's byte stream from its first byte. Whether the server agreed is not looked
// at: had it not, no hello would follow.
StartTlsResult ParseStartTls(Bytes stream, size_t* length);

}  // namespace gnomon::decode
