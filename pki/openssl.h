// RAII faces of the OpenSSL types that pki uses, and its errors as Status. Internal to this folder.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"

namespace gnomon::pki {

template <auto kFree>
struct OpensslDeleter {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
inline void FreeCertificateStack(STACK_OF(X509) * stack) {
  sk_X509_free(stack);
}

using Bio = std::unique_ptr<BIO, OpensslDeleter<BIO_free_all>>;
using BigNumber = std::unique_ptr<BIGNUM, OpensslDeleter<BN_free>>;
using Key = std::unique_ptr<EVP_PKEY, OpensslDeleter<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, OpensslDeleter<X509_free>>;
using CertificateRequest = std::unique_ptr<X509_REQ, OpensslDeleter<X509_REQ_free>>;
using CertificateStack = std::unique_ptr<STACK_OF(X509), OpensslDeleter<FreeCertificateStack>>;
using CertificateStore = std::unique_ptr<X509_STORE, OpensslDeleter<X509_STORE_free>>;
using Verification = std::unique_ptr<X509_STORE_CTX, OpensslDeleter<X509_STORE_CTX_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, OpensslDeleter<X509_EXTENSION_free>>;
using AlternativeNames = std::unique_ptr<GENERAL_NAMES, OpensslDeleter<GENERAL_NAMES_free>>;
using Asn1Time = std::unique_ptr<ASN1_TIME, OpensslDeleter<ASN1_TIME_free>>;
using TlsContext = std::unique_ptr<SSL_CTX, OpensslDeleter<SSL_CTX_free>>;
using Tls = std::unique_ptr<SSL, OpensslDeleter<SSL_free>>;

// kInternal: "what: OpenSSL's newest reason". Empties the thread's error queue.
Status OpensslError(std::string_view what);

// The first PEM object of its kind in `pem`. kInvalidArgument where there is none.
Result<Certificate> ReadCertificate(const std::string& pem);
Result<Key> ReadPrivateKey(const std::string& pem);  // one with a pass phrase is refused
std::string ToText(BIO* memory);
Result<std::string> WritePem(X509* certificate);
std::string FingerprintOf(X509* certificate);

}  // namespace gnomon::pki
