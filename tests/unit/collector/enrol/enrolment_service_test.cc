#include "collector/enrol/enrolment_service.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <vector>

#include "base/random.h"
#include "collector/enrol/registry.h"
#include "pki/authority.h"
#include "pki/enrolment_token.h"
#include "pki/identity_proof.h"
#include "wire/tls.h"

namespace gnomon::enrol {
namespace {

constexpr TimeUs kNow = 1'795'428'000 * kSecondUs;

class EnrolmentServiceTest : public testing::Test {
 protected:
  EnrolmentServiceTest()
      : folder_(std::filesystem::path(testing::TempDir()) / ("gnomon-enrol-" + RandomHex(8))),
        clock_(kNow),
        authority_(*pki::Authority::Create("test", kNow, 3650)) {
    std::filesystem::create_directories(folder_);
    registry_ = *Registry::Open(folder_ / "registry.db");
    token_ = pki::EnrolmentToken::Make(*pki::Fingerprint(authority_.certificate_pem()));
    EXPECT_TRUE(
        registry_->AddToken(token_.id, token_.secret, "finance", 1, kNow + kSecondUs).ok());
  }
  ~EnrolmentServiceTest() override { std::filesystem::remove_all(folder_); }

  grpc::StatusCode Enrol(const std::string& request_der) {
    EnrolmentService service(*registry_, authority_, 14 * 86'400 * kSecondUs, clock_);
    v1::EnrolRequest request;
    request.set_token(token_.ToString());
    request.set_certificate_request(request_der);
    return wire::ToGrpc(service.Enrol("ipv4:192.0.2.1:5000", request, response_)).error_code();
  }
  static std::string GoodRequest() {
    return *pki::MakeCertificateRequest(*pki::MakePrivateKey());
  }

  const std::filesystem::path folder_;
  ManualClock clock_;
  pki::Authority authority_;
  std::unique_ptr<Registry> registry_;
  pki::EnrolmentToken token_;
  v1::EnrolResponse response_;
};

TEST_F(EnrolmentServiceTest, ATokenAndARequestGiveACertificateForTheTokensDepartment) {
  ASSERT_EQ(Enrol(GoodRequest()), grpc::StatusCode::OK);
  const Result<pki::Identity> identity = pki::ReadIdentity(response_.certificate());
  ASSERT_TRUE(identity.ok());
  EXPECT_EQ(identity->kind, pki::Identity::Kind::kDevice);
  EXPECT_EQ(identity->scope, "finance");
  EXPECT_EQ(response_.department(), "finance");
}

TEST_F(EnrolmentServiceTest, ARequestThatCannotBeSignedCostsNoUseOfTheToken) {
  std::string forged = GoodRequest();
  forged.back() ^= 1;  // its signature
  for (const std::string& bad : {std::string(), std::string("no request"), forged,
                                 GoodRequest() + "x", std::string(9000, '\0')}) {
    EXPECT_EQ(Enrol(bad), grpc::StatusCode::INVALID_ARGUMENT);
  }
  EXPECT_TRUE(registry_->DevicesByDepartment()->empty());
  EXPECT_EQ(Enrol(GoodRequest()), grpc::StatusCode::OK);
}

TEST_F(EnrolmentServiceTest, AUsedUpTokenIsRefused) {
  ASSERT_EQ(Enrol(GoodRequest()), grpc::StatusCode::OK);
  EXPECT_EQ(Enrol(GoodRequest()), grpc::StatusCode::UNAUTHENTICATED);
}

constexpr TimeUs kDay = 86'400 * kSecondUs;
constexpr TimeUs kLife = 14 * kDay;

// A laptop that has joined, and what it may do with its certificate.
class RenewalTest : public EnrolmentServiceTest {
 protected:
  void SetUp() override { ASSERT_TRUE(Join(nullptr).ok()); }
  // `previous`: proves that it was this laptop before.
  Status Join(const std::string* previous_key) {
    const auto token = pki::EnrolmentToken::Make(*pki::Fingerprint(authority_.certificate_pem()));
    EXPECT_TRUE(registry_->AddToken(token.id, token.secret, departments_.back(), 1,
                                    clock_.Now() + kDay).ok());
    v1::EnrolRequest request;
    request.set_token(token.ToString());
    const std::string key = *pki::MakePrivateKey();
    request.set_certificate_request(*pki::MakeCertificateRequest(key));
    if (previous_key != nullptr) {
      request.mutable_previous()->set_certificate(certificate_);
      request.mutable_previous()->set_signature(
          *pki::ProveIdentity(*previous_key, request.certificate_request()));
    }
    v1::EnrolResponse response;
    const Status status = service_.Enrol(kPeer, request, response);
    if (status.ok()) key_ = key, certificate_ = response.certificate();
    return status;
  }
  Status Renew(const Result<pki::Identity>& shown, bool proof) {
    v1::RenewRequest request;
    request.set_certificate_request(GoodRequest());
    if (proof) {
      request.mutable_previous()->set_certificate(certificate_);
      request.mutable_previous()->set_signature(
          *pki::ProveIdentity(key_, request.certificate_request()));
    }
    return service_.Renew(kPeer, shown, request, response_);
  }
  pki::Identity Me() const { return *pki::ReadIdentity(certificate_); }

