// Who calls: an identity out of a client certificate or, for operators, out of a bearer credential.
// The first line of every service that operators call.
#pragma once

#include <grpcpp/grpcpp.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "collector/access/bearer_verifier.h"
#include "collector/access/operators.h"
#include "collector/access/throttle.h"
#include "pki/authority.h"

namespace gnomon::access {

// Wrong credentials of one address. A secret has 256 bits: this keeps guessing cheap for the
// collector and its audit log short, and leaves room for colleagues behind one address whose token
// has ended.
inline constexpr ThrottleLimits kFailedAttempts{.burst = 30, .per_second = 0.5};

// Threads: safe.
class Callers {
 public:
  // All must outlive this. `verifiers` are asked in order; the first that recognises a credential
  // decides.
  Callers(Operators& operators, std::vector<BearerVerifier*> verifiers, const Clock& clock)
      : operators_(operators), verifiers_(std::move(verifiers)), clock_(clock) {}

  // kUnauthenticated without a credential or with a wrong one, kResourceExhausted after too many of
  // those.
  Result<pki::Identity> Identify(const grpc::ServerContextBase& context);
  // The same, and an operator with one of `roles`: kPermissionDenied otherwise.
  Result<pki::Identity> Operator(const grpc::ServerContextBase& context,
                                 std::initializer_list<std::string_view> roles);

  // The parts, for tests: `bearer` is the value of "authorization", empty where there is none.
  Result<pki::Identity> Identify(Result<pki::Identity> by_certificate, std::string_view bearer,
                                 std::string_view peer);

 private:
  Result<pki::Identity> Verify(std::string_view credential);

  Operators& operators_;
  const std::vector<BearerVerifier*> verifiers_;
  const Clock& clock_;
  Throttle failures_{kFailedAttempts};
};

}  // namespace gnomon::access
