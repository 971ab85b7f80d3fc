// Hands signed releases to laptops.
#pragma once

#include "collector/access/device_directory.h"
#include "collector/releases/published.h"
#include "gnomon/v1/releases.grpc.pb.h"

namespace gnomon::releases {

class ReleaseService final : public v1::Releases::Service {
 public:
  // Both must outlive the service.
  ReleaseService(const Published& published, access::DeviceDirectory& devices)
      : published_(published), devices_(devices) {}

  grpc::Status Fetch(grpc::ServerContext* context, const v1::FetchReleasesRequest* request,
                     v1::FetchReleasesReply* reply) override;

 private:
  const Published& published_;
  access::DeviceDirectory& devices_;
};

}  // namespace gnomon::releases
