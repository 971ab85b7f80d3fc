// Keys and certificate requests: what a device or server makes for itself.
#include <openssl/err.h>
#include <openssl/pem.h>

#include "pki/authority.h"
#include "pki/openssl.h"

namespace gnomon::pki {

Result<std::string> MakePrivateKey() {
  Key key(EVP_EC_gen("P-256"));
  if (!key) return OpensslError("making a key");
  Bio bio(BIO_new(BIO_s_mem()));
  if (!bio || PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                            nullptr) != 1) {
    return OpensslError("writing a key");
  }
  return ToText(bio.get());
}

Result<std::string> MakeCertificateRequest(const std::string& private_key_pem) {
  GNOMON_ASSIGN_OR_RETURN(const Key key, ReadPrivateKey(private_key_pem));
  CertificateRequest request(X509_REQ_new());
  if (!request || X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) != 1 ||
      X509_REQ_set_pubkey(request.get(), key.get()) != 1 ||
      X509_REQ_sign(request.get(), key.get(), EVP_sha256()) <= 0) {
    return OpensslError("making a certificate request");
  }
  unsigned char* der = nullptr;
  const int size = i2d_X509_REQ(request.get(), &der);
  if (size <= 0) return OpensslError("writing a certificate request");
  std::string text(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return text;
}

Status CheckKeyPair(const std::string& certificate_pem, const std::string& private_key_pem) {
  GNOMON_ASSIGN_OR_RETURN(const Certificate certificate, ReadCertificate(certificate_pem));
  GNOMON_ASSIGN_OR_RETURN(const Key key, ReadPrivateKey(private_key_pem));
  if (X509_check_private_key(certificate.get(), key.get()) == 1) return Status::Ok();
  ERR_clear_error();
  return InvalidArgument("the private key does not belong to the certificate");
}

}  // namespace gnomon::pki
