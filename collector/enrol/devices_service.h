// The registered devices, for operators with the role administrator or it. Names, departments and
// health; never usage.
#pragma once

#include "base/clock.h"
#include "collector/access/callers.h"
#include "collector/access/open_streams.h"
#include "collector/access/operator_log.h"
#include "collector/enrol/registry.h"
#include "gnomon/v1/access.grpc.pb.h"

namespace gnomon::enrol {

class DevicesService final : public v1::Devices::Service {
 public:
  // All must outlive the service.
  DevicesService(Registry& registry, access::Callers& callers, access::OpenStreams& streams,
                 access::OperatorLog& log, const Clock& clock)
      : registry_(registry), callers_(callers), streams_(streams), log_(log), clock_(clock) {}

  grpc::Status List(grpc::ServerContext* context, const v1::ListDevicesRequest* request,
                    v1::ListDevicesResponse* response) override;
  grpc::Status Revoke(grpc::ServerContext* context, const v1::RevokeDeviceRequest* request,
                      v1::RevokeDeviceResponse* response) override;
  grpc::Status Forget(grpc::ServerContext* context, const v1::ForgetDeviceRequest* request,
                      v1::ForgetDeviceResponse* response) override;

 private:
  Registry& registry_;
  access::Callers& callers_;
  access::OpenStreams& streams_;
  access::OperatorLog& log_;
  const Clock& clock_;
};

}  // namespace gnomon::enrol
