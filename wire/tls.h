// gRPC over mutual TLS 1.3: what agent/stream, the collector and the command line share.
#pragma once

#include <grpcpp/grpcpp.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/status.h"
#include "pki/authority.h"

namespace gnomon::wire {

// What one side shows and whom it trusts. All PEM.
struct Credentials {
  std::string authority;    // the collector's private CA; nothing else is trusted
  std::string certificate;  // empty: none (enrolment)
  std::string private_key;
};

// Must run before any other use of gRPC in the process: limits TLS to version 1.3 (ADR 0003) and
// keeps gRPC's own log, which may hold addresses, silent unless GRPC_VERBOSITY is set.
void RequireTls13();

std::shared_ptr<grpc::Channel> Connect(const std::string& address, const Credentials& credentials);

// The server asks for a client certificate and checks it, but allows none: enrolment has none. Each
// service demands the identity it needs from PeerIdentity().
std::shared_ptr<grpc::ServerCredentials> ServeWith(const Credentials& credentials);

// The same from files, looked at every `refresh_seconds`: a certificate that is exchanged is shown
// to new connections, and open ones go on. `identity` holds the private key, the certificate and
// the authority, in PEM, in one file, so that one rename exchanges them together; `authority` is
// whom clients must be from.
std::shared_ptr<grpc::ServerCredentials> ServeFrom(const std::filesystem::path& identity,
                                                   const std::filesystem::path& authority,
                                                   unsigned refresh_seconds);

// The verified peer's identity, or kUnauthenticated where it showed no certificate.
Result<pki::Identity> PeerIdentity(const grpc::AuthContext& context);

// gRPC status <-> Status, with codes that keep "retryable" and "permanent" apart.
grpc::Status ToGrpc(const Status& status);
Status FromGrpc(const grpc::Status& status);

}  // namespace gnomon::wire
