// What a gRPC client costs that does nothing: the yardstick for an idle agent, which has one, too.
//
//   idle_grpc_client serve ADDRESS      a server without a method
//   idle_grpc_client connect ADDRESS    a channel to it that is kept open
//
// Each writes "ready" and waits to be ended.
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>

namespace {

void SayReady() {
  std::puts("ready");
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::string mode = argv[1];
  if (mode == "serve") {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(argv[2], grpc::InsecureServerCredentials());
    grpc::AsyncGenericService nothing;
    builder.RegisterAsyncGenericService(&nothing);
    const auto queue = builder.AddCompletionQueue();
    const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
    if (server == nullptr) return 1;
    SayReady();
    // Connections are accepted by whoever waits here; nothing ever comes out.
    void* tag = nullptr;
    bool ok = false;
    while (queue->Next(&tag, &ok)) {
    }
    return 0;
  }
  const auto channel = grpc::CreateChannel(argv[2], grpc::InsecureChannelCredentials());
  const auto limit = std::chrono::system_clock::now() + std::chrono::seconds(10);
  if (!channel->WaitForConnected(limit)) return 1;
  SayReady();
  pause();
  return 0;
}
