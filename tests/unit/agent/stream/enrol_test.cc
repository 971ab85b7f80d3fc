#include "agent/stream/enrol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "base/file.h"
#include "pki/enrolment_token.h"
#include "tests/unit/agent/stream/fake_collector.h"

namespace gnomon::stream {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr int kTimeout = 20;

// Signs `request` for a device of `department`, as the real collector does.
grpc::Status Sign(const wire::TestPki& pki, const v1::EnrolRequest& request,
                  const std::string& department, v1::EnrolResponse* response) {
  const auto certificate =
      pki.authority.IssueClient(request.certificate_request(),
                                {gnomon::pki::Identity::Kind::kDevice, RandomHex(16), department},
                                SystemClock::Get().Now(), 10);
  if (!certificate.ok()) return wire::ToGrpc(certificate.status());
  response->set_certificate(*certificate);
  response->set_authority(pki.authority.certificate_pem());
  response->set_department(department);
  return grpc::Status::OK;
}

class EnrolTest : public ::testing::Test {
 protected:
  EnrolTest() {
    collector_.enrolment.handler = [this](const v1::EnrolRequest& request,
                                          v1::EnrolResponse* response) {
      return Sign(collector_.pki, request, "finance", response);
    };
    char name[] = "/tmp/gnomon-enrol-XXXXXX";
    folder_ = std::filesystem::path(::mkdtemp(name)) / "state";
  }
  ~EnrolTest() override { std::filesystem::remove_all(folder_.parent_path()); }

  std::string Token() const {
    return gnomon::pki::EnrolmentToken::Make(
               gnomon::pki::Fingerprint(collector_.pki.authority.certificate_pem()).value())
        .ToString();
  }
  unsigned Mode(const std::filesystem::path& path) const {
    struct stat info {};
    EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
    return info.st_mode & 0777;
  }

