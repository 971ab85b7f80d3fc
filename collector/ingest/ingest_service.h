// The Ingest service: batches off authenticated streams -> committer -> receipts.
#pragma once

#include "base/clock.h"
#include "collector/ingest/committer.h"
#include "gnomon/v1/ingest.grpc.pb.h"

namespace gnomon::ingest {

// Batches of one stream that were read and whose receipt is not written yet; then the stream is not
// read until one is. 16 batches of 256 KiB are 4 MiB at most.
inline constexpr int kMaxUnconfirmed = 16;

class IngestService final : public v1::Ingest::CallbackService {
 public:
  // Both must outlive the service; the committer is stopped after the server.
  IngestService(Committer& committer, const Clock& clock) : committer_(committer), clock_(clock) {}

  grpc::ServerBidiReactor<v1::Batch, v1::Receipt>* Stream(
      grpc::CallbackServerContext* context) override;

 private:
  Committer& committer_;
  const Clock& clock_;
};

}  // namespace gnomon::ingest
