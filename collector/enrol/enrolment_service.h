// Enrolment and renewal: a token, or the certificate that a laptop has, and a certificate request
// become a device certificate.
#pragma once

#include "base/clock.h"
#include "collector/access/throttle.h"
#include "collector/enrol/registry.h"
#include "gnomon/v1/enrolment.grpc.pb.h"
#include "pki/authority.h"

namespace gnomon::enrol {

// Wrong tokens and proofs of one address. A secret has 128 bits; room is for a hall of laptops
// behind one address whose token has ended.
inline constexpr access::ThrottleLimits kFailedEnrolments{.burst = 100, .per_second = 2};

class EnrolmentService final : public v1::Enrolment::Service {
 public:
  // All must outlive the service. `life`: of a device certificate.
  EnrolmentService(Registry& registry, const pki::Authority& authority, TimeUs life,
                   const Clock& clock)
      : registry_(registry), authority_(authority), life_(life), clock_(clock) {}

  // Needs no client certificate: the token is the credential. The request is checked before the
  // token is redeemed: one that cannot be signed costs no use.
  grpc::Status Enrol(grpc::ServerContext* context, const v1::EnrolRequest* request,
                     v1::EnrolResponse* response) override;
  // Under the device's certificate or, without one, by proof of one that ended at most kReturnDays
  // ago.
  grpc::Status Renew(grpc::ServerContext* context, const v1::RenewRequest* request,
                     v1::EnrolResponse* response) override;

  // The parts behind the connection. `peer`: as of grpc::ServerContextBase::peer. `shown`: the
  // identity of the connection's certificate, or why there is none.
  Status Enrol(const std::string& peer, const v1::EnrolRequest& request,
               v1::EnrolResponse& response);
  Status Renew(const std::string& peer, const Result<pki::Identity>& shown,
               const v1::RenewRequest& request, v1::EnrolResponse& response);

 private:
  // `work`'s status; a stranger's failure is charged to his address, and one who failed too often
  // is not heard.
  template <typename Work>
  Status Throttled(const std::string& peer, Work&& work);
  Result<std::string> Proven(const v1::IdentityProof& proof, const std::string& certificate_request,
                             TimeUs now) const;
  Status Issue(const std::string& certificate_request, const pki::Identity& identity, TimeUs now,
               v1::EnrolResponse& response) const;

  Registry& registry_;
  const pki::Authority& authority_;
  const TimeUs life_;
  const Clock& clock_;
  access::Throttle failures_{kFailedEnrolments};
};

}  // namespace gnomon::enrol