  FakeCollector collector_;
  std::filesystem::path folder_;
};

TEST_F(EnrolTest, ATokenBecomesACertificateThatTheCollectorKnows) {
  const std::string token = Token();
  const auto enrolment = Enrol(collector_.Address(), " " + token + "\n", kTimeout);
  ASSERT_TRUE(enrolment.ok()) << enrolment.status().message();
  EXPECT_EQ(enrolment->department, "finance");
  EXPECT_EQ(enrolment->collector, collector_.Address());
  EXPECT_EQ(enrolment->authority, collector_.pki.authority.certificate_pem());
  EXPECT_EQ(collector_.enrolment.last.token(), token);
  EXPECT_EQ(gnomon::pki::ReadIdentity(enrolment->certificate)->scope, "finance");
  EXPECT_TRUE(gnomon::pki::CheckKeyPair(enrolment->certificate, enrolment->private_key).ok());
}

TEST_F(EnrolTest, TheTokenIsNeverSentToACollectorOfAnotherAuthority) {
  FakeCollector impostor;
  const auto enrolment = Enrol(impostor.Address(), Token(), kTimeout);
  EXPECT_EQ(enrolment.status().code(), StatusCode::kUnauthenticated);
  EXPECT_EQ(impostor.enrolment.calls, 0);
}

TEST_F(EnrolTest, ABadTokenIsFoundBeforeAnythingIsSent) {
  EXPECT_EQ(Enrol(collector_.Address(), "gnm1-abc", kTimeout).status().code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(collector_.enrolment.calls, 0);
}

TEST_F(EnrolTest, ARefusedTokenSaysWhy) {
  collector_.enrolment.handler = [](const v1::EnrolRequest&, v1::EnrolResponse*) {
    return grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "the token is used up");
  };
  const auto enrolment = Enrol(collector_.Address(), Token(), kTimeout);
  EXPECT_EQ(enrolment.status().code(), StatusCode::kUnauthenticated);
  EXPECT_EQ(enrolment.status().message(), "the token is used up");
}

TEST_F(EnrolTest, ACertificateForAnotherKeyDepartmentOrHolderIsNotTaken) {
  const auto other_request =
      gnomon::pki::MakeCertificateRequest(gnomon::pki::MakePrivateKey().value()).value();
  const std::vector<FakeEnrolment::Handler> wrong = {
      [&](const v1::EnrolRequest&, v1::EnrolResponse* response) {
        v1::EnrolRequest other;
        other.set_certificate_request(other_request);
        return Sign(collector_.pki, other, "finance", response);
      },
      [&](const v1::EnrolRequest& request, v1::EnrolResponse* response) {
        const grpc::Status status = Sign(collector_.pki, request, "finance", response);
        response->set_department("legal");
        return status;
      },
      [&](const v1::EnrolRequest& request, v1::EnrolResponse* response) {
        response->set_certificate(
            collector_.pki.authority
                .IssueClient(request.certificate_request(),
                             {gnomon::pki::Identity::Kind::kOperator, "Ann", "it"},
                             SystemClock::Get().Now(), 10)
                .value());
        response->set_department("it");
        return grpc::Status::OK;
      },
      [](const v1::EnrolRequest&, v1::EnrolResponse*) { return grpc::Status::OK; },
  };
  for (const FakeEnrolment::Handler& handler : wrong) {
    collector_.enrolment.handler = handler;
    EXPECT_EQ(Enrol(collector_.Address(), Token(), kTimeout).status().code(),
              StatusCode::kInternal);
  }
}

TEST_F(EnrolTest, AnUnreachableCollectorIsRetryable) {
  const std::string token = Token();
  collector_.Stop();
  EXPECT_TRUE(Enrol(collector_.Address(), token, kTimeout).status().retryable());
}

TEST_F(EnrolTest, WhatWasSavedIsLoadedAndTheKeyIsPrivate) {
  const Enrolment enrolment = Enrol(collector_.Address(), Token(), kTimeout).value();
  ASSERT_TRUE(SaveEnrolment(folder_, enrolment).ok());
  EXPECT_EQ(Mode(folder_), 0700u);
  EXPECT_EQ(Mode(folder_ / "device.pem"), 0600u);
  EXPECT_EQ(Mode(folder_ / "account.key"), 0600u);
  const auto loaded = LoadEnrolment(folder_);
  ASSERT_TRUE(loaded.ok()) << loaded.status().message();
  EXPECT_EQ(loaded->collector, enrolment.collector);
  EXPECT_EQ(loaded->department, enrolment.department);
  EXPECT_EQ(loaded->authority, enrolment.authority);
  EXPECT_EQ(loaded->certificate, enrolment.certificate);
  EXPECT_EQ(loaded->private_key, enrolment.private_key);
}

TEST_F(EnrolTest, EnrollingAgainReplacesEverything) {
  ASSERT_TRUE(SaveEnrolment(folder_, Enrol(collector_.Address(), Token(), kTimeout).value()).ok());
  collector_.enrolment.handler = [this](const v1::EnrolRequest& request,
                                        v1::EnrolResponse* response) {
    return Sign(collector_.pki, request, "legal", response);
  };
  ASSERT_TRUE(SaveEnrolment(folder_, Enrol(collector_.Address(), Token(), kTimeout).value()).ok());
  EXPECT_EQ(LoadEnrolment(folder_)->department, "legal");
}

TEST_F(EnrolTest, AnEmptyFolderSaysHowToEnrol) {
  const auto loaded = LoadEnrolment(folder_);
  EXPECT_EQ(loaded.status().code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(loaded.status().message(), HasSubstr("gnomon-agent enroll --collector"));
}

TEST_F(EnrolTest, FilesThatDoNotBelongTogetherAreRefused) {
  const Enrolment enrolment = Enrol(collector_.Address(), Token(), kTimeout).value();
  for (const char* file : {"account.key", "device.pem", "authority.pem", "enrolment.yaml"}) {
    ASSERT_TRUE(SaveEnrolment(folder_, enrolment).ok());
    const std::string other =
        std::string(file) == "device.pem"
            ? gnomon::pki::MakePrivateKey().value() + enrolment.certificate
        : std::string(file) == "enrolment.yaml" ? "collector: \"a:1\"\ndepartment: legal\n"
                                                : "rubbish";
    ASSERT_TRUE(WriteFileAtomically(folder_ / file, other).ok());
    EXPECT_EQ(LoadEnrolment(folder_).status().code(), StatusCode::kDataLoss) << file;
  }
}

TEST_F(EnrolTest, AnUnknownKeyIsRefusedWithFileAndLine) {
  ASSERT_TRUE(SaveEnrolment(folder_, Enrol(collector_.Address(), Token(), kTimeout).value()).ok());
  ASSERT_TRUE(WriteFileAtomically(folder_ / "enrolment.yaml",
                                  "collector: \"a:1\"\ndepartment: finance\nproxy: b:2\n")
                  .ok());
  EXPECT_THAT(LoadEnrolment(folder_).status().message(),
              AllOf(HasSubstr("enrolment.yaml:3"), HasSubstr("proxy")));
}

// A crash after the key and before the end: the folder must not load as the old or a mixed one.
TEST_F(EnrolTest, ASaveThatWasInterruptedIsNotEnrolled) {
  ASSERT_TRUE(SaveEnrolment(folder_, Enrol(collector_.Address(), Token(), kTimeout).value()).ok());
  // A folder in the certificate's place makes the second save fail after the key was written.
  std::filesystem::remove(folder_ / "device.pem");
  std::filesystem::create_directory(folder_ / "device.pem");
  EXPECT_FALSE(SaveEnrolment(folder_, Enrol(collector_.Address(), Token(), kTimeout).value()).ok());
  EXPECT_EQ(LoadEnrolment(folder_).status().code(), StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace gnomon::stream
