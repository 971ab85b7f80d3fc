// A device proves, outside of TLS, that it holds the key of a certificate: TLS refuses one that has
// ended, and a laptop that joins again shows none. docs/formats/enrolment.md, "Proof of an
// identity".
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/status.h"
#include "pki/authority.h"

namespace gnomon::pki {

// ECDSA with SHA-256 (DER) by `private_key_pem` over a fixed prefix and `request_der`. Whoever
// replays it gets a certificate for the request's key, which only its maker has.
Result<std::string> ProveIdentity(const std::string& private_key_pem, std::string_view request_der);

// The identity in `certificate_pem`, if `authority` issued it, it ended no more than `grace` before
// `now`, and its key made `signature` over `request_der`. The bytes may be hostile.
// kUnauthenticated otherwise.
Result<Identity> CheckProof(const Authority& authority, const std::string& certificate_pem,
                            std::string_view request_der, std::string_view signature, TimeUs now,
                            TimeUs grace);

}  // namespace gnomon::pki
