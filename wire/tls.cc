#include "wire/tls.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/auth_context.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <cstdlib>

namespace gnomon::wire {
namespace {

// A batch is at most 256 KiB; answers are tables of a few hundred rows.
constexpr int kMaxMessageBytes = 4 << 20;

}  // namespace

void RequireTls13() {
  // gRPC 1.51 offers TLS 1.2 and 1.3 and has no option for it, but takes its TLS 1.2 suites from
  // here. This one needs a pre-shared key, which gRPC never has, so TLS 1.2 cannot be negotiated;
  // the TLS 1.3 suites are set elsewhere (ADR 0003; tests/unit/wire/tls_test.cc holds it).
  ::setenv("GRPC_SSL_CIPHER_SUITES", "ECDHE-PSK-AES256-CBC-SHA384", 1);
  // gRPC's own log lines can hold addresses, which Gnomon's never do; errors reach the callers as
  // statuses anyway. Whoever debugs gRPC sets the variable.
  ::setenv("GRPC_VERBOSITY", "NONE", 0);
}

std::shared_ptr<grpc::Channel> Connect(const std::string& address, const Credentials& credentials) {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = credentials.authority;
  options.pem_cert_chain = credentials.certificate;
  options.pem_private_key = credentials.private_key;
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  // Usage goes to the collector itself: no proxy from the environment, nothing from DNS TXT
  // records.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  // Two channels of one process may hold different certificates (gnomon-fleet): never share a
  // connection between them.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // The callers back off by themselves and say so in their state; a second hidden retry would blur
  // it. No keepalive pings: each call has a deadline, and links are closed when they are done.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  return grpc::CreateCustomChannel("dns:///" + address, grpc::SslCredentials(options), arguments);
}

std::shared_ptr<grpc::ServerCredentials> ServeWith(const Credentials& credentials) {
  grpc::SslServerCredentialsOptions options(GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = credentials.authority;
  // The authority goes along, so that a laptop that only has its fingerprint can fetch it.
  std::string chain = credentials.certificate;
  if (chain.find(credentials.authority) == std::string::npos) chain += credentials.authority;
  options.pem_key_cert_pairs.push_back({credentials.private_key, chain});
  return grpc::SslServerCredentials(options);
}

std::shared_ptr<grpc::ServerCredentials> ServeFrom(const std::filesystem::path& identity,
                                                   const std::filesystem::path& authority,
                                                   unsigned refresh_seconds) {
  const auto provider = std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      identity.string(), identity.string(), authority.string(), refresh_seconds);
  grpc::experimental::TlsServerCredentialsOptions options(provider);
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  return grpc::experimental::TlsServerCredentials(options);
}

Result<pki::Identity> PeerIdentity(const grpc::AuthContext& context) {
  const std::vector<grpc::string_ref> shown =
      context.FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  if (!context.IsPeerAuthenticated() || shown.size() != 1) {
    return Unauthenticated("this call needs a certificate from this collector");
  }
  Result<pki::Identity> identity =
      pki::ReadIdentity(std::string(shown.front().data(), shown.front().size()));
  if (!identity.ok()) return Unauthenticated(identity.status().message());
  return identity;
}

}  // namespace gnomon::wire
