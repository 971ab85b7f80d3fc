#include "collector/releases/release_service.h"

#include "collector/access/caller.h"
#include "wire/tls.h"

namespace gnomon::releases {

grpc::Status ReleaseService::Fetch(grpc::ServerContext* context,
                                   const v1::FetchReleasesRequest* request,
                                   v1::FetchReleasesReply* reply) {
  const auto device = access::RequireDevice(wire::PeerIdentity(*context->auth_context()));
  if (!device.ok()) return wire::ToGrpc(device.status());
  if (const Status status = devices_.Admit(*device); !status.ok()) return wire::ToGrpc(status);
  auto roots = published_.RootsAfter(request->root_version());
  if (!roots.ok()) return wire::ToGrpc(roots.status());
  auto catalogue =
      published_.For(trust::Kind::kCatalogue, device->name, request->catalogue_version());
  if (!catalogue.ok()) return wire::ToGrpc(catalogue.status());
  auto policy = published_.For(trust::Kind::kPolicy, device->name, request->policy_version());
  if (!policy.ok()) return wire::ToGrpc(policy.status());
  for (std::string& root : *roots) reply->add_roots(std::move(root));
  reply->set_catalogue(std::move(*catalogue));
  reply->set_policy(std::move(*policy));
  return grpc::Status::OK;
}

}  // namespace gnomon::releases
