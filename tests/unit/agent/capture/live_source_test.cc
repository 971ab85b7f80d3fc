// Live capture inside a network namespace of its own, which needs no root where the kernel gives
// user namespaces to everyone. Skipped where it does not.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/if.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <functional>

#include "agent/capture/loopback.h"
#include "agent/capture/source.h"
#include "tests/unit/agent/capture/kept_frames.h"

namespace gnomon::capture {
namespace {

using testing::KeptFrames;

constexpr int kNoNamespace = 77;

bool EnterNamespace() {
  return ::unshare(CLONE_NEWNET) == 0 || ::unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
}

// Runs `body` in a child with its own network, where it is allowed everything. `body` returns the
// line of the check that failed, or 0.
int RunAlone(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(30);  // a source that waits must not hang the tests
    ::_exit(EnterNamespace() ? (body() == 0 ? 0 : 1) : kNoNamespace);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#define CHECK_LINE(condition)                                      \
  do {                                                             \
    if (!(condition)) {                                            \
      std::fprintf(stderr, "line %d: %s\n", __LINE__, #condition); \
      return __LINE__;                                             \
    }                                                              \
  } while (0)

#define EXPECT_ALONE(body)                                                      \
  do {                                                                          \
    const int code = RunAlone(body);                                            \
    if (code == kNoNamespace) GTEST_SKIP() << "no network namespace to be had"; \
    EXPECT_EQ(code, 0);                                                         \
  } while (0)

bool BringUp(const char* name, bool up = true) {
  const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
  ifreq request{};
  std::strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  bool good = ::ioctl(fd, SIOCGIFFLAGS, &request) == 0;
  const int flags = up ? request.ifr_flags | IFF_UP : request.ifr_flags & ~IFF_UP;
  request.ifr_flags = static_cast<short>(flags);
  good = good && ::ioctl(fd, SIOCSIFFLAGS, &request) == 0;
  ::close(fd);
  return good;
}

void SendToSelf(uint16_t port, const std::string& text) {
  const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::sendto(fd, text.data(), text.size(), 0, reinterpret_cast<sockaddr*>(&to), sizeof to);
  ::close(fd);
}

bool WaitReadable(const FrameSource& source) {
  pollfd waiting{source.fd(), POLLIN, 0};
  return ::poll(&waiting, 1, 5000) == 1;
}

// How many sockets hold the loopback interface promiscuous, or -1. Only rtnetlink tells: the flags
// of SIOCGIFFLAGS leave out what packet sockets asked for.
int PromiscuousUsersOfLoopback() {
  struct {
    nlmsghdr header;
    ifinfomsg info;
  } request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = RTM_GETLINK;
  request.header.nlmsg_flags = NLM_F_REQUEST;
  request.info.ifi_index = 1;  // always the loopback's
  const int fd = ::socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  alignas(nlmsghdr) char reply[32768];
  ::send(fd, &request, sizeof request, 0);
  const ssize_t got = ::recv(fd, reply, sizeof reply, 0);
  ::close(fd);
  const auto* message = reinterpret_cast<const nlmsghdr*>(reply);
  if (got < static_cast<ssize_t>(sizeof(nlmsghdr)) || message->nlmsg_type != RTM_NEWLINK) return -1;
  int left = static_cast<int>(IFLA_PAYLOAD(message));
  for (const rtattr* a = IFLA_RTA(NLMSG_DATA(message)); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
    uint32_t users;
    if (a->rta_type != IFLA_PROMISCUITY) continue;
    std::memcpy(&users, RTA_DATA(a), sizeof users);
    return static_cast<int>(users);
  }
  return -1;
}

// An interface that lives as long as its descriptor. -1 where there is no tun driver.
int MakeTun(const char* name) {
  const int fd = ::open("/dev/net/tun", O_RDWR | O_CLOEXEC);
  if (fd < 0) return -1;
  ifreq request{};
  std::strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  if (::ioctl(fd, TUNSETIFF, &request) != 0) {
    ::close(fd);
    return -1;
  }
  return fd;
}

TEST(LiveSource, FramesOfAnInterfaceAreDelivered) {
  EXPECT_ALONE([] {
    CHECK_LINE(BringUp("lo"));
    auto opened = OpenInterface("lo", {});
    CHECK_LINE(opened.ok());
    FrameSource& source = **opened;
    KeptFrames kept;
    CHECK_LINE(source.live());
    CHECK_LINE(source.name() == "lo");
    CHECK_LINE(source.Poll(kept, 10).value() == 0);  // without waiting
    SendToSelf(9, "one datagram");
    CHECK_LINE(WaitReadable(source));
    CHECK_LINE(source.Poll(kept, 10).value() >= 1);
    CHECK_LINE(kept.frames()[0].link == LinkType::kEthernet);
    CHECK_LINE(kept.frames()[0].bytes.ends_with("one datagram"));
    CHECK_LINE(kept.frames()[0].time > 1'600'000'000 * kSecondUs);
    CHECK_LINE(source.Stats().received == kept.frames().size());
    CHECK_LINE(source.Stats().dropped_kernel == 0);
    return 0;
  });
}

// The kernel shows each of its packets as sent and as received; libpcap leaves out the first.
TEST(LiveSource, LoopbackShowsEachPacketOnce) {
  EXPECT_ALONE([] {
    CHECK_LINE(LoopbackInterface().empty());  // it is down
    CHECK_LINE(BringUp("lo"));
    CHECK_LINE(LoopbackInterface() == "lo");
    auto opened = OpenInterface("lo", {});
    CHECK_LINE(opened.ok());
    // To a port where nobody listens comes an ICMP error as well.
    const int listener = ::socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(4243);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_LINE(::bind(listener, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
    for (int i = 0; i < 5; ++i) SendToSelf(4243, "datagram " + std::to_string(i));
    SendToSelf(4243, "last");
    KeptFrames kept;
    while (kept.frames().empty() || !kept.frames().back().bytes.ends_with("last")) {
      CHECK_LINE(WaitReadable(**opened));
      CHECK_LINE((*opened)->Poll(kept, 100).ok());
    }
    CHECK_LINE((*opened)->Poll(kept, 100).value() == 0);
    CHECK_LINE(kept.frames().size() == 6);
    ::close(listener);
    return 0;
  });
}

TEST(LiveSource, FilterAndSnapLengthAreKept) {
  EXPECT_ALONE([] {
    CHECK_LINE(BringUp("lo"));
    auto opened = OpenInterface("lo", {.snap_length = 64, .filter = "udp dst port 4242"});
    CHECK_LINE(opened.ok());
    KeptFrames kept;
    SendToSelf(9, "not this one");
    SendToSelf(4242, std::string(500, 'x'));
    CHECK_LINE(WaitReadable(**opened));
    CHECK_LINE((*opened)->Poll(kept, 10).value() >= 1);
    for (const auto& frame : kept.frames()) {
      CHECK_LINE(frame.bytes.size() == 64);
      CHECK_LINE(frame.wire_length == 14 + 20 + 8 + 500);
    }
    return 0;
  });
}

TEST(LiveSource, KernelHoldsBackWhatIsNotFollowed) {
  EXPECT_ALONE([] {
    CHECK_LINE(BringUp("lo"));
    auto opened = OpenInterface("lo", {});
    CHECK_LINE(opened.ok());
    FrameSource& source = **opened;
    CHECK_LINE(source.Follow({}).ok());
    SendToSelf(4242, "of no interest");
    FilterSet set;
    set.rules.push_back({{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1}});
    CHECK_LINE(source.Follow(set).ok());
    SendToSelf(4242, "to a server of interest" + std::string(500, 'x'));
    KeptFrames kept;
    CHECK_LINE(WaitReadable(source));
    while (source.Poll(kept, 10).value() > 0) {
    }
    CHECK_LINE(kept.frames().size() == 1);  // once, though the loopback sends and receives it
    CHECK_LINE(kept.frames()[0].bytes.find("to a server of interest") == 14 + 20 + 8);
    CHECK_LINE(kept.frames()[0].bytes.size() < 200);  // headers
    CHECK_LINE(kept.frames()[0].wire_length == 14 + 20 + 8 + 523);
    CHECK_LINE(source.Stats().dropped_kernel == 0);
    return 0;
  });
}

TEST(LiveSource, FilterOfItsOwnIsNotReplaced) {
  EXPECT_ALONE([] {
    CHECK_LINE(BringUp("lo"));
    auto opened = OpenInterface("lo", {.filter = "udp dst port 4242"});
    CHECK_LINE(opened.ok());
    CHECK_LINE((*opened)->Follow({}).code() == StatusCode::kFailedPrecondition);
    SendToSelf(4242, "still here");
    CHECK_LINE(WaitReadable(**opened));
    return 0;
  });
}

// A tunnel has no link header, and what the laptop sends into it is outgoing whatever its ports.
TEST(LiveSource, KernelKnowsWhichPacketsGoOut) {
  EXPECT_ALONE([] {
    const int tun = MakeTun("tun7");
    if (tun < 0) return 0;
    CHECK_LINE(BringUp("tun7"));
    auto opened = OpenInterface("tun7", {});
    CHECK_LINE(opened.ok());
    CHECK_LINE((*opened)->Follow({}).ok());
    // TCP data from port 443 to port 40000: a server's, unless it goes out.
    const std::string segment(
        "\x45\x00\x00\x2c\x00\x00\x00\x00\x40\x06\x00\x00"
        "\xc0\x00\x02\x01\xc0\x00\x02\x02"
        "\x01\xbb\x9c\x40\x00\x00\x00\x01\x00\x00\x00\x01\x50\x18\xff\xff\x00\x00\x00\x00"
        "data",
        44);
    CHECK_LINE(::write(tun, segment.data(), segment.size()) == 44);  // comes in
    const int out = ::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_ll to{};
    to.sll_family = AF_PACKET;
    to.sll_protocol = htons(0x0800);
    ifreq request{};
    std::strncpy(request.ifr_name, "tun7", IFNAMSIZ - 1);
    CHECK_LINE(::ioctl(out, SIOCGIFINDEX, &request) == 0);
    to.sll_ifindex = request.ifr_ifindex;
    CHECK_LINE(::sendto(out, segment.data(), segment.size(), 0, reinterpret_cast<sockaddr*>(&to),
                        sizeof to) == 44);
    ::close(out);
    KeptFrames kept;
    while (kept.frames().empty() && WaitReadable(**opened)) {
      CHECK_LINE((*opened)->Poll(kept, 10).ok());
    }
    CHECK_LINE(kept.frames().size() == 1);
    CHECK_LINE(kept.frames()[0].bytes == segment);
    return 0;
  });
}

TEST(LiveSource, FramesBeyondAFullBufferAreCountedAsDropped) {
  EXPECT_ALONE([] {
    CHECK_LINE(BringUp("lo"));
    auto opened = OpenInterface("lo", {.buffer_bytes = 1u << 17, .filter = ""});
    CHECK_LINE(opened.ok());
    for (int i = 0; i < 2000; ++i) SendToSelf(9, std::string(1000, 'x'));
    KeptFrames kept;
    while ((*opened)->Poll(kept, 100).value() > 0) {
    }
    const CaptureStats stats = (*opened)->Stats();
    CHECK_LINE(stats.received == kept.frames().size());
    CHECK_LINE(stats.received > 0);
    CHECK_LINE(stats.dropped_kernel > 0);
    CHECK_LINE((*opened)->Stats().dropped_kernel >= stats.dropped_kernel);
    return 0;
  });
}

TEST(LiveSource, InterfaceIsNeverPromiscuous) {
  EXPECT_ALONE([] {
    CHECK_LINE(BringUp("lo"));
    auto opened = OpenInterface("lo", {});
    CHECK_LINE(opened.ok());
    CHECK_LINE(PromiscuousUsersOfLoopback() == 0);
    return 0;
  });
}

TEST(LiveSource, CaptureGoesOnWhenTheInterfaceComesBackUp) {
  EXPECT_ALONE([] {
    CHECK_LINE(BringUp("lo"));
    auto opened = OpenInterface("lo", {});
    CHECK_LINE(opened.ok());
    KeptFrames kept;
    CHECK_LINE(BringUp("lo", false));
    CHECK_LINE(WaitReadable(**opened));
    CHECK_LINE((*opened)->Poll(kept, 10).ok());
    CHECK_LINE(BringUp("lo"));
    SendToSelf(9, "back again");
    while (kept.frames().empty() && WaitReadable(**opened)) {
      CHECK_LINE((*opened)->Poll(kept, 10).ok());
    }
    CHECK_LINE(!kept.frames().empty());
    CHECK_LINE(kept.frames()[0].bytes.ends_with("back again"));
    return 0;
  });
}

TEST(LiveSource, BadFilterIsRefusedWithItsReason) {
  EXPECT_ALONE([] {
    CHECK_LINE(BringUp("lo"));
    const auto opened = OpenInterface("lo", {.filter = "tcp prot 443"});
    CHECK_LINE(opened.status().code() == StatusCode::kInvalidArgument);
    CHECK_LINE(opened.status().message().find("\"tcp prot 443\"") != std::string::npos);
    return 0;
  });
}

TEST(LiveSource, UnknownInterfaceListsThoseThereAre) {
  EXPECT_ALONE([] {
    CHECK_LINE(BringUp("lo"));
    const auto opened = OpenInterface("nosuch0", {});
    CHECK_LINE(opened.status().code() == StatusCode::kNotFound);
    CHECK_LINE(opened.status().message().find("nosuch0") == 0);
    CHECK_LINE(opened.status().message().find("lo") != std::string::npos);
    return 0;
  });
}

TEST(LiveSource, InterfaceThatIsDownCanBeRetried) {
  EXPECT_ALONE([] {
    const auto opened = OpenInterface("lo", {});
    CHECK_LINE(opened.status().code() == StatusCode::kUnavailable);
    CHECK_LINE(opened.status().retryable());
    return 0;
  });
}

TEST(LiveSource, MissingCapabilityIsNamed) {
  EXPECT_ALONE([] {
    // In a user namespace that owns no network, the process is allowed nothing on this one.
    CHECK_LINE(BringUp("lo"));
    if (::unshare(CLONE_NEWUSER) != 0) return 0;
    const auto opened = OpenInterface("lo", {});
    CHECK_LINE(opened.status().code() == StatusCode::kPermissionDenied);
    CHECK_LINE(opened.status().message().find("CAP_NET_RAW") != std::string::npos);
    CHECK_LINE(opened.status().message().find("setcap") != std::string::npos);
    return 0;
  });
}

TEST(LiveSource, RawIpInterfaceIsDelivered) {
  EXPECT_ALONE([] {
    const int tun = MakeTun("tun7");
    if (tun < 0) return 0;
    CHECK_LINE(BringUp("tun7"));
    auto opened = OpenInterface("tun7", {});
    CHECK_LINE(opened.ok());
    const std::string datagram(
        "\x45\x00\x00\x14\x00\x00\x00\x00\x40\x11\x00\x00"
        "\xc0\x00\x02\x01\xc0\x00\x02\x02",
        20);
    CHECK_LINE(::write(tun, datagram.data(), datagram.size()) == 20);
    KeptFrames kept;
    bool seen = false;
    while (!seen && WaitReadable(**opened)) {
      CHECK_LINE((*opened)->Poll(kept, 10).ok());
      for (const auto& frame : kept.frames()) seen |= frame.bytes == datagram;
    }
    CHECK_LINE(seen);
    CHECK_LINE(kept.frames()[0].link == LinkType::kRawIp);
    return 0;
  });
}

TEST(LiveSource, InterfaceThatGoesAwayIsUnavailable) {
  EXPECT_ALONE([] {
    const int tun = MakeTun("tun7");
    if (tun < 0) return 0;
    CHECK_LINE(BringUp("tun7"));
    auto opened = OpenInterface("tun7", {});
    CHECK_LINE(opened.ok());
    ::close(tun);
    KeptFrames kept;
    Result<size_t> polled = size_t{0};
    for (int i = 0; i < 100 && polled.ok(); ++i) {
      CHECK_LINE(WaitReadable(**opened));  // the loop must be woken
      polled = (*opened)->Poll(kept, 10);
    }
    CHECK_LINE(!polled.ok());
    CHECK_LINE(polled.status().code() == StatusCode::kUnavailable);
    CHECK_LINE(polled.status().message().find("tun7") == 0);
    CHECK_LINE(!(*opened)->Poll(kept, 10).ok());  // and stays so
    (*opened)->Stats();
    return 0;
  });
}

TEST(LiveSource, OptionsOutOfRangeAreRefused) {
  EXPECT_EQ(OpenInterface("lo", {.snap_length = 0, .filter = ""}).status().code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(OpenInterface("lo", {.buffer_bytes = 0xffffffff, .filter = ""}).status().code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(OpenInterface("", {}).status().code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace gnomon::capture
