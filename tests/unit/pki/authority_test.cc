#include "pki/authority.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "pki/identity.h"
#include "pki/openssl.h"

namespace gnomon::pki {
namespace {

using ::testing::HasSubstr;

constexpr TimeUs kNow = 1'700'000'000 * kSecondUs;
constexpr TimeUs kDayUs = 86400 * kSecondUs;
const std::string kDeviceName = "00112233445566778899aabbccddeeff";

Authority MakeAuthority(int days = 3650) {
  return Authority::Create("Gnomon test", kNow, days).value();
}

std::string Request(const std::string& key) {
  return MakeCertificateRequest(key).value();
}

std::string ExtensionText(X509* certificate, int nid) {
  const int at = X509_get_ext_by_NID(certificate, nid, -1);
  if (at < 0) return "";
  const Bio bio(BIO_new(BIO_s_mem()));
  X509V3_EXT_print(bio.get(), X509_get_ext(certificate, at), 0, 0);
  return ToText(bio.get());
}

bool IsCritical(X509* certificate, int nid) {
  const int at = X509_get_ext_by_NID(certificate, nid, -1);
  return at >= 0 && X509_EXTENSION_get_critical(X509_get_ext(certificate, at)) == 1;
}

int Verify(const std::string& leaf_pem, const std::string& authority_pem, const char* purpose,
           TimeUs when) {
  const Certificate leaf = ReadCertificate(leaf_pem).value();
  const Certificate authority = ReadCertificate(authority_pem).value();
  const CertificateStore store(X509_STORE_new());
  X509_STORE_add_cert(store.get(), authority.get());
  const Verification verification(X509_STORE_CTX_new());
  X509_STORE_CTX_init(verification.get(), store.get(), leaf.get(), nullptr);
  X509_STORE_CTX_set_default(verification.get(), purpose);
  X509_STORE_CTX_set_time(verification.get(), 0, when / kSecondUs);
  X509_STORE_CTX_set_flags(verification.get(), X509_V_FLAG_X509_STRICT);
  X509_verify_cert(verification.get());
  return X509_STORE_CTX_get_error(verification.get());
}

TEST(Authority, CertificateHasTheProfileOfARoot) {
  const Certificate certificate = ReadCertificate(MakeAuthority().certificate_pem()).value();
  EXPECT_EQ(X509_get_version(certificate.get()), X509_VERSION_3);
  EXPECT_EQ(ExtensionText(certificate.get(), NID_basic_constraints), "CA:TRUE, pathlen:0");
  EXPECT_TRUE(IsCritical(certificate.get(), NID_basic_constraints));
  EXPECT_EQ(ExtensionText(certificate.get(), NID_key_usage), "Certificate Sign, CRL Sign");
  EXPECT_TRUE(IsCritical(certificate.get(), NID_key_usage));
  EXPECT_EQ(X509_self_signed(certificate.get(), 1), 1);
}

TEST(Authority, ServerCertificateVerifiesForServersOnly) {
  const Authority authority = MakeAuthority();
  const std::string key = MakePrivateKey().value();
  const std::string pem =
      authority.IssueServer(key, {"localhost", "127.0.0.1", "::1"}, kNow, 90).value();
  EXPECT_EQ(Verify(pem, authority.certificate_pem(), "ssl_server", kNow), X509_V_OK);
  EXPECT_EQ(Verify(pem, authority.certificate_pem(), "ssl_client", kNow),
            X509_V_ERR_INVALID_PURPOSE);
  const Certificate certificate = ReadCertificate(pem).value();
  EXPECT_EQ(ExtensionText(certificate.get(), NID_subject_alt_name),
            "DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1");
  EXPECT_EQ(ExtensionText(certificate.get(), NID_basic_constraints), "CA:FALSE");
  EXPECT_EQ(ExtensionText(certificate.get(), NID_ext_key_usage), "TLS Web Server Authentication");
  EXPECT_FALSE(ReadIdentity(pem).ok());
}

TEST(Authority, ClientCertificateVerifiesForClientsOnlyAndNamesItsHolder) {
  const Authority authority = MakeAuthority();
  const Identity device{Identity::Kind::kDevice, kDeviceName, "finance"};
  const std::string pem =
      authority.IssueClient(Request(MakePrivateKey().value()), device, kNow, 90).value();
  EXPECT_EQ(Verify(pem, authority.certificate_pem(), "ssl_client", kNow), X509_V_OK);
  EXPECT_EQ(Verify(pem, authority.certificate_pem(), "ssl_server", kNow),
            X509_V_ERR_INVALID_PURPOSE);
  EXPECT_EQ(ReadIdentity(pem).value(), device);
}

TEST(Authority, OperatorNamesMayBeAnyPrintableText) {
  const Authority authority = MakeAuthority();
  const Identity person{Identity::Kind::kOperator, "Zoë, O=gnomon device", "analyst"};
  const std::string pem =
      authority.IssueClient(Request(MakePrivateKey().value()), person, kNow, 90).value();
  EXPECT_EQ(ReadIdentity(pem).value(), person);
}

TEST(Authority, CertificatesAreValidFromFiveMinutesBeforeToTheirLastDay) {
  const Authority authority = MakeAuthority();
  const std::string pem =
      authority.IssueServer(MakePrivateKey().value(), {"localhost"}, kNow, 90).value();
  const auto at = [&](TimeUs when) {
    return Verify(pem, authority.certificate_pem(), "ssl_server", when);
  };
  EXPECT_EQ(at(kNow - 299 * kSecondUs), X509_V_OK);
  EXPECT_EQ(at(kNow - 301 * kSecondUs), X509_V_ERR_CERT_NOT_YET_VALID);
  EXPECT_EQ(at(kNow + 90 * kDayUs - kSecondUs), X509_V_OK);
  EXPECT_EQ(at(kNow + 90 * kDayUs + kSecondUs), X509_V_ERR_CERT_HAS_EXPIRED);
  EXPECT_EQ(NotAfter(pem).value(), kNow + 90 * kDayUs);
}

TEST(Authority, NoLeafOutlivesItsAuthority) {
  const Authority authority = MakeAuthority(10);
  const std::string pem =
      authority.IssueServer(MakePrivateKey().value(), {"localhost"}, kNow, 90).value();
  EXPECT_EQ(NotAfter(pem).value(), kNow + 10 * kDayUs);
  const auto late =
      authority.IssueServer(MakePrivateKey().value(), {"localhost"}, kNow + 11 * kDayUs, 90);
  EXPECT_EQ(late.status().code(), StatusCode::kFailedPrecondition);
}

TEST(Authority, SerialsAreLongAndNeverTheSame) {
  const Authority authority = MakeAuthority();
  const std::string key = MakePrivateKey().value();
  std::set<std::string> serials;
  int longest = 0;
  for (int i = 0; i < 50; ++i) {
    const Certificate certificate =
        ReadCertificate(authority.IssueServer(key, {"localhost"}, kNow, 1).value()).value();
    const BigNumber number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate.get()), nullptr));
    EXPECT_FALSE(BN_is_negative(number.get()));
    longest = std::max(longest, BN_num_bits(number.get()));
    char* text = BN_bn2hex(number.get());
    serials.insert(text);
    OPENSSL_free(text);
  }
  EXPECT_EQ(serials.size(), 50u);
  EXPECT_GT(longest, 120);
}

