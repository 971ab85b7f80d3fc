// The collector's private certificate authority, device keys and identities. OpenSSL 3, ECDSA
// P-256. docs/formats/enrolment.md has the profile of each certificate.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/status.h"

namespace gnomon::pki {

// Who holds a certificate. Written into the subject: O = "gnomon device" or "gnomon operator",
// OU = department or role, CN = name.
struct Identity {
  enum class Kind { kDevice, kOperator };
  Kind kind = Kind::kDevice;
  std::string name;  // device: 32 random hex digits; operator: a name
  std::string
      scope;  // device: department code; operator: "administrator", "it", "analyst", "auditor"
  bool operator==(const Identity&) const = default;
};

// A PEM private key (PKCS#8), made here and now.
Result<std::string> MakePrivateKey();
// PKCS#10 in DER. The subject is left empty: the authority decides who it is.
Result<std::string> MakeCertificateRequest(const std::string& private_key_pem);

// Whether IssueClient() would accept the request: PKCS#10 on P-256 with a signature that verifies.
Status CheckCertificateRequest(std::string_view request_der);

class Authority {
 public:
  // A new self-signed authority, valid `days` from `now`.
  static Result<Authority> Create(std::string_view common_name, TimeUs now, int days);
  static Result<Authority> Load(std::string certificate_pem, std::string private_key_pem);

  const std::string& certificate_pem() const { return certificate_pem_; }
  const std::string& private_key_pem() const { return private_key_pem_; }

  // PEM certificate for a server key, for the DNS names and IP addresses in `names`.
  Result<std::string> IssueServer(const std::string& private_key_pem,
                                  const std::vector<std::string>& names, TimeUs now,
                                  int days) const;
  // PEM certificate for a request, after its signature was checked (proof of possession).
  Result<std::string> IssueClient(std::string_view request_der, const Identity& identity,
                                  TimeUs now, int days) const;
  // The same for a life of `life` microseconds: device certificates are short-lived.
  Result<std::string> IssueClientFor(std::string_view request_der, const Identity& identity,
                                     TimeUs now, TimeUs life) const;

 private:
  std::string certificate_pem_;
  std::string private_key_pem_;
};

// Reads the identity out of a certificate that TLS has already verified.
Result<Identity> ReadIdentity(const std::string& certificate_pem);
// When the (first) certificate ends.
Result<TimeUs> NotAfter(const std::string& certificate_pem);
struct Validity {
  TimeUs begins = 0;
  TimeUs ends = 0;
};
Result<Validity> ValidityOf(const std::string& certificate_pem);

// kInvalidArgument where the (first) certificate is not for this private key.
Status CheckKeyPair(const std::string& certificate_pem, const std::string& private_key_pem);

// SHA-256 of the certificate's SubjectPublicKeyInfo, 64 hex digits (RFC 7469 section 2.4).
Result<std::string> Fingerprint(const std::string& certificate_pem);

}  // namespace gnomon::pki
