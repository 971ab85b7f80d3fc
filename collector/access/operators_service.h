// Operators and their tokens, for administrators.
#pragma once

#include "base/clock.h"
#include "collector/access/callers.h"
#include "collector/access/operator_log.h"
#include "collector/access/operators.h"
#include "gnomon/v1/access.grpc.pb.h"

namespace gnomon::access {

class OperatorsService final : public v1::Operators::Service {
 public:
  // All must outlive the service. `authority` is the collector's, PEM: what a credential file
  // trusts.
  OperatorsService(Operators& operators, std::string authority, Callers& callers, OperatorLog& log,
                   const Clock& clock)
      : operators_(operators),
        authority_(std::move(authority)),
        callers_(callers),
        log_(log),
        clock_(clock) {}

  grpc::Status Create(grpc::ServerContext* context, const v1::CreateOperatorRequest* request,
                      v1::CreateOperatorResponse* response) override;
  grpc::Status List(grpc::ServerContext* context, const v1::ListOperatorsRequest* request,
                    v1::ListOperatorsResponse* response) override;
  grpc::Status Revoke(grpc::ServerContext* context, const v1::RevokeOperatorRequest* request,
                      v1::RevokeOperatorResponse* response) override;

 private:
  Operators& operators_;
  const std::string authority_;
  Callers& callers_;
  OperatorLog& log_;
  const Clock& clock_;
};

}  // namespace gnomon::access
