// Health of the fleet: the last report of each device, and sums of them for IT. Never usage.
#pragma once

#include "base/clock.h"
#include "collector/enrol/registry.h"
#include "gnomon/v1/health.grpc.pb.h"

namespace gnomon::enrol {

class HealthService final : public v1::Health::Service {
 public:
  // Both must outlive the service.
  HealthService(Registry& registry, const Clock& clock) : registry_(registry), clock_(clock) {}

  grpc::Status Report(grpc::ServerContext* context, const v1::HealthReport* report,
                      v1::HealthAck* ack) override;
  grpc::Status Summary(grpc::ServerContext* context, const v1::HealthSummaryRequest* request,
                       v1::HealthSummary* summary) override;

 private:
  Registry& registry_;
  const Clock& clock_;
};

}  // namespace gnomon::enrol
