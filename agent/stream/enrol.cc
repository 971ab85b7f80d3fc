#include "agent/stream/enrol.h"

#include <chrono>

#include "base/clock.h"
#include "gnomon/v1/enrolment.grpc.pb.h"
#include "pki/authority.h"
#include "pki/enrolment_token.h"
#include "pki/fetch_authority.h"
#include "wire/tls.h"

namespace gnomon::stream {
namespace {

// A collector's answer is checked like any input: it must be for this key and this kind of holder.
Status CheckAnswer(const v1::EnrolResponse& answer, const std::string& private_key) {
  const Status pair = pki::CheckKeyPair(answer.certificate(), private_key);
  const Result<pki::Identity> identity = pki::ReadIdentity(answer.certificate());
  if (!pair.ok() || !identity.ok() || identity->kind != pki::Identity::Kind::kDevice ||
      identity->scope != answer.department()) {
    return Internal("the collector answered with a certificate that is not for this device");
  }
  return Status::Ok();
}

}  // namespace

Result<Enrolment> Enrol(const std::string& collector, const std::string& token,
                        int timeout_seconds) {
  const auto deadline = std::chrono::system_clock::now() + std::chrono::seconds(timeout_seconds);
  GNOMON_ASSIGN_OR_RETURN(const pki::EnrolmentToken parsed, pki::EnrolmentToken::Parse(token));
  Enrolment enrolment;
  enrolment.collector = collector;
  GNOMON_ASSIGN_OR_RETURN(enrolment.authority,
                          pki::FetchAuthority(collector, parsed.fingerprint, timeout_seconds));
  GNOMON_ASSIGN_OR_RETURN(enrolment.private_key, pki::MakePrivateKey());
  v1::EnrolRequest request;
  request.set_token(parsed.ToString());
  GNOMON_ASSIGN_OR_RETURN(*request.mutable_certificate_request(),
                          pki::MakeCertificateRequest(enrolment.private_key));

  const auto stub = v1::Enrolment::NewStub(wire::Connect(collector, {enrolment.authority, "", ""}));
  grpc::ClientContext context;
  context.set_deadline(deadline);
  v1::EnrolResponse answer;
  GNOMON_RETURN_IF_ERROR(wire::FromGrpc(stub->Enrol(&context, request, &answer)));
  GNOMON_RETURN_IF_ERROR(CheckAnswer(answer, enrolment.private_key));
  // The authority stays the one that the token named, whatever the answer holds.
  enrolment.department = answer.department();
  enrolment.certificate = answer.certificate();
  return enrolment;
}

}  // namespace gnomon::stream
