#include "agent/stream/collector_link.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

#include "agent/stream/enrol.h"
#include "base/fault_point.h"
#include "gnomon/v1/health.grpc.pb.h"
#include "gnomon/v1/ingest.grpc.pb.h"
#include "gnomon/v1/releases.grpc.pb.h"
#include "wire/tls.h"

namespace gnomon::stream {
namespace {

const FaultPoint kBeforeCall("stream.call.before");  // nothing has left the laptop
const FaultPoint kBatchSent("stream.batch.after");   // handed to the transport
const FaultPoint kBatchesSent(
    "stream.batches.after");  // all of them, and the laptop's side is closed
const FaultPoint kReceiptRead("stream.receipt.after");    // in memory, not in the spool
const FaultPoint kReceiptsRead("stream.receipts.after");  // the call has ended

void SetDeadline(grpc::ClientContext* context, int timeout_seconds) {
  context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(timeout_seconds));
}

// Refusals stay what they are; anything else (also INTERNAL, which the transport reports for a
// stream that was reset, and a collector at its limits) may pass by itself.
Status LinkError(const grpc::Status& status) {
  const Status error = wire::FromGrpc(status);
  switch (error.code()) {
    case StatusCode::kOk:
    case StatusCode::kInvalidArgument:
    case StatusCode::kUnauthenticated:
    case StatusCode::kPermissionDenied:
    case StatusCode::kFailedPrecondition:
    case StatusCode::kUnavailable:
      return error;
    default:
      return Unavailable(error.message());
  }
}

using IngestStream = grpc::ClientReaderWriter<v1::Batch, v1::Receipt>;

// Keeps one receipt for each nonce that is waited for, and nothing else that a server may send.
std::vector<v1::Receipt> ReadReceipts(IngestStream* stream, std::set<std::string> awaited) {
  std::vector<v1::Receipt> receipts;
  v1::Receipt receipt;
  while (stream->Read(&receipt)) {
    if (receipt.outcome() == v1::Receipt::OUTCOME_UNSPECIFIED) continue;
    if (awaited.erase(receipt.nonce()) == 1) receipts.push_back(receipt);
    (void)kReceiptRead.Reached();
  }
  return receipts;
}

}  // namespace

class CollectorLink::Impl {
 public:
  Impl(std::string address, const wire::Credentials& credentials, std::string account)
      : address_(std::move(address)), credentials_(credentials), account_(std::move(account)) {}

  // One connection a call, closed with it: an idle stream costs the collector more than a
  // handshake, and health under the device's name does not share a connection with usage.
  std::shared_ptr<grpc::Channel> Connect() const { return wire::Connect(address_, credentials_); }

  void ShowAccount(grpc::ClientContext* context) const {
    v1::Account account;
    account.set_key(account_);
    context->AddMetadata("gnomon-account-bin", account.SerializeAsString());
  }

 private:
  std::string address_;
  wire::Credentials credentials_;
  std::string account_;
};

CollectorLink::CollectorLink(std::string address, const wire::Credentials& credentials,
                             std::string account)
    : impl_(std::make_unique<Impl>(std::move(address), credentials, std::move(account))) {}
CollectorLink::CollectorLink(const Enrolment& enrolment)
    : CollectorLink(enrolment.collector,
                    {enrolment.authority, enrolment.certificate, enrolment.private_key},
                    enrolment.account) {}
CollectorLink::~CollectorLink() = default;
CollectorLink::CollectorLink(CollectorLink&&) noexcept = default;
CollectorLink& CollectorLink::operator=(CollectorLink&&) noexcept = default;

Result<std::vector<v1::Receipt>> CollectorLink::Deliver(const std::vector<v1::Batch>& batches,
                                                        int timeout_seconds) {
  std::vector<v1::Receipt> receipts;
  if (batches.empty()) return receipts;
  std::set<std::string> nonces;
  for (const v1::Batch& batch : batches) nonces.insert(batch.nonce());

  if (kBeforeCall.Reached()) return Unavailable("interrupted by a test");
  const auto stub = v1::Ingest::NewStub(impl_->Connect());
  grpc::ClientContext context;
  SetDeadline(&context, timeout_seconds);
  impl_->ShowAccount(&context);
  const std::unique_ptr<IngestStream> stream = stub->Stream(&context);
  // Receipts are read on a second thread: a collector may answer batch by batch or at the end, and
  // neither way may fill a flow-control window that nobody empties.
  std::thread reader([&] { receipts = ReadReceipts(stream.get(), std::move(nonces)); });
  const bool sent_all = std::all_of(batches.begin(), batches.end(), [&](const v1::Batch& batch) {
    const bool sent = stream->Write(batch);
    return !kBatchSent.Reached() && sent;
  });
  if (sent_all) stream->WritesDone();
  (void)kBatchesSent.Reached();
  reader.join();
  const grpc::Status status = stream->Finish();
  if (kReceiptsRead.Reached()) return Unavailable("interrupted by a test");

  if (!receipts.empty()) return receipts;
  if (!status.ok()) return LinkError(status);
  return Unavailable("the collector ended the stream without a receipt");
}

Result<v1::FetchReleasesReply> CollectorLink::FetchReleases(const v1::FetchReleasesRequest& have,
                                                            int timeout_seconds) {
  const auto stub = v1::Releases::NewStub(impl_->Connect());
  grpc::ClientContext context;
  SetDeadline(&context, timeout_seconds);
  v1::FetchReleasesReply reply;
  GNOMON_RETURN_IF_ERROR(LinkError(stub->Fetch(&context, have, &reply)));
  return reply;
}

Status CollectorLink::ReportHealth(const v1::HealthReport& report, int timeout_seconds) {
  const auto stub = v1::Health::NewStub(impl_->Connect());
  grpc::ClientContext context;
  SetDeadline(&context, timeout_seconds);
  v1::HealthAck answer;
  return LinkError(stub->Report(&context, report, &answer));
}

}  // namespace gnomon::stream
