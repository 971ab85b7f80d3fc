#include "collector/access/caller.h"

#include <algorithm>

#include "wire/tls.h"

namespace gnomon::access {

Status CheckDevice(const pki::Identity& identity) {
  if (identity.kind == pki::Identity::Kind::kDevice) return Status::Ok();
  return PermissionDenied("this call is for laptops; operators ask with `gnomon`");
}

Status CheckOperator(const pki::Identity& identity, std::initializer_list<std::string_view> roles) {
  if (identity.kind != pki::Identity::Kind::kOperator) {
    return PermissionDenied("this call is for operators; a laptop's certificate does not do");
  }
  if (std::find(roles.begin(), roles.end(), identity.scope) != roles.end()) return Status::Ok();
  std::string wanted;
  for (const std::string_view role : roles) {
    if (!wanted.empty()) wanted += " or ";
    wanted += role;
  }
  return PermissionDenied("this call needs the role " + wanted);
}

Result<pki::Identity> RequireDevice(const grpc::AuthContext& context) {
  GNOMON_ASSIGN_OR_RETURN(pki::Identity identity, wire::PeerIdentity(context));
  GNOMON_RETURN_IF_ERROR(CheckDevice(identity));
  return identity;
}

Result<pki::Identity> RequireOperator(const grpc::AuthContext& context,
                                      std::initializer_list<std::string_view> roles) {
  GNOMON_ASSIGN_OR_RETURN(pki::Identity identity, wire::PeerIdentity(context));
  GNOMON_RETURN_IF_ERROR(CheckOperator(identity, roles));
  return identity;
}

}  // namespace gnomon::access
