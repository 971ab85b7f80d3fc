// What a gRPC client costs that does nothing: the yardstick for an idle agent, which has one, too.
//
//   idle_grpc_client serve ADDRESS CERTIFICATE KEY    a server without a method, over TLS
//   idle_grpc_client connect ADDRESS CERTIFICATE      a channel to it that is kept open
//
// Each writes "ready" and waits to be ended. The certificate is for "localhost".
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

namespace {

void SayReady() {
  std::puts("ready");
  std::fflush(stdout);
}

std::string Read(const char* path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  const std::string mode = argv[1];
  if (mode == "serve") {
    if (argc < 5) return 2;
    grpc::SslServerCredentialsOptions tls;
    tls.pem_key_cert_pairs.push_back({Read(argv[4]), Read(argv[3])});
    grpc::ServerBuilder builder;
    builder.AddListeningPort(argv[2], grpc::SslServerCredentials(tls));
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
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride("localhost");
  const auto credentials = grpc::SslCredentials({.pem_root_certs = Read(argv[3])});
  const auto channel = grpc::CreateCustomChannel(argv[2], credentials, arguments);
  const auto limit = std::chrono::system_clock::now() + std::chrono::seconds(10);
  if (!channel->WaitForConnected(limit)) return 1;
  SayReady();
  pause();
  return 0;
}
