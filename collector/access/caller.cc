#include "collector/access/caller.h"

#include <algorithm>
#include <string>

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

Result<pki::Identity> RequireDevice(Result<pki::Identity> peer) {
  if (peer.ok()) GNOMON_RETURN_IF_ERROR(CheckDevice(*peer));
  return peer;
}

Result<pki::Identity> RequireOperator(Result<pki::Identity> peer,
                                      std::initializer_list<std::string_view> roles) {
  if (peer.ok()) GNOMON_RETURN_IF_ERROR(CheckOperator(*peer, roles));
  return peer;
}

}  // namespace gnomon::access
