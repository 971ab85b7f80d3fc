// What a stranger may send before he is known: a token, a certificate request, a certificate.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "pki/authority.h"
#include "pki/enrolment_token.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gnomon;
  static const pki::Authority authority =
      pki::Authority::Create("fuzz", 1'700'000'000 * kSecondUs, 3650).value();
  const std::string text(reinterpret_cast<const char*>(data), size);

  if (const auto token = pki::EnrolmentToken::Parse(text); token.ok()) {
    // What was taken is what would be written, but for blanks around it.
    if (text.find(token->ToString()) == std::string::npos) std::abort();
  }
  const pki::Identity device{pki::Identity::Kind::kDevice, std::string(32, 'a'), "finance"};
  const auto issued = authority.IssueClient(text, device, 1'700'000'000 * kSecondUs, 90);
  if (issued.ok()) {
    // Whatever else the request holds, the certificate says what the authority says.
    const auto read = pki::ReadIdentity(*issued);
    if (!read.ok() || !(*read == device)) std::abort();
  }
  (void)pki::ReadIdentity(text);
  (void)pki::NotAfter(text);
  (void)pki::Fingerprint(text);
  return 0;
}
