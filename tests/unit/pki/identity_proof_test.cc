#include "pki/identity_proof.h"

#include <gtest/gtest.h>

namespace gnomon::pki {
namespace {

constexpr TimeUs kNow = 1'795'000'000 * kSecondUs;
constexpr TimeUs kDay = 86'400 * kSecondUs;

struct Holder {
  explicit Holder(const Authority& authority, Identity::Kind kind = Identity::Kind::kDevice)
      : key(MakePrivateKey().value()),
        identity{kind, kind == Identity::Kind::kDevice ? std::string(32, 'a') : "admin",
                 kind == Identity::Kind::kDevice ? "finance" : "administrator"},
        certificate(
            authority.IssueClientFor(MakeCertificateRequest(key).value(), identity, kNow, 14 * kDay)
                .value()) {}
  std::string key;
  Identity identity;
  std::string certificate;
};

class IdentityProof : public testing::Test {
 protected:
  Result<Identity> Check(const std::string& certificate, const std::string& request,
                         const std::string& signature, TimeUs now = kNow) {
    return CheckProof(authority_, certificate, request, signature, now, 60 * kDay);
  }
  Authority authority_ = Authority::Create("test", kNow, 3650).value();
  Holder holder_{authority_};
  std::string request_ = MakeCertificateRequest(MakePrivateKey().value()).value();
  std::string signature_ = ProveIdentity(holder_.key, request_).value();
};

TEST_F(IdentityProof, TheHolderOfTheKeyIsWhoTheCertificateSaysAlsoForAWhileAfterItsEnd) {
  for (const TimeUs now : {kNow, kNow + 14 * kDay + 1, kNow + 74 * kDay - 1}) {
    const auto identity = Check(holder_.certificate, request_, signature_, now);
    ASSERT_TRUE(identity.ok()) << identity.status().message();
    EXPECT_EQ(*identity, holder_.identity);
  }
  EXPECT_EQ(Check(holder_.certificate, request_, signature_, kNow + 74 * kDay).status().code(),
            StatusCode::kUnauthenticated);
  EXPECT_FALSE(Check(holder_.certificate, request_, signature_, kNow - kDay).ok()) << "not yet";
}

TEST_F(IdentityProof, AnotherKeyRequestOrAuthorityProvesNothing) {
  const Holder other(authority_);
  EXPECT_FALSE(Check(other.certificate, request_, signature_).ok());
  const std::string another = MakeCertificateRequest(MakePrivateKey().value()).value();
  EXPECT_FALSE(Check(holder_.certificate, another, signature_).ok()) << "a replay for another key";
  const Authority stranger = Authority::Create("test", kNow, 3650).value();
  const Holder foreign(stranger);
  EXPECT_FALSE(
      Check(foreign.certificate, request_, ProveIdentity(foreign.key, request_).value()).ok());
}

TEST_F(IdentityProof, AServersCertificateIsNobodys) {
  const std::string key = MakePrivateKey().value();
  const std::string server = authority_.IssueServer(key, {"localhost"}, kNow, 10).value();
  EXPECT_FALSE(Check(server, request_, ProveIdentity(key, request_).value()).ok());
  EXPECT_FALSE(Check(authority_.certificate_pem(), request_,
                     ProveIdentity(authority_.private_key_pem(), request_).value())
                   .ok());
}

TEST_F(IdentityProof, RubbishAndEveryFlippedBitAreRefused) {
  for (const std::string& bad : {std::string(), std::string("x"), std::string(20'000, 'x')}) {
    EXPECT_FALSE(Check(bad, request_, signature_).ok());
    EXPECT_FALSE(Check(holder_.certificate, request_, bad).ok());
  }
  for (size_t i = 0; i < signature_.size(); ++i) {
    std::string flipped = signature_;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    EXPECT_FALSE(Check(holder_.certificate, request_, flipped).ok()) << i;
  }
}

}  // namespace
}  // namespace gnomon::pki