TEST(Authority, AnotherAuthoritysCertificateDoesNotVerify) {
  const Authority ours = MakeAuthority();
  const Authority theirs = MakeAuthority();
  const std::string pem =
      theirs.IssueServer(MakePrivateKey().value(), {"localhost"}, kNow, 90).value();
  EXPECT_NE(Verify(pem, ours.certificate_pem(), "ssl_server", kNow), X509_V_OK);
}

TEST(Authority, LoadTakesBackWhatCreateMade) {
  const Authority made = MakeAuthority();
  const auto loaded = Authority::Load(made.certificate_pem(), made.private_key_pem());
  ASSERT_TRUE(loaded.ok()) << loaded.status().message();
  const std::string pem =
      loaded->IssueServer(MakePrivateKey().value(), {"localhost"}, kNow, 90).value();
  EXPECT_EQ(Verify(pem, made.certificate_pem(), "ssl_server", kNow), X509_V_OK);
}

TEST(Authority, LoadRefusesAForeignKeyALeafAndRubbish) {
  const Authority made = MakeAuthority();
  const std::string key = MakePrivateKey().value();
  const std::string leaf = made.IssueServer(key, {"localhost"}, kNow, 90).value();
  EXPECT_EQ(Authority::Load(made.certificate_pem(), key).status().code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(Authority::Load(leaf, key).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(Authority::Load("rubbish", key).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(Authority::Load(made.certificate_pem(), "").status().code(),
            StatusCode::kInvalidArgument);
}

TEST(Authority, ServerNamesThatAreNoNamesAreRefused) {
  const Authority authority = MakeAuthority();
  const std::string key = MakePrivateKey().value();
  for (const char* name : {"", "a b", "a,DNS:b", "*.example.org", "-x", ".x", "a/b"}) {
    EXPECT_EQ(authority.IssueServer(key, {name}, kNow, 90).status().code(),
              StatusCode::kInvalidArgument)
        << name;
  }
  EXPECT_FALSE(authority.IssueServer(key, {}, kNow, 90).ok());
}

TEST(CheckKeyPair, TakesAKeyWithItsOwnCertificateOnly) {
  const Authority authority = MakeAuthority();
  const std::string key = MakePrivateKey().value();
  const std::string pem = authority.IssueServer(key, {"localhost"}, kNow, 90).value();
  EXPECT_TRUE(CheckKeyPair(pem, key).ok());
  EXPECT_FALSE(CheckKeyPair(pem, MakePrivateKey().value()).ok());
  EXPECT_FALSE(CheckKeyPair(pem, "rubbish").ok());
  EXPECT_FALSE(CheckKeyPair("rubbish", key).ok());
}

TEST(IssueClient, RefusesARequestThatWasChangedOnItsWay) {
  const Authority authority = MakeAuthority();
  const Identity device{Identity::Kind::kDevice, kDeviceName, "finance"};
  const std::string good = Request(MakePrivateKey().value());
  ASSERT_TRUE(authority.IssueClient(good, device, kNow, 90).ok());
  int accepted = 0;
  for (size_t at = 0; at < good.size(); ++at) {
    std::string changed = good;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    if (authority.IssueClient(changed, device, kNow, 90).ok()) ++accepted;
  }
  EXPECT_EQ(accepted, 0);
}

TEST(IssueClient, RefusesATruncatedEmptyOrOverlongRequest) {
  const Authority authority = MakeAuthority();
  const Identity device{Identity::Kind::kDevice, kDeviceName, "finance"};
  const std::string good = Request(MakePrivateKey().value());
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(authority.IssueClient(good.substr(0, size), device, kNow, 90).ok()) << size;
  }
  EXPECT_FALSE(authority.IssueClient(good + "x", device, kNow, 90).ok());
  EXPECT_FALSE(authority.IssueClient(std::string(1 << 20, 'x'), device, kNow, 90).ok());
}

TEST(IssueClient, RefusesAKeyThatIsNotOnP256) {
  const Key rsa(EVP_RSA_gen(2048));
  const CertificateRequest request(X509_REQ_new());
  X509_REQ_set_pubkey(request.get(), rsa.get());
  X509_REQ_sign(request.get(), rsa.get(), EVP_sha256());
  unsigned char* der = nullptr;
  const int size = i2d_X509_REQ(request.get(), &der);
  const std::string text(reinterpret_cast<char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  const Identity device{Identity::Kind::kDevice, kDeviceName, "finance"};
  EXPECT_THAT(MakeAuthority().IssueClient(text, device, kNow, 90).status().message(),
              HasSubstr("P-256"));
}

TEST(IssueClient, RefusesIdentitiesOutOfShape) {
  const Authority authority = MakeAuthority();
  const std::string request = Request(MakePrivateKey().value());
  using Kind = Identity::Kind;
  const Identity wrong[] = {
      {Kind::kDevice, "laptop-7", "finance"}, {Kind::kDevice, kDeviceName, "Finance & Co"},
      {Kind::kDevice, kDeviceName, ""},       {Kind::kDevice, kDeviceName, std::string(65, 'a')},
      {Kind::kOperator, "", "analyst"},       {Kind::kOperator, "a\nb", "analyst"},
      {Kind::kOperator, "Ann", "root"},
  };
  for (const Identity& identity : wrong) {
    EXPECT_EQ(authority.IssueClient(request, identity, kNow, 90).status().code(),
              StatusCode::kInvalidArgument)
        << identity.name << "/" << identity.scope;
  }
}

// A certificate with `parts` as its subject, signed by nobody: ReadIdentity looks at the shape
// only.
std::string WithSubject(const std::vector<std::pair<int, std::string>>& parts, int set = 0) {
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate(X509_new());
  for (const auto& [nid, text] : parts) {
    X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate.get()), nid, MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(text.data()),
                               static_cast<int>(text.size()), -1, set);
  }
  X509_set_pubkey(certificate.get(), key.get());
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 60);
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  return WritePem(certificate.get()).value();
}

