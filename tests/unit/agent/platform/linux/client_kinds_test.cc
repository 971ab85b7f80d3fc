// Real sockets of this very process on loopback, asked of the real kernel. Needs no rights.
#include "agent/platform/linux/client_kinds.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "agent/platform/client_kinds.h"

namespace gnomon::platform {
namespace {

class OpenSocket {
 public:
  OpenSocket(int family, int type) : fd(socket(family, type | SOCK_CLOEXEC, 0)), family_(family) {}
  ~OpenSocket() {
    if (fd >= 0) close(fd);
  }
  OpenSocket(const OpenSocket&) = delete;
  OpenSocket& operator=(const OpenSocket&) = delete;

  bool BindLoopback() const { return Use(::bind, in6addr_loopback, INADDR_LOOPBACK, 0); }
  bool BindAny() const { return Use(::bind, in6addr_any, INADDR_ANY, 0); }
  bool Connect(uint16_t port) const {
    return Use(::connect, in6addr_loopback, INADDR_LOOPBACK, port);
  }
  uint16_t port() const {
    sockaddr_storage own{};
    socklen_t length = sizeof(own);
    getsockname(fd, reinterpret_cast<sockaddr*>(&own), &length);
    return ntohs(own.ss_family == AF_INET ? reinterpret_cast<sockaddr_in&>(own).sin_port
                                          : reinterpret_cast<sockaddr_in6&>(own).sin6_port);
  }
  uint32_t inode() const {
    struct stat status {};
    fstat(fd, &status);
    return static_cast<uint32_t>(status.st_ino);
  }
  const int fd;

 private:
  template <typename Call>
  bool Use(Call call, const in6_addr& six, uint32_t four, uint16_t port) const {
    if (family_ == AF_INET) {
      sockaddr_in at{};
      at.sin_family = AF_INET;
      at.sin_port = htons(port);
      at.sin_addr.s_addr = htonl(four);
      return call(fd, reinterpret_cast<const sockaddr*>(&at), sizeof(at)) == 0;
    }
    sockaddr_in6 at{};
    at.sin6_family = AF_INET6;
    at.sin6_port = htons(port);
    at.sin6_addr = six;
    return call(fd, reinterpret_cast<const sockaddr*>(&at), sizeof(at)) == 0;
  }
  const int family_;
};

decode::IpAddress Loopback(int family) {
  if (family == AF_INET) {
    const uint8_t four[] = {127, 0, 0, 1};
    return decode::IpAddress::FromV4(four);
  }
  return decode::IpAddress::FromV6(Bytes(in6addr_loopback.s6_addr, 16));
}

classify::FiveTuple Tuple(int family, decode::Transport transport, uint16_t client,
                          uint16_t server) {
  return {Loopback(family), Loopback(family), client, server, transport};
}

// By family.
class LiveSockets : public ::testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    if (!OpenSocket(GetParam(), SOCK_STREAM).BindLoopback()) {
      GTEST_SKIP() << "no loopback address of this family";
    }
  }
  void ExpectFound(const classify::FiveTuple& tuple, const OpenSocket& owner) {
    SocketFinder finder;
    const std::optional<Socket> found = finder.Find(tuple);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->inode, owner.inode());
    EXPECT_EQ(found->owner, geteuid());
  }
};
INSTANTIATE_TEST_SUITE_P(Families, LiveSockets, ::testing::Values(AF_INET, AF_INET6),
                         [](const auto& info) { return info.param == AF_INET ? "V4" : "V6"; });

TEST_P(LiveSockets, TheClientsEndOfATcpConnectionIsFound) {
  const OpenSocket listener(GetParam(), SOCK_STREAM), client(GetParam(), SOCK_STREAM);
  ASSERT_TRUE(listener.BindLoopback());
  ASSERT_EQ(listen(listener.fd, 1), 0);
  ASSERT_TRUE(client.Connect(listener.port()));
  ExpectFound(Tuple(GetParam(), decode::Transport::kTcp, client.port(), listener.port()), client);
}

TEST_P(LiveSockets, AConnectedUdpSocketIsFound) {
  const OpenSocket server(GetParam(), SOCK_DGRAM), client(GetParam(), SOCK_DGRAM);
  ASSERT_TRUE(server.BindLoopback());
  ASSERT_TRUE(client.Connect(server.port()));
  ExpectFound(Tuple(GetParam(), decode::Transport::kUdp, client.port(), server.port()), client);
}

TEST_P(LiveSockets, AnUnconnectedUdpSocketIsFoundByItsPort) {
  const OpenSocket client(GetParam(), SOCK_DGRAM);
  ASSERT_TRUE(client.BindAny());
  ExpectFound(Tuple(GetParam(), decode::Transport::kUdp, client.port(), 443), client);
}

TEST_P(LiveSockets, AListenerOnTheClientsPortOpenedNoFlow) {
  const OpenSocket listener(GetParam(), SOCK_STREAM);
  ASSERT_TRUE(listener.BindLoopback());
  ASSERT_EQ(listen(listener.fd, 1), 0);
  SocketFinder finder;
  EXPECT_FALSE(finder.Find(Tuple(GetParam(), decode::Transport::kTcp, listener.port(), 443)));
}

TEST_P(LiveSockets, ASocketThatIsGoneIsNotFound) {
  classify::FiveTuple tuple;
  {
    const OpenSocket client(GetParam(), SOCK_DGRAM);
    ASSERT_TRUE(client.BindAny());
    tuple = Tuple(GetParam(), decode::Transport::kUdp, client.port(), 443);
  }
  SocketFinder finder;
  EXPECT_FALSE(finder.Find(tuple));
}

