#include "collector/enrol/tokens_service.h"

#include "base/log.h"
#include "collector/access/caller.h"
#include "collector/access/code.h"
#include "pki/enrolment_token.h"
#include "wire/tls.h"

namespace gnomon::enrol {
namespace {

constexpr uint32_t kMaxUses = 100'000;
constexpr uint64_t kMinLifetimeSeconds = 60;
constexpr uint64_t kMaxLifetimeSeconds = 31'536'000;  // 365 days

Status MayManage(grpc::ServerContext* context) {
  return access::RequireOperator(wire::PeerIdentity(*context->auth_context()),
                                 {access::kAdministrator, access::kIt})
      .status();
}

}  // namespace

grpc::Status TokensService::Create(grpc::ServerContext* context,
                                   const v1::CreateTokenRequest* request,
                                   v1::CreateTokenResponse* response) {
  Status status = MayManage(context);
  if (status.ok()) status = Make(*request, *response);
  if (status.ok()) log::Info("token_created", {{"uses", request->uses()}});
  return wire::ToGrpc(status);
}

Status TokensService::Make(const v1::CreateTokenRequest& request,
                           v1::CreateTokenResponse& response) {
  if (!access::IsCode(request.department())) {
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
  if (const Status status = MayManage(context); !status.ok()) return wire::ToGrpc(status);
  const auto tokens = registry_.Tokens();
  if (!tokens.ok()) return wire::ToGrpc(tokens.status());
  for (const auto& token : *tokens) *response->add_tokens() = token;
  return grpc::Status::OK;
}

grpc::Status TokensService::Revoke(grpc::ServerContext* context,
                                   const v1::RevokeTokenRequest* request,
                                   v1::RevokeTokenResponse*) {
  Status status = MayManage(context);
  if (status.ok()) status = registry_.Revoke(request->id());
  if (status.ok()) log::Info("token_revoked");
  return wire::ToGrpc(status);
}

}  // namespace gnomon::enrol
