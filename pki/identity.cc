#include "pki/identity.h"

#include <algorithm>
#include <array>
#include <ctime>

#include "pki/hex.h"
#include "pki/openssl.h"

namespace gnomon::pki {
namespace {

constexpr size_t kLongestPart = 64;  // ub-common-name and its fellows, RFC 5280 appendix A.1
constexpr std::array<std::string_view, 4> kRoles = {"administrator", "it", "analyst", "auditor"};

// Wider than base/code.h: certificates with double hyphens were issued before that was the syntax, and
// go on being read.
bool IsCode(std::string_view text) {
  return !text.empty() && text.size() <= kLongestPart && text.front() != '-' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

bool IsPrintable(std::string_view text) {
  return !text.empty() && text.size() <= kLongestPart &&
         std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// The text of the entry at `at`, which must be the only one in its RDN and have type `nid`.
Result<std::string> SubjectPart(const X509_NAME* name, int at, int nid) {
  const X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, at);
  if (entry == nullptr || OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry)) != nid ||
      X509_NAME_ENTRY_set(entry) != at) {
    return Unauthenticated("the certificate's subject is not O, OU, CN");
  }
  unsigned char* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(entry));
  if (size < 0) return Unauthenticated("the certificate's subject is not text");
  std::string text(reinterpret_cast<const char*>(utf8), static_cast<size_t>(size));
  OPENSSL_free(utf8);
  return text;
}

}  // namespace

Status CheckIdentity(const Identity& identity) {
  if (identity.kind == Identity::Kind::kDevice) {
    if (!IsHex(identity.name, 32)) {
      return InvalidArgument("a device's name is 32 hex digits");
    }
    if (!IsCode(identity.scope)) {
      return InvalidArgument("a department code is 1 to 64 lower-case letters, digits and hyphens");
    }
    return Status::Ok();
  }
  if (!IsPrintable(identity.name)) {
    return InvalidArgument("an operator's name is 1 to 64 printable characters");
  }
  if (std::find(kRoles.begin(), kRoles.end(), identity.scope) == kRoles.end()) {
    return InvalidArgument("a role is administrator, it, analyst or auditor");
  }
  return Status::Ok();
}

Result<Identity> ReadIdentity(const std::string& certificate_pem) {
  GNOMON_ASSIGN_OR_RETURN(const Certificate certificate, ReadCertificate(certificate_pem));
  const X509_NAME* subject = X509_get_subject_name(certificate.get());
  if (X509_NAME_entry_count(subject) != 3) {
    return Unauthenticated("the certificate's subject is not O, OU, CN");
  }
  GNOMON_ASSIGN_OR_RETURN(const std::string kind, SubjectPart(subject, 0, NID_organizationName));
  Identity identity;
  if (kind == kDeviceOrganisation) {
    identity.kind = Identity::Kind::kDevice;
  } else if (kind == kOperatorOrganisation) {
    identity.kind = Identity::Kind::kOperator;
  } else {
    return Unauthenticated("the certificate is neither a device's nor an operator's");
  }
  GNOMON_ASSIGN_OR_RETURN(identity.scope, SubjectPart(subject, 1, NID_organizationalUnitName));
  GNOMON_ASSIGN_OR_RETURN(identity.name, SubjectPart(subject, 2, NID_commonName));
  if (Status shape = CheckIdentity(identity); !shape.ok()) {
    return Unauthenticated("the certificate's subject: " + shape.message());
  }
  return identity;
}

Result<Validity> ValidityOf(const std::string& certificate_pem) {
  GNOMON_ASSIGN_OR_RETURN(const Certificate certificate, ReadCertificate(certificate_pem));
  std::tm begins{}, ends{};
  if (ASN1_TIME_to_tm(X509_get0_notBefore(certificate.get()), &begins) != 1 ||
      ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &ends) != 1) {
    return OpensslError("reading a certificate's end");
  }
  return Validity{static_cast<TimeUs>(timegm(&begins)) * kSecondUs,
                  static_cast<TimeUs>(timegm(&ends)) * kSecondUs};
}

Result<TimeUs> NotAfter(const std::string& certificate_pem) {
  GNOMON_ASSIGN_OR_RETURN(const Validity validity, ValidityOf(certificate_pem));
  return validity.ends;
}

Result<std::string> Fingerprint(const std::string& certificate_pem) {
  GNOMON_ASSIGN_OR_RETURN(const Certificate certificate, ReadCertificate(certificate_pem));
  std::string fingerprint = FingerprintOf(certificate.get());
  if (fingerprint.empty()) return OpensslError("reading a public key");
  return fingerprint;
}

}  // namespace gnomon::pki
