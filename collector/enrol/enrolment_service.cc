#include "collector/enrol/enrolment_service.h"

#include "base/log.h"
#include "base/random.h"
#include "pki/enrolment_token.h"
#include "wire/tls.h"

namespace gnomon::enrol {
namespace {

constexpr size_t kMaxTokenBytes = 256;     // a token has 110
constexpr size_t kMaxRequestBytes = 8192;  // a P-256 request has about 200

}  // namespace

grpc::Status EnrolmentService::Enrol(grpc::ServerContext*, const v1::EnrolRequest* request,
                                     v1::EnrolResponse* response) {
  const Status status = Answer(*request, *response);
  if (status.ok()) {
    log::Info("enrolled");
  } else {
    log::Warning("enrolment_refused", {{"code", StatusCodeName(status.code())}});
  }
  return wire::ToGrpc(status);
}

Status EnrolmentService::Answer(const v1::EnrolRequest& request, v1::EnrolResponse& response) {
  if (request.token().size() > kMaxTokenBytes) return Unauthenticated("this is no enrolment token");
  const Result<pki::EnrolmentToken> token = pki::EnrolmentToken::Parse(request.token());
  if (!token.ok()) return Unauthenticated("this is no enrolment token");
  const std::string& wanted = request.certificate_request();
  if (wanted.empty() || wanted.size() > kMaxRequestBytes) {
    return InvalidArgument("the certificate request is missing or too long");
  }
  // Before the token is redeemed: a request that cannot be signed must not cost a use of it.
  GNOMON_RETURN_IF_ERROR(pki::CheckCertificateRequest(wanted));
  const TimeUs now = clock_.Now();
  pki::Identity identity;
  identity.kind = pki::Identity::Kind::kDevice;
  identity.name = RandomHex(16);
  GNOMON_ASSIGN_OR_RETURN(identity.scope,
                          registry_.Redeem(token->id, token->secret, identity.name, now));
  GNOMON_ASSIGN_OR_RETURN(*response.mutable_certificate(),
                          authority_.IssueClient(wanted, identity, now, kDeviceCertificateDays));
  response.set_authority(authority_.certificate_pem());
  response.set_department(identity.scope);
  return Status::Ok();
}

}  // namespace gnomon::enrol
