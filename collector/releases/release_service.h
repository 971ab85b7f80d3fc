// Hands signed releases to laptops.
#pragma once

#include "collector/releases/published.h"
#include "gnomon/v1/releases.grpc.pb.h"

namespace gnomon::releases {

class ReleaseService final : public v1::Releases::Service {
 public:
  // `published` must outlive the service.
  explicit ReleaseService(const Published& published) : published_(published) {}

  grpc::Status Fetch(grpc::ServerContext* context, const v1::FetchReleasesRequest* request,
                     v1::FetchReleasesReply* reply) override;

 private:
  const Published& published_;
};

}  // namespace gnomon::releases
