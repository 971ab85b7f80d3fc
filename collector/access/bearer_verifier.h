// Who an operator is, told by a credential that comes as "authorization: Bearer ...". Gnomon's own
// tokens are one implementation (operators.h); single sign-on would be another
// (docs/adr/0012-operators-and-single-sign-on.md).
#pragma once

#include <string_view>

#include "base/clock.h"
#include "base/status.h"
#include "pki/authority.h"

namespace gnomon::access {

// Threads: safe.
class BearerVerifier {
 public:
  virtual ~BearerVerifier() = default;
  // Whether this verifier is the one to ask about `credential`, by its form alone.
  virtual bool Recognises(std::string_view credential) const = 0;
  // An operator, or kUnauthenticated with a sentence that repeats nothing of the credential.
  virtual Result<pki::Identity> Verify(std::string_view credential, TimeUs now) = 0;
};

}  // namespace gnomon::access