  static constexpr char kPeer[] = "ipv4:192.0.2.1:5000";
  const Status nobody_ = Unauthenticated("no certificate");
  EnrolmentService service_{*registry_, authority_, kLife, clock_};
  std::vector<std::string> departments_{"finance"};
  std::string key_, certificate_;
};

TEST_F(RenewalTest, UnderItsCertificateADeviceGetsANewOneForTheSameName) {
  clock_.Advance(9 * kDay);
  ASSERT_TRUE(Renew(Me(), false).ok());
  EXPECT_EQ(*pki::ReadIdentity(response_.certificate()), Me());
  EXPECT_EQ(*pki::NotAfter(response_.certificate()), clock_.Now() + kLife);
  EXPECT_EQ(registry_->DevicesByDepartment()->at("finance"), 1u);
  ASSERT_TRUE(registry_->Expire(kNow + kLife + kReturnDays * kDay).ok());
  EXPECT_TRUE(*registry_->Known(Me().name)) << "the renewal was noted";
}

TEST_F(RenewalTest, AfterItsEndAProofDoesAndNothingElse) {
  clock_.Advance(kLife + 40 * kDay);
  EXPECT_EQ(Renew(nobody_, false).code(), StatusCode::kUnauthenticated);
  ASSERT_TRUE(Renew(nobody_, true).ok());
  EXPECT_EQ(*pki::ReadIdentity(response_.certificate()), Me());
  clock_.Advance(20 * kDay);
  EXPECT_EQ(Renew(nobody_, true).code(), StatusCode::kUnauthenticated) << "of the first one, ended 60 days ago";
}

TEST_F(RenewalTest, ARevokedOrForgottenDeviceIsNotRenewed) {
  ASSERT_TRUE(registry_->RevokeDevice(Me().name).ok());
  EXPECT_EQ(Renew(Me(), false).code(), StatusCode::kPermissionDenied);
  EXPECT_EQ(Renew(nobody_, true).code(), StatusCode::kPermissionDenied);
  const std::string key = key_;
  EXPECT_EQ(Join(&key).code(), StatusCode::kPermissionDenied) << "nor let in with a good token";
  ASSERT_TRUE(registry_->ForgetDevice(Me().name).ok());
  EXPECT_EQ(Renew(Me(), false).code(), StatusCode::kPermissionDenied);
  EXPECT_TRUE(Join(&key).ok());
  EXPECT_EQ(registry_->DevicesByDepartment()->at("finance"), 1u);
}

TEST_F(RenewalTest, WhoJoinsAgainWithAProofIsOneDeviceAndHisOldDepartmentIsClosed) {
  const pki::Identity before = Me();
  departments_.push_back("sales");
  const std::string key = key_;
  ASSERT_TRUE(Join(&key).ok());
  EXPECT_EQ(Me().name, before.name);
  EXPECT_EQ(Me().scope, "sales");
  EXPECT_EQ(*registry_->DevicesByDepartment(), (std::map<std::string, uint32_t>{{"sales", 1}}));
  EXPECT_TRUE(registry_->Admit(Me()).ok());
  EXPECT_EQ(registry_->Admit(before).code(), StatusCode::kPermissionDenied);
  // Somebody else's key proves nothing: a second device.
  const std::string stranger = *pki::MakePrivateKey();
  ASSERT_TRUE(Join(&stranger).ok());
  EXPECT_NE(Me().name, before.name);
  EXPECT_EQ(registry_->DevicesByDepartment()->at("sales"), 2u);
}

TEST_F(RenewalTest, AnOperatorsCertificateRenewsNothing) {
  EXPECT_EQ(Renew(pki::Identity{pki::Identity::Kind::kOperator, "admin", "administrator"}, false).code(),
            StatusCode::kPermissionDenied);
}

TEST_F(RenewalTest, GuessingTokensIsCutOffByAddress) {
  v1::EnrolRequest request;
  request.set_certificate_request(GoodRequest());
  std::map<StatusCode, int> answers;
  for (int i = 0; i < 300; ++i) {
    request.set_token(pki::EnrolmentToken::Make(std::string(64, '0')).ToString());
    ++answers[service_.Enrol(kPeer, request, response_).code()];
  }
  EXPECT_EQ(answers[StatusCode::kUnauthenticated], kFailedEnrolments.burst);
  EXPECT_EQ(answers[StatusCode::kResourceExhausted], 300 - kFailedEnrolments.burst);
  EXPECT_EQ(service_.Enrol("ipv4:192.0.2.2:1", request, response_).code(),
            StatusCode::kUnauthenticated) << "another address is heard";
}

TEST_F(RenewalTest, AnAccountIsTheFirstOneUntilTheDeviceJoinsAgain) {
  access::AccountDigest first{}, second{};
  second[0] = 1;
  EXPECT_TRUE(registry_->CheckAccount(Me().name, first).ok());
  EXPECT_TRUE(registry_->CheckAccount(Me().name, first).ok());
  EXPECT_EQ(registry_->CheckAccount(Me().name, second).code(), StatusCode::kPermissionDenied);
  const std::string key = key_;
  ASSERT_TRUE(Join(&key).ok());
  EXPECT_TRUE(registry_->CheckAccount(Me().name, second).ok()) << "which cost a use of a token";
}

}  // namespace
}  // namespace gnomon::enrol
