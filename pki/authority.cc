#include "pki/authority.h"

#include <openssl/err.h>

#include <algorithm>

#include "pki/identity.h"
#include "pki/openssl.h"

namespace gnomon::pki {
namespace {

constexpr TimeUs kDayUs = 86400 * kSecondUs;
// Laptop clocks are a little off; a certificate that "begins in the future" would be refused.
constexpr TimeUs kBackdateUs = 5 * 60 * kSecondUs;
constexpr size_t kLongestRequest = 16 * 1024;  // ours are under 300 bytes

// Subject: O, then OU where there is one, then CN.
Status SetSubject(X509* certificate, std::string_view o, std::string_view ou, std::string_view cn) {
  X509_NAME* name = X509_get_subject_name(certificate);
  const auto add = [name](int nid, std::string_view text) {
    return X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8,
                                      reinterpret_cast<const unsigned char*>(text.data()),
                                      static_cast<int>(text.size()), -1, 0) == 1;
  };
  if (!add(NID_organizationName, o) || (!ou.empty() && !add(NID_organizationalUnitName, ou)) ||
      !add(NID_commonName, cn)) {
    return OpensslError("setting a certificate's subject");
  }
  return Status::Ok();
}

Status AddExtension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  if (!extension || X509_add_ext(certificate, extension.get(), -1) != 1) {
    return OpensslError("adding a certificate extension");
  }
  return Status::Ok();
}

// Version 3, a random serial and a life of `life` that does not outlive `latest`.
Result<Certificate> Begin(EVP_PKEY* key, TimeUs now, TimeUs life, TimeUs latest) {
  if (life < kSecondUs || life > 36500 * kDayUs) {
    return InvalidArgument("a certificate lives a second to 36500 days");
  }
  const TimeUs end = std::min(now + life, latest);
  if (end <= now) return FailedPrecondition("the authority's own certificate has ended");
  Certificate certificate(X509_new());
  BigNumber serial(BN_new());
  const Asn1Time not_before(ASN1_TIME_set(nullptr, (now - kBackdateUs) / kSecondUs));
  const Asn1Time not_after(ASN1_TIME_set(nullptr, end / kSecondUs));
  // 128 random bits: RFC 5280 section 4.1.2.2 allows up to 20 octets.
  if (!certificate || !serial || !not_before || !not_after ||
      X509_set_version(certificate.get(), X509_VERSION_3) != 1 ||
      BN_rand(serial.get(), 128, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) != 1 ||
      BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate.get())) == nullptr ||
      X509_set1_notBefore(certificate.get(), not_before.get()) != 1 ||
      X509_set1_notAfter(certificate.get(), not_after.get()) != 1 ||
      X509_set_pubkey(certificate.get(), key) != 1) {
    return OpensslError("making a certificate");
  }
  return certificate;
}

bool IsDnsName(std::string_view name) {
  if (name.empty() || name.size() > 253 || name.front() == '.' || name.front() == '-') return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.';
  });
}

// Built by hand, not from OpenSSL's configuration syntax, in which a name could hold a comma.
Status AddServerNames(X509* certificate, const std::vector<std::string>& names) {
  AlternativeNames list(GENERAL_NAMES_new());
  for (const std::string& name : names) {
    GENERAL_NAME* entry = GENERAL_NAME_new();
    if (entry == nullptr || sk_GENERAL_NAME_push(list.get(), entry) <= 0) {
      GENERAL_NAME_free(entry);
      return OpensslError("adding a server name");
    }
    if (ASN1_OCTET_STRING* ip = a2i_IPADDRESS(name.c_str()); ip != nullptr) {
      GENERAL_NAME_set0_value(entry, GEN_IPADD, ip);
    } else if (IsDnsName(name)) {
      ASN1_IA5STRING* dns = ASN1_IA5STRING_new();
      if (dns == nullptr || ASN1_STRING_set(dns, name.data(), static_cast<int>(name.size())) != 1) {
        ASN1_IA5STRING_free(dns);
        return OpensslError("adding a server name");
      }
      GENERAL_NAME_set0_value(entry, GEN_DNS, dns);
    } else {
      return InvalidArgument("\"" + name + "\" is neither a DNS name nor an IP address");
    }
  }
  ERR_clear_error();
  if (X509_add1_ext_i2d(certificate, NID_subject_alt_name, list.get(), 0, X509V3_ADD_DEFAULT) !=
      1) {
    return OpensslError("adding the server names");
  }
  return Status::Ok();
}

