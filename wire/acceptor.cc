#include "wire/acceptor.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

namespace gnomon::wire {
namespace {

constexpr int kBacklog = 1024;
constexpr int kOutOfFilesPauseMs = 100;
// For the databases, logs and gRPC's own.
constexpr size_t kOtherFiles = 256;
// Data that a peer does not acknowledge; the keepalive finds the rest.
constexpr unsigned kUserTimeoutMs = 30'000;

struct Addresses {
  Addresses() = default;
  ~Addresses() {
    if (list != nullptr) ::freeaddrinfo(list);
  }
  addrinfo* list = nullptr;
};

int PortOf(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  return ntohs(address.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                   : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

// -1 where this address cannot be had.
int ListenOn(const addrinfo& address) {
  const int fd = ::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  const int on = 1, off = 0;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address.ai_family == AF_INET6) {
    ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  }
  if (::bind(fd, address.ai_addr, address.ai_addrlen) == 0 && ::listen(fd, kBacklog) == 0)
    return fd;
  ::close(fd);
  return -1;
}

// An IPv4 address, also one mapped into IPv6, or the /64 of an IPv6 address.
uint64_t AddressKey(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    return reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr;
  }
  const in6_addr& ip = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  uint32_t v4 = 0;
  uint64_t network = 0;
  std::memcpy(&v4, ip.s6_addr + 12, sizeof v4);
  std::memcpy(&network, ip.s6_addr, sizeof network);
  return IN6_IS_ADDR_V4MAPPED(&ip) ? v4 : network;
}

// At once and without a goodbye that could block.
void Refuse(int fd) {
  const linger now{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  ::close(fd);
}

size_t RaiseOpenFiles() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return 1024;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  ::getrlimit(RLIMIT_NOFILE, &files);
  return static_cast<size_t>(files.rlim_cur);
}

}  // namespace

Result<std::unique_ptr<Acceptor>> Acceptor::Listen(const std::string& host, int port,
                                                   ConnectionLimits limits) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  const std::string service = std::to_string(port);
  std::vector<std::string> hosts{host};
  if (host == "0.0.0.0" || host == "::") hosts = {"::", "0.0.0.0"};
  int listener = -1;
  for (const std::string& one : hosts) {
    Addresses addresses;
    if (::getaddrinfo(one.c_str(), service.c_str(), &hints, &addresses.list) != 0) continue;
    for (const addrinfo* at = addresses.list; at != nullptr && listener < 0; at = at->ai_next) {
      listener = ListenOn(*at);
    }
    if (listener >= 0 || errno == EADDRINUSE) break;
  }
  if (listener < 0) {
    return Unavailable("the port is taken, or the address is not this machine's");
  }
  const int wake = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake < 0) {
    ::close(listener);
    return Internal("no event descriptor");
  }
  const size_t files = RaiseOpenFiles();
  limits.all = std::min(limits.all, files > 2 * kOtherFiles ? files - kOtherFiles : files / 2);
  return std::unique_ptr<Acceptor>(new Acceptor(listener, wake, PortOf(listener), limits));
}

Acceptor::Acceptor(int listener, int wake, int port, const ConnectionLimits& limits)
    : listener_(listener), wake_(wake), port_(port), limits_(limits) {}

Acceptor::~Acceptor() {
  Stop();
  ::close(listener_);
  ::close(wake_);
}

void Acceptor::Start(std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> server) {
  server_ = std::move(server);
  thread_ = std::thread([this] { Run(); });
}

void Acceptor::Stop() {
  if (!thread_.joinable()) return;
  const uint64_t one = 1;
  (void)!::write(wake_, &one, sizeof one);
  thread_.join();
  server_.reset();
}

void Acceptor::Run() {
  pollfd waits[2] = {{wake_, POLLIN, 0}, {listener_, POLLIN, 0}};
  for (;;) {
    if (::poll(waits, 2, -1) < 0 && errno != EINTR) return;
    if (waits[0].revents != 0) return;
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    const int fd = ::accept4(listener_, reinterpret_cast<sockaddr*>(&peer), &size,
                             SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      Take(fd, AddressKey(peer));
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      // The peer waits in the backlog until somebody leaves.
      ++counters_.out_of_files;
      (void)::poll(waits, 1, kOutOfFilesPauseMs);
    }
  }
}

void Acceptor::Take(int fd, uint64_t address) {
  Forget(fd);  // gRPC has closed what had this number before
  if (!HasRoom(address)) Sweep();
  if (!HasRoom(address)) {
    ++(open_.size() >= limits_.all ? counters_.refused_all : counters_.refused_address);
    return Refuse(fd);
  }
  struct stat about {};
  if (::fstat(fd, &about) != 0) return Refuse(fd);
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &kUserTimeoutMs, sizeof kUserTimeoutMs);
  open_[fd] = {about.st_dev, about.st_ino, address};
  ++by_address_[address];
  ++counters_.accepted;
  grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters parameters;
  parameters.listener_fd = listener_;
  parameters.fd = fd;
  server_->HandleNewConnection(&parameters);
}

bool Acceptor::HasRoom(uint64_t address) const {
  const auto of_address = by_address_.find(address);
  return open_.size() < limits_.all &&
         (of_address == by_address_.end() || of_address->second < limits_.of_one_address);
}

void Acceptor::Sweep() {
  std::vector<int> gone;
  for (const auto& [fd, connection] : open_) {
    struct stat about {};
    if (::fstat(fd, &about) != 0 || about.st_dev != connection.device ||
        about.st_ino != connection.inode) {
      gone.push_back(fd);
    }
  }
  for (const int fd : gone) Forget(fd);
}

void Acceptor::Forget(int fd) {
  const auto at = open_.find(fd);
  if (at == open_.end()) return;
  if (const auto count = by_address_.find(at->second.address); --count->second == 0) {
    by_address_.erase(count);
  }
  open_.erase(at);
}

}  // namespace gnomon::wire
