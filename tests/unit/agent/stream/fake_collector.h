// A collector over real mutual TLS on loopback, whose behaviour a test decides.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "gnomon/v1/enrolment.grpc.pb.h"
#include "gnomon/v1/health.grpc.pb.h"
#include "gnomon/v1/ingest.grpc.pb.h"
#include "tests/unit/wire/test_pki.h"

namespace gnomon::stream {

using ReceiptStream = grpc::ServerReaderWriter<v1::Receipt, v1::Batch>;

inline v1::Receipt ReceiptFor(const v1::Batch& batch,
                              v1::Receipt::Outcome outcome = v1::Receipt::OUTCOME_ACCEPTED) {
  v1::Receipt receipt;
  receipt.set_nonce(batch.nonce());
  receipt.set_outcome(outcome);
  return receipt;
}

class FakeIngest : public v1::Ingest::Service {
 public:
  using Handler = std::function<grpc::Status(grpc::ServerContext*, ReceiptStream*)>;

  grpc::Status Stream(grpc::ServerContext* context, ReceiptStream* stream) override {
    ++calls;
    const auto peer = wire::PeerIdentity(*context->auth_context());
    if (!peer.ok()) return wire::ToGrpc(peer.status());
    return handler(context, stream);
  }

  // By default: reads everything, accepts everything at once.
  Handler handler = [](grpc::ServerContext*, ReceiptStream* stream) {
    v1::Batch batch;
    while (stream->Read(&batch)) stream->Write(ReceiptFor(batch));
    return grpc::Status::OK;
  };
  std::atomic<int> calls = 0;
};

class FakeHealth : public v1::Health::Service {
 public:
  grpc::Status Report(grpc::ServerContext* context, const v1::HealthReport* report,
                      v1::HealthAck*) override {
    const auto peer = wire::PeerIdentity(*context->auth_context());
    if (!peer.ok()) return wire::ToGrpc(peer.status());
    last = *report;
    return answer;
  }
  v1::HealthReport last;
  grpc::Status answer;
};

class FakeEnrolment : public v1::Enrolment::Service {
 public:
  using Handler =
      std::function<grpc::Status(const v1::EnrolRequest& request, v1::EnrolResponse* response)>;

  grpc::Status Enrol(grpc::ServerContext*, const v1::EnrolRequest* request,
                     v1::EnrolResponse* response) override {
    ++calls;
    last = *request;
    return handler(*request, response);
  }
  Handler handler;
  v1::EnrolRequest last;
  std::atomic<int> calls = 0;
};

struct FakeCollector {
  FakeCollector() {
    wire::RequireTls13();
    Start();
  }
  ~FakeCollector() { Stop(); }

  void Start() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:" + std::to_string(port), wire::ServeWith(pki.Server()),
                             &port);
    builder.RegisterService(&ingest);
    builder.RegisterService(&health);
    builder.RegisterService(&enrolment);
    server = builder.BuildAndStart();
  }
  // Cuts every connection, as a collector that is killed does.
  void Stop() {
    if (server) server->Shutdown(std::chrono::system_clock::now());
    server.reset();
  }
  std::string Address() const { return "127.0.0.1:" + std::to_string(port); }

  wire::TestPki pki;
  FakeIngest ingest;
  FakeHealth health;
  FakeEnrolment enrolment;
  int port = 0;
  std::unique_ptr<grpc::Server> server;
};

}  // namespace gnomon::stream
