#include "collector/access/operators.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "collector/access/callers.h"
#include "pki/operator_token.h"
#include "tests/unit/collector/store/store_conformance.h"

namespace gnomon::access {
namespace {

constexpr TimeUs kNow = 1'795'000'000 * kSecondUs;
constexpr char kPeer[] = "ipv4:192.0.2.7:5123";

class OperatorsTest : public testing::Test {
 protected:
  std::string Make(const std::string& name, const std::string& role, uint64_t seconds = 7200) {
    v1::CreateOperatorRequest request;
    request.set_name(name);
    request.set_role(role);
    request.set_lifetime_seconds(seconds);
    const auto made = operators_->Create(request, clock_.Now());
    EXPECT_TRUE(made.ok()) << made.status().message();
    return made.ok() ? made->token() : "";
  }
  std::filesystem::path file() const { return folder_.path() / "operators.db"; }

  store::TemporaryFolder folder_;
  ManualClock clock_{kNow};
  std::unique_ptr<Operators> operators_ = Operators::Open(file()).value();
  Callers callers_{*operators_, {operators_.get()}, clock_};
  const Status none_ = Unauthenticated("no certificate");
};

TEST_F(OperatorsTest, ATokenIsItsOperatorUntilItsEnd) {
  const std::string token = Make("Ada L.", "analyst");
  operators_ = Operators::Open(file()).value();
  const auto identity = operators_->Verify(token, kNow + 7200 * kSecondUs - 1);
  ASSERT_TRUE(identity.ok()) << identity.status().message();
  EXPECT_EQ(*identity, (pki::Identity{pki::Identity::Kind::kOperator, "Ada L.", "analyst"}));
  const Status ended = operators_->Verify(token, kNow + 7200 * kSecondUs).status();
  EXPECT_EQ(ended.code(), StatusCode::kUnauthenticated);
  EXPECT_NE(ended.message().find("has ended"), std::string::npos);
}

TEST_F(OperatorsTest, ARevokedTokenIsUnknownAndSoIsAnyWrongOne) {
  const std::string token = Make("Ada", "analyst");
  ASSERT_TRUE(operators_->Revoke(token.substr(5, 8)).ok());
  const Status revoked = operators_->Verify(token, kNow).status();
  std::string wrong = Make("Bob", "it");
  wrong.back() = wrong.back() == '0' ? '1' : '0';
  for (const std::string& bad : {wrong, std::string("gno1-"), wrong + "0", std::string(82, '-')}) {
    EXPECT_EQ(operators_->Verify(bad, kNow).status().message(), revoked.message());
  }
  EXPECT_EQ(operators_->Revoke("ffffffff").status().code(), StatusCode::kNotFound);
}

TEST_F(OperatorsTest, TheSecretIsNowhereInTheFile) {
  const std::string token = Make("Ada", "analyst");
  std::string bytes;
  for (const char* suffix : {"", "-wal"}) bytes += ReadFile(file().string() + suffix).value();
  EXPECT_EQ(bytes.find(token.substr(14)), std::string::npos);
  EXPECT_NE(bytes.find("Ada"), std::string::npos) << "the test looks at the wrong file";
}

TEST_F(OperatorsTest, WhatIsNoNameRoleOrLifeIsRefused) {
  for (const auto& [name, role, seconds] :
       {std::tuple("", "it", 7200), std::tuple("a\nb", "it", 7200), std::tuple("a", "root", 7200),
        std::tuple("a", "it", 3599), std::tuple("a", "it", 366 * 86'400 + 1)}) {
    v1::CreateOperatorRequest request;
    request.set_name(name);
    request.set_role(role);
    request.set_lifetime_seconds(static_cast<uint64_t>(seconds));
    EXPECT_EQ(operators_->Create(request, kNow).status().code(), StatusCode::kInvalidArgument);
  }
}

TEST_F(OperatorsTest, EndedTokensAreListedForAMonth) {
  Make("Ada", "analyst");
  const TimeUs end = kNow + (7200 + 30 * 86'400) * kSecondUs;
  ASSERT_TRUE(operators_->Expire(end - 1).ok());
  EXPECT_EQ(operators_->List()->size(), 1u);
  ASSERT_TRUE(operators_->Expire(end).ok());
  EXPECT_TRUE(operators_->List()->empty());
}

TEST_F(OperatorsTest, AnOperatorsCertificateIsGoodUntilItIsRevoked) {
  const pki::Identity admin{pki::Identity::Kind::kOperator, "admin", "administrator"};
  EXPECT_TRUE(callers_.Identify(admin, "", kPeer).ok());
  ASSERT_TRUE(operators_->RevokeCertificates("admin").ok());
  EXPECT_EQ(callers_.Identify(admin, "", kPeer).status().code(), StatusCode::kUnauthenticated);
  const pki::Identity device{pki::Identity::Kind::kDevice, std::string(32, 'a'), "finance"};
  EXPECT_EQ(*callers_.Identify(device, "Bearer " + Make("Ada", "it"), kPeer), device)
      << "a laptop's certificate makes no operator, whatever else it shows";
}

TEST_F(OperatorsTest, GuessingIsCutOffByAddressAndTheRightTokenElsewhereIsNot) {
  const std::string token = Make("Ada", "analyst");
  const auto with = [&](const std::string& credential, const char* peer) {
    return callers_.Identify(none_, credential, peer).status().code();
  };
  EXPECT_EQ(with("Bearer " + token, kPeer), StatusCode::kOk);
  EXPECT_EQ(with("", kPeer), StatusCode::kUnauthenticated);
  int looked_at = 0;
  for (int i = 0; i < 1000; ++i) {
    looked_at +=
        with("Bearer gno1-guess" + std::to_string(i), kPeer) == StatusCode::kUnauthenticated;
  }
  EXPECT_EQ(looked_at, kFailedAttempts.burst);
  EXPECT_EQ(with("Bearer " + token, kPeer), StatusCode::kResourceExhausted);
  EXPECT_EQ(with("Bearer " + token, "ipv4:192.0.2.8:1"), StatusCode::kOk);
  clock_.Advance(10 * kSecondUs);
  EXPECT_EQ(with("Bearer " + token, kPeer), StatusCode::kOk);
  for (const char* odd : {"Basic abc", "bearer x", "Bearer ", "Bearer eyJhbGciOi"}) {
    EXPECT_NE(with(odd, "ipv4:192.0.2.9:1"), StatusCode::kOk) << odd;
  }
}

// A verifier of another kind, as single sign-on would be one.
class SignOn : public BearerVerifier {
 public:
  explicit SignOn(pki::Identity identity) : identity_(std::move(identity)) {}
  bool Recognises(std::string_view credential) const override {
    return credential.starts_with("eyJ");
  }
  Result<pki::Identity> Verify(std::string_view, TimeUs) override { return identity_; }

 private:
  const pki::Identity identity_;
};

TEST_F(OperatorsTest, AnotherVerifierMayVouchForPeopleAndNotForLaptops) {
  SignOn people({pki::Identity::Kind::kOperator, "ada@example.com", "analyst"});
  Callers with_people(*operators_, {operators_.get(), &people}, clock_);
  EXPECT_EQ(with_people.Identify(none_, "Bearer eyJx", kPeer)->name, "ada@example.com");
  EXPECT_TRUE(with_people.Identify(none_, "Bearer " + Make("Bob", "it"), kPeer).ok());
  SignOn laptops({pki::Identity::Kind::kDevice, std::string(32, 'a'), "finance"});
  Callers with_laptops(*operators_, {&laptops}, clock_);
  EXPECT_FALSE(with_laptops.Identify(none_, "Bearer eyJx", kPeer).ok());
}

}  // namespace
}  // namespace gnomon::access
