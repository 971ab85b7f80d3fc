#include "agent/platform/linux/socket_finder.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace gnomon::platform {
namespace {

struct Request {
  nlmsghdr header;
  inet_diag_req_v2 body;
};

// Answers to earlier questions that are skipped before this one's is given up.
constexpr int kMaxStale = 8;

void PutAddress(const decode::IpAddress& address, bool v4, __be32 (&out)[4]) {
  std::memset(out, 0, sizeof(out));
  if (v4) {
    std::memcpy(out, address.bytes.data() + 12, 4);
  } else {
    std::memcpy(out, address.bytes.data(), 16);
  }
}

Request Ask(const classify::FiveTuple& tuple, uint32_t sequence) {
  const bool tcp = tuple.transport == decode::Transport::kTcp;
  const bool v4 = tuple.client.IsV4() && tuple.server.IsV4();
  Request request{};
  request.header.nlmsg_len = sizeof(request);
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST;
  request.header.nlmsg_seq = sequence;
  request.body.sdiag_family = v4 ? AF_INET : AF_INET6;
  request.body.sdiag_protocol = tcp ? IPPROTO_TCP : IPPROTO_UDP;
  request.body.idiag_states = ~0u;
  inet_diag_sockid& id = request.body.id;
  id.idiag_cookie[0] = id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  // For UDP the kernel looks for the receiver of a datagram, and takes source and destination as
  // that datagram has them ("swapped for historical reasons", net/ipv4/udp_diag.c).
  id.idiag_sport = htons(tcp ? tuple.client_port : tuple.server_port);
  id.idiag_dport = htons(tcp ? tuple.server_port : tuple.client_port);
  PutAddress(tcp ? tuple.client : tuple.server, v4, id.idiag_src);
  PutAddress(tcp ? tuple.server : tuple.client, v4, id.idiag_dst);
  return request;
}

// The kernel falls back to a listener on the client's port: that one opened no flow.
bool IsOfFlow(const inet_diag_msg& found, const classify::FiveTuple& tuple) {
  if (found.idiag_inode == 0) return false;  // nobody's any more: TIME_WAIT
  if (ntohs(found.id.idiag_sport) != tuple.client_port) return false;
  const uint16_t peer = ntohs(found.id.idiag_dport);
  if (tuple.transport == decode::Transport::kUdp) return peer == 0 || peer == tuple.server_port;
  return found.idiag_state != TCP_LISTEN && peer == tuple.server_port;
}

}  // namespace

SocketFinder::SocketFinder()
    : netlink_(socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG)) {}

SocketFinder::~SocketFinder() {
  if (netlink_ >= 0) close(netlink_);
}

std::optional<Socket> SocketFinder::Find(const classify::FiveTuple& tuple) {
  if (netlink_ < 0) return {};
  const Request request = Ask(tuple, ++sequence_);
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  const ssize_t sent = sendto(netlink_, &request, sizeof(request), 0,
                              reinterpret_cast<const sockaddr*>(&kernel), sizeof(kernel));
  if (sent != static_cast<ssize_t>(sizeof(request))) return {};
  // The kernel answers an exact question before sendto() returns: nothing is waited for.
  alignas(nlmsghdr) std::array<char, 4096> buffer;
  for (int answer = 0; answer < kMaxStale; ++answer) {
    sockaddr_nl from{};
    socklen_t from_length = sizeof(from);
    const ssize_t length = recvfrom(netlink_, buffer.data(), buffer.size(), 0,
                                    reinterpret_cast<sockaddr*>(&from), &from_length);
    if (length < static_cast<ssize_t>(sizeof(nlmsghdr))) return {};
    nlmsghdr header;
    std::memcpy(&header, buffer.data(), sizeof(header));
    // Another process may write to this socket's address; only the kernel's is 0.
    if (from.nl_pid != 0 || header.nlmsg_seq != sequence_) continue;
    if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY ||
        length < static_cast<ssize_t>(NLMSG_HDRLEN + sizeof(inet_diag_msg))) {
      return {};  // ENOENT, or a kernel without inet_diag
    }
    inet_diag_msg found;
    std::memcpy(&found, buffer.data() + NLMSG_HDRLEN, sizeof(found));
    if (!IsOfFlow(found, tuple)) return {};
    return Socket{found.idiag_inode, found.idiag_uid};
  }
  return {};
}

}  // namespace gnomon::platform
