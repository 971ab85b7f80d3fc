#include "pki/identity_proof.h"

#include <openssl/err.h>

#include "pki/openssl.h"

namespace gnomon::pki {
namespace {

// A request begins with a DER SEQUENCE and TLS signs 64 spaces first: no signature of one kind is
// one of another.
constexpr std::string_view kPrefix = "gnomon identity proof 1\n";
constexpr size_t kLongestCertificate = 8 * 1024;
constexpr size_t kLongestSignature = 128;  // ECDSA on P-256 in DER has at most 72 bytes

using DigestContext = std::unique_ptr<EVP_MD_CTX, OpensslDeleter<EVP_MD_CTX_free>>;

std::string Signed(std::string_view request_der) {
  return std::string(kPrefix) + std::string(request_der);
}

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

bool IssuedBy(X509* issuer, X509* certificate) {
  EVP_PKEY* key = X509_get0_pubkey(issuer);
  return key != nullptr && X509_check_issued(issuer, certificate) == X509_V_OK &&
         X509_verify(certificate, key) == 1 &&
         (X509_get_extended_key_usage(certificate) & XKU_SSL_CLIENT) != 0 &&
         X509_get_extended_key_usage(certificate) != UINT32_MAX;
}

}  // namespace

Result<std::string> ProveIdentity(const std::string& private_key_pem,
                                  std::string_view request_der) {
  GNOMON_ASSIGN_OR_RETURN(const Key key, ReadPrivateKey(private_key_pem));
  const std::string text = Signed(request_der);
  const DigestContext context(EVP_MD_CTX_new());
  size_t size = 0;
  if (!context ||
      EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, Bytes(text), text.size()) != 1) {
    return OpensslError("proving an identity");
  }
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     Bytes(text), text.size()) != 1) {
    return OpensslError("proving an identity");
  }
  signature.resize(size);
  return signature;
}

Result<Identity> CheckProof(const Authority& authority, const std::string& certificate_pem,
                            std::string_view request_der, std::string_view signature, TimeUs now,
                            TimeUs grace) {
  const Status refused = Unauthenticated("the proof of the earlier certificate does not hold");
  if (certificate_pem.size() > kLongestCertificate || signature.empty() ||
      signature.size() > kLongestSignature) {
    return refused;
  }
  GNOMON_ASSIGN_OR_RETURN(const Certificate issuer, ReadCertificate(authority.certificate_pem()));
  const Result<Certificate> certificate = ReadCertificate(certificate_pem);
  if (!certificate.ok() || !IssuedBy(issuer.get(), certificate->get())) {
    ERR_clear_error();
    return refused;
  }
  const Result<Validity> validity = ValidityOf(certificate_pem);
  if (!validity.ok() || validity->begins > now) return refused;
  if (validity->ends + grace <= now) {
    return Unauthenticated("the earlier certificate ended too long ago");
  }
  const std::string text = Signed(request_der);
  const DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY* key = X509_get0_pubkey(certificate->get());
  const bool holds =
      context && key != nullptr &&
      EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
      EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(text),
                       text.size()) == 1;
  ERR_clear_error();
  if (!holds) return refused;
  return ReadIdentity(certificate_pem);
}

}  // namespace gnomon::pki
