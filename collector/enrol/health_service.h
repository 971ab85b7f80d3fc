// Health of the fleet: the last report of each device, and sums of them for IT. Never usage.
#pragma once

#include "base/clock.h"
#include "collector/access/callers.h"
#include "collector/enrol/registry.h"
#include "gnomon/v1/health.grpc.pb.h"

namespace gnomon::enrol {

class HealthService final : public v1::Health::Service {
 public:
  // All must outlive the service. `authority_ends`: when every certificate ends with the
  // authority's own.
  HealthService(Registry& registry, access::Callers& callers, TimeUs authority_ends,
                const Clock& clock)
      : registry_(registry), callers_(callers), authority_ends_(authority_ends), clock_(clock) {}

  grpc::Status Report(grpc::ServerContext* context, const v1::HealthReport* report,
                      v1::HealthAck* ack) override;
  grpc::Status Summary(grpc::ServerContext* context, const v1::HealthSummaryRequest* request,
                       v1::HealthSummary* summary) override;

 private:
  Registry& registry_;
  access::Callers& callers_;
  const TimeUs authority_ends_;
  const Clock& clock_;
};

}  // namespace gnomon::enrol
