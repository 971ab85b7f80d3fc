// The audit log for auditors and administrators.
#pragma once

#include <filesystem>

#include "collector/access/callers.h"
#include "collector/access/operator_log.h"
#include "gnomon/v1/audit.grpc.pb.h"

namespace gnomon::query {

class AuditService final : public v1::Audit::Service {
 public:
  // `callers` and `writer` must outlive the service.
  AuditService(std::filesystem::path log, access::Callers& callers, access::OperatorLog& writer)
      : log_(std::move(log)), callers_(callers), writer_(writer) {}

  grpc::Status List(grpc::ServerContext* context, const v1::ListAuditRequest* request,
                    v1::ListAuditResponse* response) override;
  grpc::Status Verify(grpc::ServerContext* context, const v1::VerifyAuditRequest* request,
                      v1::VerifyAuditResponse* response) override;

 private:
  const std::filesystem::path log_;
  access::Callers& callers_;
  access::OperatorLog& writer_;
};

}  // namespace gnomon::query
