// What a stranger may send to be let in as an operator or as a laptop of before: bearer
// credentials, peers as gRPC writes them, accounts, proofs of an identity.
#include <google/protobuf/stubs/logging.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "collector/access/throttle.h"
#include "collector/ingest/account.h"
#include "pki/identity_proof.h"
#include "pki/operator_token.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gnomon;
  constexpr TimeUs kNow = 1'700'000'000 * kSecondUs;
  [[maybe_unused]] static const auto quiet = google::protobuf::SetLogHandler(nullptr);
  static const pki::Authority authority = pki::Authority::Create("fuzz", kNow, 3650).value();
  static const std::string key = pki::MakePrivateKey().value();
  static const std::string certificate =
      authority
          .IssueClient(pki::MakeCertificateRequest(key).value(),
                       {pki::Identity::Kind::kDevice, std::string(32, 'a'), "finance"}, kNow, 14)
          .value();
  const std::string text(reinterpret_cast<const char*>(data), size);

  if (const auto token = pki::OperatorToken::Parse(text); token.ok() && token->ToString() != text) {
    std::abort();
  }
  if (access::PeerAddress(text).size() > 128) std::abort();
  (void)ingest::Account::Parse(text);
  // Not made by the key: as a certificate and as a signature it proves nothing.
  if (pki::CheckProof(authority, text, "request", text, kNow, 0).ok() ||
      pki::CheckProof(authority, certificate, "request", text, kNow, 0).ok()) {
    std::abort();
  }
  return 0;
}
