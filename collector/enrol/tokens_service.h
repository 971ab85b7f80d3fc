// Enrolment tokens, for operators with the role administrator or it.
#pragma once

#include "base/clock.h"
#include "collector/access/callers.h"
#include "collector/access/open_streams.h"
#include "collector/access/operator_log.h"
#include "collector/enrol/registry.h"
#include "gnomon/v1/enrolment.grpc.pb.h"
#include "pki/authority.h"

namespace gnomon::enrol {

class TokensService final : public v1::Tokens::Service {
 public:
  // All must outlive the service.
  TokensService(Registry& registry, const pki::Authority& authority, access::Callers& callers,
                access::OpenStreams& streams, access::OperatorLog& log, const Clock& clock)
      : registry_(registry),
        authority_(authority),
        callers_(callers),
        streams_(streams),
        log_(log),
        clock_(clock) {}

  grpc::Status Create(grpc::ServerContext* context, const v1::CreateTokenRequest* request,
                      v1::CreateTokenResponse* response) override;
  grpc::Status List(grpc::ServerContext* context, const v1::ListTokensRequest* request,
                    v1::ListTokensResponse* response) override;
  grpc::Status Revoke(grpc::ServerContext* context, const v1::RevokeTokenRequest* request,
                      v1::RevokeTokenResponse* response) override;

 private:
  Status Make(const v1::CreateTokenRequest& request, v1::CreateTokenResponse& response);
  Status End(const v1::RevokeTokenRequest& request, v1::RevokeTokenResponse& response);

  Registry& registry_;
  const pki::Authority& authority_;
  access::Callers& callers_;
  access::OpenStreams& streams_;
  access::OperatorLog& log_;
  const Clock& clock_;
};

}  // namespace gnomon::enrol
