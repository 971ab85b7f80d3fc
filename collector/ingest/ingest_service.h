// The Ingest service: batches off authenticated streams -> committer -> receipts.
#pragma once

#include "base/clock.h"
#include "collector/access/device_directory.h"
#include "collector/access/open_streams.h"
#include "collector/ingest/committer.h"
#include "collector/ingest/quota.h"
#include "gnomon/v1/ingest.grpc.pb.h"

namespace gnomon::ingest {

// Batches of one stream that were read and whose receipt is not written yet; then the stream is not
// read until one is. 16 batches of 256 KiB are 4 MiB at most.
inline constexpr int kMaxUnconfirmed = 16;

// Holds a serialised v1::Account; what a laptop shows once a stream.
inline constexpr char kAccountHeader[] = "gnomon-account-bin";

// What a stream needs of the collector. All of it outlives every stream; the committer is stopped
// after the server.
struct IngestParts {
  Committer& committer;
  access::DeviceDirectory& devices;
  access::OpenStreams& streams;
  Quota& quota;
  const Clock& clock;
  uint64_t epoch = 0;  // of the store; every receipt says it
};

class IngestService final : public v1::Ingest::CallbackService {
 public:
  explicit IngestService(const IngestParts& parts) : parts_(parts) {}

  grpc::ServerBidiReactor<v1::Batch, v1::Receipt>* Stream(
      grpc::CallbackServerContext* context) override;

 private:
  const IngestParts parts_;
};

}  // namespace gnomon::ingest
