#include "agent/control/client.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "agent/control/message.h"

namespace gnomon::control {
namespace {

constexpr int kTimeoutSeconds = 10;

class Socket {
 public:
  Socket() : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval timeout{kTimeoutSeconds, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
  }
  ~Socket() { ::close(fd_); }
  Socket(const Socket&) = delete;

  bool Connect(const std::string& path) {
    sockaddr_un address{};
    if (path.size() >= sizeof address.sun_path) return false;
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    return ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }
  bool Receive(void* to, size_t size) {
    auto* bytes = static_cast<char*>(to);
    while (size > 0) {
      const ssize_t got = ::recv(fd_, bytes, size, 0);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      bytes += got;
      size -= static_cast<size_t>(got);
    }
    return true;
  }

 private:
  const int fd_;
};

}  // namespace

Result<v1::ControlReply> Ask(const std::filesystem::path& path, const v1::ControlRequest& request) {
  Socket socket;
  if (!socket.Connect(path.string())) return Unavailable("no agent is running here");
  const auto lost = [] { return Internal("the running agent did not answer"); };
  std::array<uint8_t, kLengthBytes> length;
  if (!socket.Send(Frame(request)) || !socket.Receive(length.data(), length.size())) return lost();
  GNOMON_ASSIGN_OR_RETURN(const size_t size, ReadLength(length, kMaxReplyBytes));
  std::string body(size, '\0');
  if (!socket.Receive(body.data(), body.size())) return lost();
  GNOMON_ASSIGN_OR_RETURN(v1::ControlReply reply, ParseReply(body));
  if (reply.error().empty()) return reply;
  return reply.refused() ? PermissionDenied(reply.error()) : Internal(reply.error());
}

}  // namespace gnomon::control
