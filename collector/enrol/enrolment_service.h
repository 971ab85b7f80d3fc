// Enrolment: an enrolment token and a certificate request become a device certificate.
#pragma once

#include "base/clock.h"
#include "collector/enrol/registry.h"
#include "gnomon/v1/enrolment.grpc.pb.h"
#include "pki/authority.h"

namespace gnomon::enrol {

// Needs no client certificate: the token is the credential.
class EnrolmentService final : public v1::Enrolment::Service {
 public:
  // All must outlive the service.
  EnrolmentService(Registry& registry, const pki::Authority& authority, const Clock& clock)
      : registry_(registry), authority_(authority), clock_(clock) {}

  // The request is checked before the token is redeemed: one that cannot be signed costs no use.
  grpc::Status Enrol(grpc::ServerContext* context, const v1::EnrolRequest* request,
                     v1::EnrolResponse* response) override;

 private:
  Status Answer(const v1::EnrolRequest& request, v1::EnrolResponse& response);

  Registry& registry_;
  const pki::Authority& authority_;
  const Clock& clock_;
};

}  // namespace gnomon::enrol
