// An operator's token: what `gnomon` shows as "authorization: Bearer ..." to ask and to administer.
//
//   gno1-<id: 8 hex>-<secret: 64 hex>
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"

namespace gnomon::pki {

struct OperatorToken {
  std::string id;      // 8 hex digits; names the token in lists and in the audit log
  std::string secret;  // 64 hex digits; the collector keeps only its hash

  static OperatorToken Make();
  // The bytes may be hostile; the errors repeat nothing of them.
  static Result<OperatorToken> Parse(std::string_view text);
  std::string ToString() const;
};

inline constexpr std::string_view kOperatorTokenPrefix = "gno1-";

}  // namespace gnomon::pki
