// Who calls, and whether they may: the first line of every service.
#pragma once

#include <grpcpp/grpcpp.h>

#include <initializer_list>
#include <string>
#include <string_view>

#include "base/status.h"
#include "pki/authority.h"

namespace gnomon::access {

inline constexpr std::string_view kAdministrator = "administrator";
inline constexpr std::string_view kIt = "it";
inline constexpr std::string_view kAnalyst = "analyst";
inline constexpr std::string_view kAuditor = "auditor";

// kUnauthenticated without a certificate, kPermissionDenied with one of another kind or role.
Result<pki::Identity> RequireDevice(const grpc::AuthContext& context);
Result<pki::Identity> RequireOperator(const grpc::AuthContext& context,
                                      std::initializer_list<std::string_view> roles);

// The same over an identity that was already read.
Status CheckDevice(const pki::Identity& identity);
Status CheckOperator(const pki::Identity& identity, std::initializer_list<std::string_view> roles);

}  // namespace gnomon::access