struct Signer {
  Certificate certificate;
  Key key;
  TimeUs not_after = 0;
};

Result<Signer> OpenSigner(const std::string& certificate_pem, const std::string& key_pem) {
  Signer signer;
  GNOMON_ASSIGN_OR_RETURN(signer.certificate, ReadCertificate(certificate_pem));
  GNOMON_ASSIGN_OR_RETURN(signer.key, ReadPrivateKey(key_pem));
  GNOMON_ASSIGN_OR_RETURN(signer.not_after, NotAfter(certificate_pem));
  return signer;
}

// Everything that a server's and a client's certificate share.
Result<std::string> Finish(const Signer& signer, X509* certificate, const char* extended_usage) {
  X509* issuer = signer.certificate.get();
  if (X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) != 1) {
    return OpensslError("setting a certificate's issuer");
  }
  const std::pair<int, const char*> extensions[] = {
      {NID_basic_constraints, "critical,CA:FALSE"},
      {NID_key_usage, "critical,digitalSignature"},
      {NID_ext_key_usage, extended_usage},
      {NID_subject_key_identifier, "hash"},
      {NID_authority_key_identifier, "keyid:always"},
  };
  for (const auto& [nid, value] : extensions) {
    GNOMON_RETURN_IF_ERROR(AddExtension(certificate, issuer, nid, value));
  }
  if (X509_sign(certificate, signer.key.get(), EVP_sha256()) <= 0) {
    return OpensslError("signing a certificate");
  }
  return WritePem(certificate);
}

bool IsP256(const EVP_PKEY* key) {
  char group[32] = {};
  return key != nullptr && EVP_PKEY_is_a(key, "EC") == 1 &&
         EVP_PKEY_get_group_name(key, group, sizeof group, nullptr) == 1 &&
         std::string_view(group) == "prime256v1";
}

// The request, with its signature checked: whoever sent it has the private key.
Result<CertificateRequest> ParseRequest(std::string_view request_der) {
  if (request_der.empty() || request_der.size() > kLongestRequest) {
    return InvalidArgument("the certificate request is empty or too long");
  }
  const auto* begin = reinterpret_cast<const unsigned char*>(request_der.data());
  const unsigned char* at = begin;
  CertificateRequest request(d2i_X509_REQ(nullptr, &at, static_cast<long>(request_der.size())));
  if (!request || at != begin + request_der.size()) {
    ERR_clear_error();
    return InvalidArgument("the certificate request is not PKCS#10");
  }
  EVP_PKEY* key = X509_REQ_get0_pubkey(request.get());
  if (!IsP256(key)) {
    ERR_clear_error();
    return InvalidArgument("the certificate request's key is not on P-256");
  }
  if (X509_REQ_verify(request.get(), key) != 1) {
    ERR_clear_error();
    return InvalidArgument("the certificate request's signature does not verify");
  }
  return request;
}

}  // namespace

