// An enrolment token: what IT gives to a laptop. It names the collector's authority, so that a laptop
// trusts the right one from the first byte (no trust on first use).
//
//   gnm1-<id: 8 hex>-<secret: 32 hex>-<authority fingerprint: 64 hex>
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"

namespace gnomon::pki {

struct EnrolmentToken {
  std::string id;           // 8 hex digits; names the token in lists
  std::string secret;       // 32 hex digits; the collector keeps only its hash
  std::string fingerprint;  // of the authority, as pki::Fingerprint gives it

  static EnrolmentToken Make(std::string fingerprint);
  static Result<EnrolmentToken> Parse(std::string_view text);
  std::string ToString() const;
};

}  // namespace gnomon::pki
