#include "collector/enrol/tokens_service.h"

#include "base/log.h"
#include "collector/access/audited_call.h"
#include "base/code.h"
#include "pki/enrolment_token.h"
#include "pki/hex.h"

namespace gnomon::enrol {
namespace {

constexpr uint32_t kMaxUses = 100'000;
constexpr uint64_t kMinLifetimeSeconds = 60;
constexpr uint64_t kMaxLifetimeSeconds = 31'536'000;  // 365 days
constexpr size_t kIdDigits = 8;

// A department as it was typed, if it is one: what is no code does not go into the audit log.
std::string CodeOrNothing(const std::string& text) {
  return IsCode(text) ? text : std::string();
}

}  // namespace

grpc::Status TokensService::Create(grpc::ServerContext* context,
                                   const v1::CreateTokenRequest* request,
                                   v1::CreateTokenResponse* response) {
  return access::AuditedCall(callers_, log_, *context, {access::kAdministrator, access::kIt},
                             {"tokens.create", "", CodeOrNothing(request->department())}, response,
                             [&](access::OperatorAction& action) {
                               const Status status = Make(*request, *response);
                               action.subject = response->id();
                               if (status.ok())
                                 log::Info("token_created", {{"uses", request->uses()}});
                               return status;
                             });
}

Status TokensService::Make(const v1::CreateTokenRequest& request,
                           v1::CreateTokenResponse& response) {
  if (!IsCode(request.department())) {
    return InvalidArgument(
        "department: a code of 1 to 64 lower-case letters, digits and hyphens, for example "
        "finance");
  }
  if (request.uses() < 1 || request.uses() > kMaxUses) {
    return InvalidArgument("uses: from 1 to 100000 laptops");
  }
  if (request.lifetime_seconds() < kMinLifetimeSeconds ||
      request.lifetime_seconds() > kMaxLifetimeSeconds) {
    return InvalidArgument("lifetime: from one minute to 365 days");
  }
  GNOMON_ASSIGN_OR_RETURN(std::string fingerprint, pki::Fingerprint(authority_.certificate_pem()));
  const pki::EnrolmentToken token = pki::EnrolmentToken::Make(std::move(fingerprint));
  const TimeUs expires = clock_.Now() + static_cast<TimeUs>(request.lifetime_seconds()) * kSecondUs;
  GNOMON_RETURN_IF_ERROR(
      registry_.AddToken(token.id, token.secret, request.department(), request.uses(), expires));
  response.set_token(token.ToString());
  response.set_id(token.id);
  response.set_expires(expires / kSecondUs);
  return Status::Ok();
}

grpc::Status TokensService::List(grpc::ServerContext* context, const v1::ListTokensRequest*,
                                 v1::ListTokensResponse* response) {
  return access::AuditedCall(callers_, log_, *context, {access::kAdministrator, access::kIt},
                             {"tokens.list", "", ""}, response,
                             [&](access::OperatorAction&) -> Status {
                               GNOMON_ASSIGN_OR_RETURN(const auto tokens, registry_.Tokens());
                               for (const auto& token : tokens) *response->add_tokens() = token;
                               return Status::Ok();
                             });
}

grpc::Status TokensService::Revoke(grpc::ServerContext* context,
                                   const v1::RevokeTokenRequest* request,
                                   v1::RevokeTokenResponse* response) {
  const std::string id = pki::IsHex(request->id(), kIdDigits) ? request->id() : "";
  return access::AuditedCall(
      callers_, log_, *context, {access::kAdministrator, access::kIt},
      {request->with_devices() ? "tokens.revoke_with_devices" : "tokens.revoke", id, ""}, response,
      [&](access::OperatorAction&) { return End(*request, *response); });
}

Status TokensService::End(const v1::RevokeTokenRequest& request,
                          v1::RevokeTokenResponse& response) {
  if (!request.with_devices()) {
    GNOMON_ASSIGN_OR_RETURN(const uint32_t stay, registry_.Revoke(request.id()));
    response.set_devices(stay);
    log::Info("token_revoked");
    return Status::Ok();
  }
  GNOMON_ASSIGN_OR_RETURN(const auto devices, registry_.RevokeWithDevices(request.id()));
  for (const std::string& device : devices) streams_.CutAll(device);
  response.set_devices(static_cast<uint32_t>(devices.size()));
  log::Info("token_revoked", {{"devices", devices.size()}});
  return Status::Ok();
}

}  // namespace gnomon::enrol
