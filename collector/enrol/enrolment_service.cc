#include "collector/enrol/enrolment_service.h"

#include "base/fault_point.h"
#include "base/log.h"
#include "base/random.h"
#include "collector/access/caller.h"
#include "pki/enrolment_token.h"
#include "pki/identity_proof.h"
#include "wire/tls.h"

namespace gnomon::enrol {
namespace {

const FaultPoint kRedeemed(
    "enrol.redeem.after");  // a use is taken, the device registered, nothing answered
const FaultPoint kExtended("renewal.register.after");  // the new end is noted, nothing answered

constexpr size_t kMaxTokenBytes = 256;     // a token has 110
constexpr size_t kMaxRequestBytes = 8192;  // a P-256 request has about 200

// Before anything is used up: a request that cannot be signed must not cost a use of a token.
Status CheckRequest(const std::string& certificate_request) {
  if (certificate_request.empty() || certificate_request.size() > kMaxRequestBytes) {
    return InvalidArgument("the certificate request is missing or too long");
  }
  return pki::CheckCertificateRequest(certificate_request);
}

void LogOutcome(std::string_view done, std::string_view refused, const Status& status) {
  if (status.ok()) {
    log::Info(done);
  } else {
    log::Warning(refused, {{"code", StatusCodeName(status.code())}});
  }
}

}  // namespace

grpc::Status EnrolmentService::Enrol(grpc::ServerContext* context, const v1::EnrolRequest* request,
                                     v1::EnrolResponse* response) {
  return wire::ToGrpc(Enrol(context->peer(), *request, *response));
}

grpc::Status EnrolmentService::Renew(grpc::ServerContext* context, const v1::RenewRequest* request,
                                     v1::EnrolResponse* response) {
  return wire::ToGrpc(
      Renew(context->peer(), wire::PeerIdentity(*context->auth_context()), *request, *response));
}

template <typename Work>
Status EnrolmentService::Throttled(const std::string& peer, Work&& work) {
  const std::string address = access::PeerAddress(peer);
  if (!failures_.Has(address, clock_.Now())) {
    return ResourceExhausted("too many failed attempts from this address; wait a minute");
  }
  const Status status = work();
  if (!status.ok()) (void)failures_.Take(address, clock_.Now());
  return status;
}

Status EnrolmentService::Enrol(const std::string& peer, const v1::EnrolRequest& request,
                               v1::EnrolResponse& response) {
  const Status status = Throttled(peer, [&]() -> Status {
    const Status no_token = Unauthenticated("this is no enrolment token");
    if (request.token().size() > kMaxTokenBytes) return no_token;
    const Result<pki::EnrolmentToken> token = pki::EnrolmentToken::Parse(request.token());
    if (!token.ok()) return no_token;
    GNOMON_RETURN_IF_ERROR(CheckRequest(request.certificate_request()));
    const TimeUs now = clock_.Now();
    Joining joining{RandomHex(16), now + life_, ""};
    // An earlier identity that does not prove itself (another collector's, one that ended long ago)
    // is none: the token alone lets in.
    if (request.has_previous()) {
      const auto previous = Proven(request.previous(), request.certificate_request(), now);
      if (previous.ok()) joining.previous = *previous;
    }
    GNOMON_ASSIGN_OR_RETURN(const Joined joined,
                            registry_.Redeem(token->id, token->secret, joining, now));
    if (kRedeemed.Reached()) return Unavailable("fault");
    return Issue(request.certificate_request(),
                 {pki::Identity::Kind::kDevice, joined.name, joined.department}, now, response);
  });
  LogOutcome("enrolled", "enrolment_refused", status);
  return status;
}

Status EnrolmentService::Renew(const std::string& peer, const Result<pki::Identity>& shown,
                               const v1::RenewRequest& request, v1::EnrolResponse& response) {
  const auto renew = [&](const pki::Identity& device) -> Status {
    GNOMON_RETURN_IF_ERROR(access::CheckDevice(device));
    GNOMON_RETURN_IF_ERROR(CheckRequest(request.certificate_request()));
    const TimeUs now = clock_.Now();
    GNOMON_RETURN_IF_ERROR(registry_.Renew(device, now + life_));
    if (kExtended.Reached()) return Unavailable("fault");
    return Issue(request.certificate_request(), device, now, response);
  };
  const Status status = shown.ok() ? renew(*shown) : Throttled(peer, [&]() -> Status {
    if (!request.has_previous()) return shown.status();
    GNOMON_RETURN_IF_ERROR(CheckRequest(request.certificate_request()));
    GNOMON_ASSIGN_OR_RETURN(
        const pki::Identity device,
        pki::CheckProof(authority_, request.previous().certificate(), request.certificate_request(),
                        request.previous().signature(), clock_.Now(),
                        kReturnDays * 86'400 * kSecondUs));
    return renew(device);
  });
  LogOutcome("renewed", "renewal_refused", status);
  return status;
}

Result<std::string> EnrolmentService::Proven(const v1::IdentityProof& proof,
                                             const std::string& certificate_request,
                                             TimeUs now) const {
  GNOMON_ASSIGN_OR_RETURN(
      const pki::Identity identity,
      pki::CheckProof(authority_, proof.certificate(), certificate_request, proof.signature(), now,
                      kReturnDays * 86'400 * kSecondUs));
  GNOMON_RETURN_IF_ERROR(access::CheckDevice(identity));
  return identity.name;
}

Status EnrolmentService::Issue(const std::string& certificate_request,
                               const pki::Identity& identity, TimeUs now,
                               v1::EnrolResponse& response) const {
  GNOMON_ASSIGN_OR_RETURN(*response.mutable_certificate(),
                          authority_.IssueClientFor(certificate_request, identity, now, life_));
  response.set_authority(authority_.certificate_pem());
  response.set_department(identity.scope);
  return Status::Ok();
}

}  // namespace gnomon::enrol