// IPv4 of a program that opened one socket for both families.
TEST(DualStackSockets, AnIpv4FlowOfAnIpv6SocketIsFound) {
  const OpenSocket client(AF_INET6, SOCK_DGRAM);
  if (!client.BindAny()) GTEST_SKIP() << "no IPv6";
  SocketFinder finder;
  const auto found = finder.Find(Tuple(AF_INET, decode::Transport::kUdp, client.port(), 443));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->inode, client.inode());
}

// The test program's file is in no list, so its name of the moment decides. The main thread's
// counts.
class OwnName {
 public:
  explicit OwnName(const char* name) {
    prctl(PR_GET_NAME, before_);
    prctl(PR_SET_NAME, name);
  }
  ~OwnName() { prctl(PR_SET_NAME, before_); }

 private:
  char before_[16] = {};
};

class LiveKinds : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(client_.BindAny()); }
  classify::FiveTuple tuple() const {
    return Tuple(AF_INET, decode::Transport::kUdp, client_.port(), 443);
  }
  OpenSocket client_{AF_INET, SOCK_DGRAM};
};

TEST_F(LiveKinds, TheOwnersKindIsFound) {
  const OwnName name("firefox");
  EXPECT_EQ(MakeClientKinds()->KindOf(tuple()), v1::CLIENT_BROWSER);
}

TEST_F(LiveKinds, AHostileNameGivesUnknownAndNoMore) {
  const OwnName name("a) S 1 (curl");
  EXPECT_EQ(MakeClientKinds()->KindOf(tuple()), v1::CLIENT_UNKNOWN);
}

TEST_F(LiveKinds, TheSecondAnswerForASocketIsRemembered) {
  LinuxClientKinds kinds;
  {
    const OwnName name("firefox");
    EXPECT_EQ(kinds.KindOf(tuple()), v1::CLIENT_BROWSER);
  }
  EXPECT_EQ(kinds.KindOf(tuple()), v1::CLIENT_BROWSER);
  EXPECT_EQ(kinds.lookups().asked, 2u);
  EXPECT_EQ(kinds.lookups().cached, 1u);
}

TEST_F(LiveKinds, WhatIsNoSocketOfThisMachineIsCountedAndUnknown) {
  LinuxClientKinds kinds;
  classify::FiveTuple other = tuple();
  const uint8_t address[] = {192, 0, 2, 1};
  other.client = decode::IpAddress::FromV4(address);
  other.transport = decode::Transport::kTcp;
  EXPECT_EQ(kinds.KindOf(other), v1::CLIENT_UNKNOWN);
  EXPECT_EQ(kinds.lookups().no_socket, 1u);
}

TEST_F(LiveKinds, WithoutAnAllowanceNoProcessIsLookedAt) {
  const OwnName name("firefox");
  LinuxClientKinds kinds({.descriptors_a_second = 0});
  EXPECT_EQ(kinds.KindOf(tuple()), v1::CLIENT_UNKNOWN);
  EXPECT_EQ(kinds.lookups().gave_up, 1u);
  LinuxClientKinds few({.processes_a_second = 0});
  EXPECT_EQ(few.KindOf(tuple()), v1::CLIENT_UNKNOWN);
  EXPECT_EQ(few.lookups().gave_up, 1u);
}

TEST(LookupReach, IsWhatTheAgentsCapabilitiesAllow) {
  namespace fs = std::filesystem;
  std::string pattern = ::testing::TempDir() + "proc-XXXXXX";
  const fs::path proc = mkdtemp(pattern.data());
  fs::create_directories(proc / "self");
  const LinuxClientKinds kinds({}, proc.string());
  const auto with = [&](const char* capabilities) {
    std::ofstream(proc / "self" / "status")
        << "Name:\tgnomon agent\nCapPrm:\t000001ffffffffff\nCapEff:\t" << capabilities << "\nSeccomp:\t0\n";
    return kinds.reach();
  };
  EXPECT_EQ(kinds.reach(), classify::LookupReach::kOwnUser) << "no such file";
  EXPECT_EQ(with("0000000000000000"), classify::LookupReach::kOwnUser);
  EXPECT_EQ(with("0000000000002000"), classify::LookupReach::kOwnUser) << "CAP_NET_RAW";
  EXPECT_EQ(with("0000000000080000"), classify::LookupReach::kOwnUser) << "CAP_SYS_PTRACE alone";
  EXPECT_EQ(with("0000000000080004"), classify::LookupReach::kEveryUser);
  EXPECT_EQ(with("000001ffffffffff"), classify::LookupReach::kEveryUser);
  EXPECT_EQ(with("garbage"), classify::LookupReach::kOwnUser);
  fs::remove_all(proc);
}

TEST(KindCache, AnAnswerLivesForItsTimeAndTheTableDoesNotGrow) {
  KindCache cache;
  const KindCache::Time now{std::chrono::hours(1)};
  EXPECT_FALSE(cache.Find(0, now));
  EXPECT_FALSE(cache.Find(7, now));
  cache.Put(7, v1::CLIENT_EDITOR, now);
  EXPECT_EQ(cache.Find(7, now), v1::CLIENT_EDITOR);
  EXPECT_FALSE(cache.Find(7 + 256, now));
  EXPECT_FALSE(cache.Find(7, now + KindCache::kLife));
  cache.Put(7 + 256, v1::CLIENT_BROWSER, now);
  EXPECT_FALSE(cache.Find(7, now));
  EXPECT_EQ(cache.Find(7 + 256, now), v1::CLIENT_BROWSER);
}

}  // namespace
}  // namespace gnomon::platform
