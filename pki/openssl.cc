#include "pki/openssl.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/sha.h>

#include "base/random.h"

namespace gnomon::pki {
namespace {

// Without a callback OpenSSL would ask for a pass phrase on the terminal.
int NoPassPhrase(char*, int, int, void*) {
  return -1;
}

Bio ReadFrom(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

}  // namespace

Status OpensslError(std::string_view what) {
  const unsigned long error = ERR_peek_last_error();
  const char* reason = error == 0 ? nullptr : ERR_reason_error_string(error);
  ERR_clear_error();
  return Internal(std::string(what) + ": " + (reason == nullptr ? "OpenSSL refused" : reason));
}

Result<Certificate> ReadCertificate(const std::string& pem) {
  Bio bio = ReadFrom(pem);
  Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, NoPassPhrase, nullptr));
  ERR_clear_error();
  if (!certificate) return InvalidArgument("not a PEM certificate");
  return certificate;
}

Result<Key> ReadPrivateKey(const std::string& pem) {
  Bio bio = ReadFrom(pem);
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassPhrase, nullptr));
  ERR_clear_error();
  if (!key) return InvalidArgument("not a PEM private key without a pass phrase");
  return key;
}

std::string ToText(BIO* memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  return size <= 0 ? std::string() : std::string(data, static_cast<size_t>(size));
}

Result<std::string> WritePem(X509* certificate) {
  Bio bio(BIO_new(BIO_s_mem()));
  if (!bio || PEM_write_bio_X509(bio.get(), certificate) != 1) {
    return OpensslError("writing a certificate");
  }
  return ToText(bio.get());
}

std::string FingerprintOf(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  if (size <= 0) return {};
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(der, static_cast<size_t>(size), digest);
  OPENSSL_free(der);
  return ToHex(digest);
}

}  // namespace gnomon::pki
