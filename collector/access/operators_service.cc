#include "collector/access/operators_service.h"

#include "base/log.h"
#include "collector/access/audited_call.h"

namespace gnomon::access {

grpc::Status OperatorsService::Create(grpc::ServerContext* context,
                                      const v1::CreateOperatorRequest* request,
                                      v1::CreateOperatorResponse* response) {
  return AuditedCall(callers_, log_, *context, {kAdministrator}, {"operators.create", "", ""},
                     response, [&](OperatorAction& action) -> Status {
                       GNOMON_ASSIGN_OR_RETURN(*response,
                                               operators_.Create(*request, clock_.Now()));
                       response->set_authority(authority_);
                       action.subject = response->id();
                       log::Info("operator_created", {{"role", request->role()}});
                       return Status::Ok();
                     });
}

grpc::Status OperatorsService::List(grpc::ServerContext* context, const v1::ListOperatorsRequest*,
                                    v1::ListOperatorsResponse* response) {
  return AuditedCall(callers_, log_, *context, {kAdministrator, kAuditor},
                     {"operators.list", "", ""}, response, [&](OperatorAction&) -> Status {
                       GNOMON_ASSIGN_OR_RETURN(auto operators, operators_.List());
                       for (v1::Operator& one : operators) {
                         *response->add_operators() = std::move(one);
                       }
                       return Status::Ok();
                     });
}

grpc::Status OperatorsService::Revoke(grpc::ServerContext* context,
                                      const v1::RevokeOperatorRequest* request,
                                      v1::RevokeOperatorResponse* response) {
  const bool by_name = !request->certificate_name().empty();
  return AuditedCall(
      callers_, log_, *context, {kAdministrator},
      {by_name ? "operators.revoke_certificate" : "operators.revoke",
       by_name ? request->certificate_name() : request->id(), ""},
      response, [&](OperatorAction&) -> Status {
        if (by_name) {
          GNOMON_ASSIGN_OR_RETURN(const uint32_t others, operators_.Administrators(clock_.Now()));
          if (others == 0) {
            return FailedPrecondition(
                "no administrator would be left: make one with a token first (gnomon operators "
                "create --role administrator)");
          }
          GNOMON_RETURN_IF_ERROR(operators_.RevokeCertificates(request->certificate_name()));
          response->mutable_revoked()->set_name(request->certificate_name());
          response->mutable_revoked()->set_revoked(true);
        } else {
          GNOMON_ASSIGN_OR_RETURN(*response->mutable_revoked(), operators_.Revoke(request->id()));
        }
        log::Info("operator_revoked");
        return Status::Ok();
      });
}

}  // namespace gnomon::access
