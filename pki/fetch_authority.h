// Fetches a server's authority certificate and checks it against a fingerprint that came by another
// way, with OpenSSL over one TLS 1.3 handshake. Nothing is sent to a server that does not match.
#pragma once

#include <string>

#include "base/status.h"

namespace gnomon::pki {

// `address` is host:port or [v6]:port. Returns the authority's PEM. Errors: kUnavailable (not
// reachable within `timeout_seconds`), kUnauthenticated (its authority is another one, its chain or
// its name does not verify).
Result<std::string> FetchAuthority(const std::string& address, const std::string& fingerprint,
                                   int timeout_seconds);

}  // namespace gnomon::pki
