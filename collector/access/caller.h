// Who calls, and whether they may: the first line of every service.
#pragma once

#include <initializer_list>
#include <string_view>

#include "base/status.h"
#include "pki/authority.h"

namespace gnomon::access {

inline constexpr std::string_view kAdministrator = "administrator";
inline constexpr std::string_view kIt = "it";
inline constexpr std::string_view kAnalyst = "analyst";
inline constexpr std::string_view kAuditor = "auditor";

// kPermissionDenied for a certificate of another kind or role.
Status CheckDevice(const pki::Identity& identity);
Status CheckOperator(const pki::Identity& identity, std::initializer_list<std::string_view> roles);

// The same over what wire::PeerIdentity gave, whose kUnauthenticated is passed on.
Result<pki::Identity> RequireDevice(Result<pki::Identity> peer);
Result<pki::Identity> RequireOperator(Result<pki::Identity> peer,
                                      std::initializer_list<std::string_view> roles);

}  // namespace gnomon::access
