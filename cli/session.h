// The operator's credential and the channel to the collector.
#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "base/status.h"
#include "wire/credential_file.h"

namespace gnomon::cli {

// From the global options of the command line.
struct SessionOptions {
  std::string credential;  // empty: DefaultCredential()
  std::string collector;   // empty: $GNOMON_COLLECTOR, else the credential's own
};

// $GNOMON_CREDENTIAL, else ~/.config/gnomon/credential.
std::filesystem::path DefaultCredential();
Result<wire::OperatorCredential> LoadCredential(const std::filesystem::path& file);

class Session {
 public:
  static Result<Session> Open(const SessionOptions& options);
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  const std::string& collector() const { return collector_; }

  // One unary call: `stub` is a Stub of the service, `method` its member function.
  template <typename Stub, typename Request, typename Response>
  Result<Response> Call(Stub& stub,
                        grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                        const Request& request) const {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kTimeout);
    if (!token_.empty()) context.AddMetadata("authorization", "Bearer " + token_);
    Response response;
    const grpc::Status status = (stub.*method)(&context, request, &response);
    if (!status.ok()) return Explain(status);
    return response;
  }

 private:
  static constexpr std::chrono::seconds kTimeout{20};
  // What went wrong, with the collector's address where it could not be reached.
  Status Explain(const grpc::Status& status) const;

  std::string collector_;
  std::string token_;  // over the one pinned authority's TLS and nowhere else
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace gnomon::cli
