// One laptop's way to its collector: delivers frozen batches, reports health. Connects, sends,
// waits for every receipt, closes. Threads: one at a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "gnomon/v1/health.pb.h"
#include "gnomon/v1/ingest.pb.h"
#include "gnomon/v1/releases.pb.h"

namespace gnomon::wire {
struct Credentials;
}

namespace gnomon::stream {

struct Enrolment;

class CollectorLink {
 public:
  // `account`: Enrolment::account, shown once a stream.
  CollectorLink(std::string address, const wire::Credentials& credentials, std::string account);
  // With the certificate that enrolment gave this device.
  explicit CollectorLink(const Enrolment& enrolment);
  ~CollectorLink();
  CollectorLink(CollectorLink&&) noexcept;
  CollectorLink& operator=(CollectorLink&&) noexcept;

  // Receipts that arrived; a batch without one was not confirmed and must be sent again. An error
  // only where not one receipt arrived. `timeout_seconds` bounds the whole call.
  Result<std::vector<v1::Receipt>> Deliver(const std::vector<v1::Batch>& batches,
                                           int timeout_seconds);
  // What is newer than these versions, for this laptop. Nothing of it is believed yet.
  Result<v1::FetchReleasesReply> FetchReleases(const v1::FetchReleasesRequest& have,
                                               int timeout_seconds);
  Status ReportHealth(const v1::HealthReport& report, int timeout_seconds);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gnomon::stream
