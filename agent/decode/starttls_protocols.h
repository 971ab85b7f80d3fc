// The protocols of starttls.h, by what their clients' requests look like. Each as ParseStartTls().
#pragma once

#include "agent/decode/starttls.h"

namespace gnomon::decode {

// One command a line, in IMAP behind a tag.
StartTlsResult ParseStartTlsLines(Bytes stream, size_t* length);
StartTlsResult ParseStartTlsXmpp(Bytes stream, size_t* length);
StartTlsResult ParseStartTlsLdap(Bytes stream, size_t* length);
// PostgreSQL documentation, "Message Formats": SSLRequest, and GSSENCRequest, which the server has
// turned down, before it.
StartTlsResult ParseStartTlsPostgres(Bytes stream, size_t* length);

}  // namespace gnomon::decode