Result<Authority> Authority::Create(std::string_view common_name, TimeUs now, int days) {
  Authority authority;
  GNOMON_ASSIGN_OR_RETURN(authority.private_key_pem_, MakePrivateKey());
  GNOMON_ASSIGN_OR_RETURN(const Key key, ReadPrivateKey(authority.private_key_pem_));
  GNOMON_ASSIGN_OR_RETURN(const Certificate made, Begin(key.get(), now, days * kDayUs, INT64_MAX));
  X509* certificate = made.get();
  GNOMON_RETURN_IF_ERROR(SetSubject(certificate, kAuthorityOrganisation, "", common_name));
  if (X509_set_issuer_name(certificate, X509_get_subject_name(certificate)) != 1) {
    return OpensslError("setting a certificate's issuer");
  }
  // pathlen:0: it signs leaves only, never another authority (RFC 5280 section 4.2.1.9).
  const std::pair<int, const char*> extensions[] = {
      {NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
      {NID_key_usage, "critical,keyCertSign,cRLSign"},
      {NID_subject_key_identifier, "hash"},
      {NID_authority_key_identifier, "keyid:always"},
  };
  for (const auto& [nid, value] : extensions) {
    GNOMON_RETURN_IF_ERROR(AddExtension(certificate, certificate, nid, value));
  }
  if (X509_sign(certificate, key.get(), EVP_sha256()) <= 0) {
    return OpensslError("signing the authority");
  }
  GNOMON_ASSIGN_OR_RETURN(authority.certificate_pem_, WritePem(certificate));
  return authority;
}

Result<Authority> Authority::Load(std::string certificate_pem, std::string private_key_pem) {
  GNOMON_ASSIGN_OR_RETURN(const Signer signer, OpenSigner(certificate_pem, private_key_pem));
  if (X509_check_ca(signer.certificate.get()) != 1) {
    return InvalidArgument("the certificate is not an authority's");
  }
  if (X509_check_private_key(signer.certificate.get(), signer.key.get()) != 1) {
    ERR_clear_error();
    return InvalidArgument("the authority's key does not belong to its certificate");
  }
  Authority authority;
  authority.certificate_pem_ = std::move(certificate_pem);
  authority.private_key_pem_ = std::move(private_key_pem);
  return authority;
}

Result<std::string> Authority::IssueServer(const std::string& private_key_pem,
                                           const std::vector<std::string>& names, TimeUs now,
                                           int days) const {
  if (names.empty()) return InvalidArgument("a server certificate needs a name or an address");
  GNOMON_ASSIGN_OR_RETURN(const Signer signer, OpenSigner(certificate_pem_, private_key_pem_));
  GNOMON_ASSIGN_OR_RETURN(const Key key, ReadPrivateKey(private_key_pem));
  GNOMON_ASSIGN_OR_RETURN(const Certificate certificate,
                          Begin(key.get(), now, days * kDayUs, signer.not_after));
  // Names are checked in the extension only; the subject is for people.
  GNOMON_RETURN_IF_ERROR(SetSubject(certificate.get(), kServerOrganisation, "", "collector"));
  GNOMON_RETURN_IF_ERROR(AddServerNames(certificate.get(), names));
  return Finish(signer, certificate.get(), "serverAuth");
}

Status CheckCertificateRequest(std::string_view request_der) {
  return ParseRequest(request_der).status();
}

Result<std::string> Authority::IssueClient(std::string_view request_der, const Identity& identity,
                                           TimeUs now, int days) const {
  return IssueClientFor(request_der, identity, now, days * kDayUs);
}

Result<std::string> Authority::IssueClientFor(std::string_view request_der,
                                              const Identity& identity, TimeUs now,
                                              TimeUs life) const {
  GNOMON_RETURN_IF_ERROR(CheckIdentity(identity));
  GNOMON_ASSIGN_OR_RETURN(const CertificateRequest request, ParseRequest(request_der));
  EVP_PKEY* key = X509_REQ_get0_pubkey(request.get());
  GNOMON_ASSIGN_OR_RETURN(const Signer signer, OpenSigner(certificate_pem_, private_key_pem_));
  GNOMON_ASSIGN_OR_RETURN(const Certificate certificate, Begin(key, now, life, signer.not_after));
  const std::string_view organisation =
      identity.kind == Identity::Kind::kDevice ? kDeviceOrganisation : kOperatorOrganisation;
  GNOMON_RETURN_IF_ERROR(
      SetSubject(certificate.get(), organisation, identity.scope, identity.name));
  return Finish(signer, certificate.get(), "clientAuth");
}

}  // namespace gnomon::pki
