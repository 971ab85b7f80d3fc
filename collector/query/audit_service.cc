#include "collector/query/audit_service.h"

#include "collector/access/audited_call.h"
#include "collector/query/audit_reader.h"

namespace gnomon::query {

grpc::Status AuditService::List(grpc::ServerContext* context, const v1::ListAuditRequest* request,
                                v1::ListAuditResponse* response) {
  return access::AuditedCall(callers_, writer_, *context,
                             {access::kAuditor, access::kAdministrator}, {"audit.list", "", ""},
                             response, [&](access::OperatorAction&) -> Status {
                               GNOMON_ASSIGN_OR_RETURN(*response, ReadAuditPage(log_, *request));
                               return Status::Ok();
                             });
}

grpc::Status AuditService::Verify(grpc::ServerContext* context,
                                  const v1::VerifyAuditRequest* request,
                                  v1::VerifyAuditResponse* response) {
  return access::AuditedCall(
      callers_, writer_, *context, {access::kAuditor, access::kAdministrator},
      {"audit.verify", "", ""}, response, [&](access::OperatorAction&) -> Status {
        std::optional<AuditHead> seen;
        if (request->has_seen()) seen = AuditHead{request->seen().number(), request->seen().chain()};
        GNOMON_ASSIGN_OR_RETURN(*response, VerifyAuditLog(log_, seen));
        return Status::Ok();
      });
}

}  // namespace gnomon::query
