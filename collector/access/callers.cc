#include "collector/access/callers.h"

#include "collector/access/caller.h"
#include "wire/tls.h"

namespace gnomon::access {
namespace {

constexpr std::string_view kScheme = "Bearer ";
constexpr size_t kLongestCredential = 8192;  // a signed token of single sign-on has a few KiB

// The value of the only "authorization" that was sent, or empty.
std::string_view Authorization(const grpc::ServerContextBase& context) {
  const auto [first, last] = context.client_metadata().equal_range("authorization");
  if (first == last || std::next(first) != last) return {};
  return {first->second.data(), first->second.size()};
}

}  // namespace

Result<pki::Identity> Callers::Identify(const grpc::ServerContextBase& context) {
  return Identify(wire::PeerIdentity(*context.auth_context()), Authorization(context),
                  context.peer());
}

Result<pki::Identity> Callers::Operator(const grpc::ServerContextBase& context,
                                        std::initializer_list<std::string_view> roles) {
  return RequireOperator(Identify(context), roles);
}

Result<pki::Identity> Callers::Identify(Result<pki::Identity> by_certificate,
                                        std::string_view bearer, std::string_view peer) {
  if (by_certificate.ok()) {
    if (by_certificate->kind != pki::Identity::Kind::kOperator) return by_certificate;
    GNOMON_ASSIGN_OR_RETURN(const bool revoked,
                            operators_.CertificateRevoked(by_certificate->name));
    if (revoked) return Unauthenticated("this operator's certificate was revoked");
    return by_certificate;
  }
  if (bearer.empty()) {
    return Unauthenticated("this call needs a certificate or an operator's token");
  }
  const std::string address = PeerAddress(peer);
  if (!failures_.Has(address, clock_.Now())) {
    return ResourceExhausted("too many wrong credentials from this address; wait a minute");
  }
  Result<pki::Identity> identity = Verify(bearer);
  if (identity.status().code() == StatusCode::kUnauthenticated) {
    (void)failures_.Take(address, clock_.Now());
  }
  return identity;
}

Result<pki::Identity> Callers::Verify(std::string_view credential) {
  const Status unknown = Unauthenticated("this credential is not known here");
  if (!credential.starts_with(kScheme) || credential.size() > kLongestCredential) return unknown;
  credential.remove_prefix(kScheme.size());
  for (BearerVerifier* verifier : verifiers_) {
    if (!verifier->Recognises(credential)) continue;
    GNOMON_ASSIGN_OR_RETURN(const pki::Identity identity,
                            verifier->Verify(credential, clock_.Now()));
    // Whatever vouches for people vouches for people: no credential of this kind makes a laptop.
    if (identity.kind != pki::Identity::Kind::kOperator) return unknown;
    return identity;
  }
  return unknown;
}

}  // namespace gnomon::access
