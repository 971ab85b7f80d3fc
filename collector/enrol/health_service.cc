#include "collector/enrol/health_service.h"

#include "collector/access/caller.h"
#include "wire/tls.h"

namespace gnomon::enrol {

grpc::Status HealthService::Report(grpc::ServerContext* context, const v1::HealthReport* report,
                                   v1::HealthAck*) {
  const auto device = access::RequireDevice(wire::PeerIdentity(*context->auth_context()));
  if (!device.ok()) return wire::ToGrpc(device.status());
  if (const Status status = registry_.Admit(*device); !status.ok()) return wire::ToGrpc(status);
  return wire::ToGrpc(registry_.RecordHealth(device->name, *report, ToLocal(clock_.Now()).day));
}

grpc::Status HealthService::Summary(grpc::ServerContext* context, const v1::HealthSummaryRequest*,
                                    v1::HealthSummary* summary) {
  const auto caller = callers_.Operator(*context, {access::kAdministrator, access::kIt});
  if (!caller.ok()) return wire::ToGrpc(caller.status());
  auto result = registry_.Health(ToLocal(clock_.Now()).day);
  if (!result.ok()) return wire::ToGrpc(result.status());
  const auto ended = registry_.DevicesEnded(clock_.Now());
  if (!ended.ok()) return wire::ToGrpc(ended.status());
  *summary = std::move(*result);
  summary->set_devices_expired(*ended);
  summary->set_authority_ends(authority_ends_ / kSecondUs);
  return grpc::Status::OK;
}

}  // namespace gnomon::enrol