TEST(ReadIdentity, TakesOnlyOrganisationUnitAndNameInThisOrder) {
  const int o = NID_organizationName, ou = NID_organizationalUnitName, cn = NID_commonName;
  EXPECT_TRUE(
      ReadIdentity(WithSubject({{o, "gnomon device"}, {ou, "legal"}, {cn, kDeviceName}})).ok());
  const std::vector<std::pair<int, std::string>> wrong[] = {
      {},
      {{cn, kDeviceName}},
      {{o, "gnomon device"}, {cn, kDeviceName}},
      {{ou, "legal"}, {o, "gnomon device"}, {cn, kDeviceName}},
      {{o, "gnomon device"}, {ou, "legal"}, {cn, kDeviceName}, {cn, kDeviceName}},
      {{o, "gnomon device"}, {ou, "legal"}, {ou, "finance"}, {cn, kDeviceName}},
      {{o, "Gnomon Device"}, {ou, "legal"}, {cn, kDeviceName}},
      {{o, "gnomon device"}, {ou, "legal"}, {cn, "00112233445566778899AABBCCDDEEFF"}},
      {{o, "gnomon operator"}, {ou, "owner"}, {cn, "Ann"}},
  };
  for (const auto& parts : wrong) {
    EXPECT_EQ(ReadIdentity(WithSubject(parts)).status().code(), StatusCode::kUnauthenticated);
  }
}

