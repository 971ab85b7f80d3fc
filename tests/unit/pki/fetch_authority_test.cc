#include "pki/fetch_authority.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "pki/authority.h"
#include "tests/unit/pki/tls_server.h"

namespace gnomon::pki {
namespace {

using ::testing::HasSubstr;

class FetchAuthorityTest : public ::testing::Test {
 protected:
  TlsServer::Options Serve(const std::vector<std::string>& names, TimeUs now, int days = 10) const {
    const std::string key = MakePrivateKey().value();
    return {key, authority_.IssueServer(key, names, now, days).value(), {Pem()}};
  }
  TlsServer::Options Serve() const { return Serve({"localhost", "127.0.0.1"}, now_); }
  const std::string& Pem() const { return authority_.certificate_pem(); }

  const TimeUs now_ = SystemClock::Get().Now();
  const Authority authority_ =
      Authority::Create("Gnomon test", now_ - 40 * 86400 * kSecondUs, 90).value();
  const std::string fingerprint_ = Fingerprint(authority_.certificate_pem()).value();
};

TEST_F(FetchAuthorityTest, ReturnsTheAuthorityThatTheFingerprintNames) {
  TlsServer server(Serve());
  const auto fetched = FetchAuthority(server.Address(), fingerprint_, 10);
  ASSERT_TRUE(fetched.ok()) << fetched.status().message();
  EXPECT_EQ(*fetched, Pem());
  EXPECT_EQ(server.received(), 0);
}

TEST_F(FetchAuthorityTest, ReadsDnsNamesToo) {
  TlsServer server(Serve());
  EXPECT_TRUE(FetchAuthority(server.Address("localhost"), fingerprint_, 10).ok());
}

TEST_F(FetchAuthorityTest, AnotherAuthorityIsRefusedBeforeTheHandshakeEnds) {
  const Authority theirs = Authority::Create("Gnomon test", now_, 90).value();
  const std::string key = MakePrivateKey().value();
  TlsServer server(
      {key, theirs.IssueServer(key, {"127.0.0.1"}, now_, 10).value(), {theirs.certificate_pem()}});
  const auto fetched = FetchAuthority(server.Address(), fingerprint_, 10);
  EXPECT_EQ(fetched.status().code(), StatusCode::kUnauthenticated);
  EXPECT_THAT(fetched.status().message(), HasSubstr("not the one that the token names"));
  EXPECT_EQ(server.received(), -1);
}

// Anyone can send the true authority along; only its holder can sign a leaf.
TEST_F(FetchAuthorityTest, TheTrueAuthorityBesideAForeignLeafIsRefused) {
  const Authority theirs = Authority::Create("Gnomon test", now_, 90).value();
  const std::string key = MakePrivateKey().value();
  TlsServer server({key,
                    theirs.IssueServer(key, {"127.0.0.1"}, now_, 10).value(),
                    {theirs.certificate_pem(), Pem()}});
  const auto fetched = FetchAuthority(server.Address(), fingerprint_, 10);
  EXPECT_EQ(fetched.status().code(), StatusCode::kUnauthenticated);
  EXPECT_EQ(server.received(), -1);
}

TEST_F(FetchAuthorityTest, ADevicesCertificateCannotPlayTheCollector) {
  const std::string key = MakePrivateKey().value();
  const std::string certificate =
      authority_
          .IssueClient(MakeCertificateRequest(key).value(),
                       {Identity::Kind::kDevice, std::string(32, 'a'), "finance"}, now_, 10)
          .value();
  TlsServer server({key, certificate, {Pem()}});
  EXPECT_EQ(FetchAuthority(server.Address(), fingerprint_, 10).status().code(),
            StatusCode::kUnauthenticated);
}

TEST_F(FetchAuthorityTest, AServerThatKeepsItsAuthorityToItselfIsRefused) {
  TlsServer::Options options = Serve();
  options.extra.clear();
  TlsServer server(options);
  EXPECT_EQ(FetchAuthority(server.Address(), fingerprint_, 10).status().code(),
            StatusCode::kUnauthenticated);
}

TEST_F(FetchAuthorityTest, AServerUnderAnotherNameIsRefused) {
  TlsServer by_address(Serve({"collector.example", "10.0.0.1"}, now_));
  const auto address = FetchAuthority(by_address.Address(), fingerprint_, 10);
  EXPECT_EQ(address.status().code(), StatusCode::kUnauthenticated);
  EXPECT_THAT(address.status().message(), HasSubstr("IP address mismatch"));
  TlsServer by_name(Serve({"collector.example", "127.0.0.1"}, now_));
  const auto name = FetchAuthority(by_name.Address("localhost"), fingerprint_, 10);
  EXPECT_EQ(name.status().code(), StatusCode::kUnauthenticated);
  EXPECT_THAT(name.status().message(), HasSubstr("hostname mismatch"));
}

TEST_F(FetchAuthorityTest, AnExpiredServerIsRefused) {
  TlsServer server(Serve({"127.0.0.1"}, now_ - 20 * 86400 * kSecondUs, 1));
  const auto fetched = FetchAuthority(server.Address(), fingerprint_, 10);
  EXPECT_EQ(fetched.status().code(), StatusCode::kUnauthenticated);
  EXPECT_THAT(fetched.status().message(), HasSubstr("expired"));
}

TEST_F(FetchAuthorityTest, TlsVersion12IsRefused) {
  TlsServer::Options options = Serve();
  options.max_version = TLS1_2_VERSION;
  TlsServer server(options);
  EXPECT_EQ(FetchAuthority(server.Address(), fingerprint_, 10).status().code(),
            StatusCode::kUnauthenticated);
  EXPECT_EQ(server.received(), -1);
}

// A listener that never accepts: the kernel finishes TCP, nobody answers TLS.
TEST_F(FetchAuthorityTest, ASilentServerIsUnavailableAfterTheTimeout) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof where;
  ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&where), size), 0);
  ASSERT_EQ(::listen(fd, 1), 0);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&where), &size);
  const std::string address = "127.0.0.1:" + std::to_string(ntohs(where.sin_port));
  EXPECT_EQ(FetchAuthority(address, fingerprint_, 1).status().code(), StatusCode::kUnavailable);
  ::close(fd);
  EXPECT_EQ(FetchAuthority(address, fingerprint_, 1).status().code(), StatusCode::kUnavailable);
}

TEST_F(FetchAuthorityTest, AServerThatHangsUpIsUnavailableAndKillsNobody) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof where;
  ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&where), size), 0);
  ASSERT_EQ(::listen(fd, 1), 0);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&where), &size);
  std::thread server([fd] { ::close(::accept(fd, nullptr, nullptr)); });
  const std::string address = "127.0.0.1:" + std::to_string(ntohs(where.sin_port));
  const auto fetched = FetchAuthority(address, fingerprint_, 10);
  server.join();
  ::close(fd);
  EXPECT_EQ(fetched.status().code(), StatusCode::kUnavailable) << fetched.status().message();
}

TEST_F(FetchAuthorityTest, AnAddressWithoutPortIsTheCallersMistake) {
  for (const char* address : {"", "localhost", ":443", "localhost:", "localhost:https", "::1:443",
                              "[::1]", "[]:443", "a:b:1", "localhost:123456"}) {
    EXPECT_EQ(FetchAuthority(address, fingerprint_, 1).status().code(),
              StatusCode::kInvalidArgument)
        << address;
  }
}

}  // namespace
}  // namespace gnomon::pki
