#include "collector/enrol/enrolment_service.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/random.h"
#include "collector/enrol/registry.h"
#include "pki/authority.h"
#include "pki/enrolment_token.h"
#include "wire/tls.h"

namespace gnomon::enrol {
namespace {

constexpr TimeUs kNow = 1'795'428'000 * kSecondUs;

class EnrolmentServiceTest : public testing::Test {
 protected:
  EnrolmentServiceTest()
      : folder_(std::filesystem::path(testing::TempDir()) / ("gnomon-enrol-" + RandomHex(8))),
        clock_(kNow),
        authority_(*pki::Authority::Create("test", kNow, 30)) {
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

}  // namespace
}  // namespace gnomon::enrol
