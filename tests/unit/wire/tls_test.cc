#include "wire/tls.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>

#include "gnomon/v1/health.grpc.pb.h"
#include "pki/fetch_authority.h"
#include "tests/unit/wire/test_pki.h"

namespace gnomon::wire {
namespace {

using ::testing::HasSubstr;

// Remembers who called.
class WhoIsThere : public v1::Health::Service {
 public:
  grpc::Status Report(grpc::ServerContext* context, const v1::HealthReport*,
                      v1::HealthAck*) override {
    ++calls;
    const Result<pki::Identity> peer = PeerIdentity(*context->auth_context());
    if (!peer.ok()) return ToGrpc(peer.status());
    seen = *peer;
    return grpc::Status::OK;
  }
  int calls = 0;
  std::optional<pki::Identity> seen;
};

class Tls : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { RequireTls13(); }

  Tls() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", ServeWith(pki_.Server()), &port_);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
  }
  ~Tls() override { server_->Shutdown(); }

  std::string Address(const std::string& host = "127.0.0.1") const {
    return host + ":" + std::to_string(port_);
  }

  grpc::Status Report(const Credentials& credentials, const std::string& host = "127.0.0.1") {
    const auto stub = v1::Health::NewStub(Connect(Address(host), credentials));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    v1::HealthAck answer;
    return stub->Report(&context, {}, &answer);
  }

  // One handshake of at most `version` by plain OpenSSL, as `openssl s_client` does: the version
  // that was agreed on, or nothing.
  std::optional<std::string> Handshake(int version) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(static_cast<uint16_t>(port_));
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&where), sizeof where), 0);
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_max_proto_version(context, version);
    SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0");
    SSL* tls = SSL_new(context);
    SSL_set_fd(tls, fd);
    std::optional<std::string> agreed;
    if (SSL_connect(tls) == 1) agreed = SSL_get_version(tls);
    ERR_clear_error();
    SSL_free(tls);
    SSL_CTX_free(context);
    ::close(fd);
    return agreed;
  }

  TestPki pki_;
  WhoIsThere service_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

TEST_F(Tls, ServerSpeaksVersion13) {
  EXPECT_EQ(Handshake(TLS1_3_VERSION), "TLSv1.3");
}

TEST_F(Tls, ServerRefusesVersion12AndOlder) {
  EXPECT_EQ(Handshake(TLS1_2_VERSION), std::nullopt);
  EXPECT_EQ(Handshake(TLS1_1_VERSION), std::nullopt);
}

TEST_F(Tls, DeviceIsKnownByItsCertificate) {
  const pki::Identity device{pki::Identity::Kind::kDevice, RandomHex(16), "finance"};
  const grpc::Status status = Report(pki_.Client(device));
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(service_.seen, device);
}

TEST_F(Tls, TwoChannelsOfOneProcessKeepTheirOwnIdentity) {
  const pki::Identity first{pki::Identity::Kind::kDevice, RandomHex(16), "finance"};
  const pki::Identity second{pki::Identity::Kind::kDevice, RandomHex(16), "legal"};
  const Credentials first_credentials = pki_.Client(first);
  const Credentials second_credentials = pki_.Client(second);
  const auto one = v1::Health::NewStub(Connect(Address(), first_credentials));
  const auto two = v1::Health::NewStub(Connect(Address(), second_credentials));
  for (const auto& [stub, identity] : {std::pair{&one, first}, std::pair{&two, second}}) {
    grpc::ClientContext context;
    v1::HealthAck answer;
    ASSERT_TRUE((*stub)->Report(&context, {}, &answer).ok());
    EXPECT_EQ(service_.seen, identity);
  }
}

TEST_F(Tls, ACallerWithoutCertificateConnectsButIsNobody) {
  const grpc::Status status = Report(pki_.Nobody());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(service_.calls, 1);
  EXPECT_FALSE(service_.seen);
}

TEST_F(Tls, AnotherAuthoritysClientCertificateNeverReachesAService) {
  TestPki theirs;
  Credentials credentials = theirs.Device("finance");
  credentials.authority = pki_.authority.certificate_pem();
  EXPECT_FALSE(Report(credentials).ok());
  EXPECT_EQ(service_.calls, 0);
}

TEST_F(Tls, AServerCertificateIsNoClientCertificate) {
  EXPECT_FALSE(Report(pki_.Server()).ok());
  EXPECT_EQ(service_.calls, 0);
}

TEST_F(Tls, AnExpiredClientCertificateNeverReachesAService) {
  const TimeUs now = SystemClock::Get().Now();
  const auto old =
      pki::Authority::Load(pki_.authority.certificate_pem(), pki_.authority.private_key_pem())
          .value();
  const std::string key = pki::MakePrivateKey().value();
  const std::string certificate =
      old.IssueClient(pki::MakeCertificateRequest(key).value(),
                      {pki::Identity::Kind::kDevice, RandomHex(16), "finance"},
                      now - 3 * 86400 * kSecondUs, 1)
          .value();
  EXPECT_FALSE(Report({old.certificate_pem(), certificate, key}).ok());
  EXPECT_EQ(service_.calls, 0);
}

TEST_F(Tls, AClientTrustsItsOwnAuthorityOnly) {
  TestPki theirs;
  const grpc::Status status = Report(theirs.Nobody());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(service_.calls, 0);
}

TEST_F(Tls, AServerUnderAnotherNameIsRefused) {
  EXPECT_EQ(Report(pki_.Device("finance"), "127.0.0.2").error_code(),
            grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(service_.calls, 0);
}

TEST_F(Tls, AuthorityIsFetchedFromTheRealServerByItsFingerprint) {
  const std::string fingerprint = pki::Fingerprint(pki_.authority.certificate_pem()).value();
  const auto fetched = pki::FetchAuthority(Address(), fingerprint, 10);
  ASSERT_TRUE(fetched.ok()) << fetched.status().message();
  EXPECT_EQ(*fetched, pki_.authority.certificate_pem());
  EXPECT_TRUE(pki::FetchAuthority(Address("localhost"), fingerprint, 10).ok());
}

TEST(Status, EveryCodeSurvivesTheWay) {
  for (int code = 1; code <= static_cast<int>(StatusCode::kInternal); ++code) {
    const gnomon::Status sent(static_cast<StatusCode>(code), "why");
    const gnomon::Status received = FromGrpc(ToGrpc(sent));
    EXPECT_EQ(received.code(), sent.code()) << StatusCodeName(sent.code());
    EXPECT_EQ(received.message(), "why");
  }
  EXPECT_TRUE(FromGrpc(ToGrpc(gnomon::Status::Ok())).ok());
}

TEST(Status, OnlyPassingTroublesAreRetryable) {
  using grpc::StatusCode;
  for (int code = 1; code <= 16; ++code) {
    const auto grpc_code = static_cast<StatusCode>(code);
    const bool passing = grpc_code == StatusCode::UNAVAILABLE ||
                         grpc_code == StatusCode::DEADLINE_EXCEEDED ||
                         grpc_code == StatusCode::CANCELLED || grpc_code == StatusCode::UNKNOWN;
    EXPECT_EQ(FromGrpc(grpc::Status(grpc_code, "")).retryable(), passing) << code;
  }
}

}  // namespace
}  // namespace gnomon::wire