TEST(ReadIdentity, RefusesSeveralValuesInOneRdn) {
  const std::string pem = WithSubject({{NID_organizationName, "gnomon device"},
                                       {NID_organizationalUnitName, "legal"},
                                       {NID_commonName, kDeviceName}},
                                      /*set=*/-1);
  EXPECT_FALSE(ReadIdentity(pem).ok());
}

TEST(Fingerprint, IsOfTheKeyAndNotOfTheCertificate) {
  const Authority authority = MakeAuthority();
  const std::string key = MakePrivateKey().value();
  const std::string first = authority.IssueServer(key, {"a.example"}, kNow, 1).value();
  const std::string second = authority.IssueServer(key, {"b.example"}, kNow, 1).value();
  EXPECT_EQ(Fingerprint(first).value(), Fingerprint(second).value());
  EXPECT_NE(Fingerprint(first).value(), Fingerprint(authority.certificate_pem()).value());
  EXPECT_EQ(Fingerprint(first)->size(), 64u);
  EXPECT_FALSE(Fingerprint("no certificate").ok());
}

// SPKI of the certificate below hashed by `openssl x509 -pubkey -noout | openssl pkey -pubin
// -outform der | sha256sum`, so that the value does not come from this code.
TEST(Fingerprint, AgreesWithOpensslsCommandLine) {
  const std::string pem = R"(-----BEGIN CERTIFICATE-----
MIIBeDCCAR+gAwIBAgIUGIaZx9/mRG2ArKS+Y5TU4DBq9G0wCgYIKoZIzj0EAwIw
EjEQMA4GA1UEAwwHZml4dHVyZTAeFw0yNjExMjMxMjM4NDhaFw0zNjExMjAxMjM4
NDhaMBIxEDAOBgNVBAMMB2ZpeHR1cmUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AAQWjaq622TH6H/15+BCpreLy+VBv0sijb1xcn8lWndTkD+TZ/rYkU2gW+jkl7ve
IZupH8v8MMTm4Dbdjb7WbZtso1MwUTAdBgNVHQ4EFgQU17vEv0noGzn4+mRNpmZS
1RAyf2MwHwYDVR0jBBgwFoAU17vEv0noGzn4+mRNpmZS1RAyf2MwDwYDVR0TAQH/
BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiBfnHBO4AqDuO/fatlCqi5COMkRpykN
54URKjh3TKaTIQIgdIYEdmGio2WjMRB/obmyq9TdACal2YoNKDko9dj1aIc=
-----END CERTIFICATE-----
)";
  EXPECT_EQ(Fingerprint(pem).value(),
            "c4b1231c9431782b91dbc1123171012d0662e1de3713e74f31fdf6686bf714d1");
}

}  // namespace
}  // namespace gnomon::pki
