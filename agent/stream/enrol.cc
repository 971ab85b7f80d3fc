#include "agent/stream/enrol.h"

#include <array>
#include <chrono>

#include "base/clock.h"
#include "base/random.h"
#include "gnomon/v1/enrolment.grpc.pb.h"
#include "pki/authority.h"
#include "pki/enrolment_token.h"
#include "pki/fetch_authority.h"
#include "pki/identity_proof.h"
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

Status AddProof(const Enrolment& enrolment, const std::string& request_der,
                v1::IdentityProof* proof) {
  proof->set_certificate(enrolment.certificate);
  GNOMON_ASSIGN_OR_RETURN(*proof->mutable_signature(),
                          pki::ProveIdentity(enrolment.private_key, request_der));
  return Status::Ok();
}

std::string MakeAccount() {
  std::array<uint8_t, 32> key;
  FillRandom(key);
  return std::string(key.begin(), key.end());
}

void SetDeadline(grpc::ClientContext* context, int timeout_seconds) {
  context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(timeout_seconds));
}

}  // namespace

Result<Enrolment> Enrol(const std::string& collector, const std::string& token, int timeout_seconds,
                        const Enrolment* previous) {
  grpc::ClientContext context;
  SetDeadline(&context, timeout_seconds);
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
  // Shown to the collector that issued it and to no other.
  const bool same = previous != nullptr && previous->authority == enrolment.authority;
  if (same) {
    GNOMON_RETURN_IF_ERROR(
        AddProof(*previous, request.certificate_request(), request.mutable_previous()));
  }

  const auto stub = v1::Enrolment::NewStub(wire::Connect(collector, {enrolment.authority, "", ""}));
  v1::EnrolResponse answer;
  GNOMON_RETURN_IF_ERROR(wire::FromGrpc(stub->Enrol(&context, request, &answer)));
  GNOMON_RETURN_IF_ERROR(CheckAnswer(answer, enrolment.private_key));
  // The authority stays the one that the token named, whatever the answer holds.
  enrolment.department = answer.department();
  enrolment.certificate = answer.certificate();
  // The same laptop keeps its account: what it has counted once this month it does not count again.
  enrolment.account = same ? previous->account : MakeAccount();
  return enrolment;
}

Result<Enrolment> Renew(const Enrolment& current, TimeUs now, int timeout_seconds) {
  Enrolment renewed = current;
  GNOMON_ASSIGN_OR_RETURN(renewed.private_key, pki::MakePrivateKey());
  v1::RenewRequest request;
  GNOMON_ASSIGN_OR_RETURN(*request.mutable_certificate_request(),
                          pki::MakeCertificateRequest(renewed.private_key));
  GNOMON_ASSIGN_OR_RETURN(const TimeUs ends, pki::NotAfter(current.certificate));
  wire::Credentials credentials{current.authority, current.certificate, current.private_key};
  if (ends <= now) {  // TLS would refuse it
    credentials.certificate.clear();
    credentials.private_key.clear();
    GNOMON_RETURN_IF_ERROR(
        AddProof(current, request.certificate_request(), request.mutable_previous()));
  }
  const auto stub = v1::Enrolment::NewStub(wire::Connect(current.collector, credentials));
  grpc::ClientContext context;
  SetDeadline(&context, timeout_seconds);
  v1::EnrolResponse answer;
  GNOMON_RETURN_IF_ERROR(wire::FromGrpc(stub->Renew(&context, request, &answer)));
  GNOMON_RETURN_IF_ERROR(CheckAnswer(answer, renewed.private_key));
  GNOMON_ASSIGN_OR_RETURN(const pki::Identity was, pki::ReadIdentity(current.certificate));
  GNOMON_ASSIGN_OR_RETURN(const pki::Identity is, pki::ReadIdentity(answer.certificate()));
  if (!(was == is)) return Internal("the collector renewed the certificate of another device");
  renewed.certificate = answer.certificate();
  return renewed;
}

}  // namespace gnomon::stream
