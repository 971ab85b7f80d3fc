#include "agent/control/server.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <thread>

#include "agent/control/message.h"
#include "agent/control/stored.h"
#include "base/file.h"

namespace gnomon::control {
namespace {

namespace asio = boost::asio;
using Protocol = asio::local::stream_protocol;
using Error = boost::system::error_code;

constexpr int kMaxConnections = 8;
constexpr std::chrono::seconds kTimeout{10};
// Below are the system's own accounts (Debian Policy 9.2.2; login.defs UID_MIN).
constexpr uid_t kFirstPerson = 1000;

v1::ControlReply ErrorReply(const std::string& error, bool refused = false) {
  v1::ControlReply reply;
  reply.set_error(error);
  reply.set_refused(refused);
  return reply;
}

}  // namespace

bool IsPerson(uid_t user, uid_t own) {
  return user == 0 || user == own || user >= kFirstPerson;
}

class Server::Impl {
 public:
  Impl(const ServerOptions& options, Handler handler)
      : options_(options), handler_(std::move(handler)), acceptor_(loop_) {}

  ~Impl() { Stop(); }

  void Stop() {
    loop_.stop();
    if (thread_.joinable()) thread_.join();
    stopped_ = true;
    if (std::exchange(bound_, false)) ::unlink(options_.socket.c_str());
  }

  Status Start() {
    // Readable by everybody: who may do what is decided by who connects.
    GNOMON_RETURN_IF_ERROR(MakeFolder(options_.socket.parent_path()));
    const std::string path = options_.socket.string();
    if (path.size() >= sizeof(sockaddr_un::sun_path)) {
      return InvalidArgument(path + ": too long for a socket");
    }
    ::unlink(path.c_str());  // of a run that was killed
    Error error;
    acceptor_.open(Protocol(), error);
    if (!error) acceptor_.bind(Protocol::endpoint(path), error);
    if (error) return PermissionDenied(path + ": " + error.message());
    bound_ = true;
    if (::chmod(path.c_str(), 0666) != 0) return PermissionDenied(path + ": cannot be opened to users");
    acceptor_.listen(kMaxConnections, error);
    if (error) return Internal(path + ": " + error.message());
    Accept();
    thread_ = std::thread([this] { loop_.run(); });
    return Status::Ok();
  }

 private:
  struct Connection {
    explicit Connection(Protocol::socket accepted, asio::io_context& loop)
        : socket(std::move(accepted)), timer(loop) {}
    Protocol::socket socket;
    asio::steady_timer timer;
    std::array<uint8_t, kLengthBytes> length{};
    std::string body, reply;
    uid_t user = static_cast<uid_t>(-1);
  };
  using Shared = std::shared_ptr<Connection>;

  void Accept() {
    acceptor_.async_accept([this](const Error& error, Protocol::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (!error) Take(std::move(socket));
      if (connections_ < kMaxConnections) {
        Accept();
      } else {
        full_ = true;  // the rest wait in the kernel's queue, which is bounded too
      }
    });
  }

  void Take(Protocol::socket socket) {
    ++connections_;
    Shared connection(new Connection(std::move(socket), loop_), [this](Connection* done) {
      delete done;
      --connections_;
      if (!stopped_ && std::exchange(full_, false)) Accept();
    });
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(connection->socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
      return;
    }
    connection->user = peer.uid;
    connection->timer.expires_after(kTimeout);
    connection->timer.async_wait([weak = std::weak_ptr(connection)](const Error& error) {
      Error ignored;
      if (const Shared late = weak.lock(); late && !error) late->socket.close(ignored);
    });
    asio::async_read(connection->socket, asio::buffer(connection->length),
                     [this, connection](const Error& error, size_t) {
                       if (!error) ReadBody(connection);
                     });
  }

  void ReadBody(const Shared& connection) {
    const Result<size_t> length = ReadLength(connection->length, kMaxRequestBytes);
    if (!length.ok()) return Reply(connection, ErrorReply(length.status().message()));
    connection->body.resize(*length);
    asio::async_read(connection->socket, asio::buffer(connection->body),
                     [this, connection](const Error& error, size_t) {
                       if (!error) Serve(connection);
                     });
  }

  void Serve(const Shared& connection) {
    const Result<v1::ControlRequest> request = ParseRequest(connection->body);
    if (!request.ok()) return Reply(connection, ErrorReply(request.status().message()));
    if (!IsPerson(connection->user, ::geteuid())) {
      return Reply(connection, ErrorReply("this socket is for people, not for services' accounts", true));
    }
    const bool changes = !request->has_sent() && !request->has_state();
    if (changes && options_.administrators_only && connection->user != 0) {
      return Reply(connection,
                   ErrorReply("on this laptop only an administrator may do that: IT has set "
                              "local_control: administrators. `gnomon-agent sent` shows everything.",
                              true));
    }
    // The handler's thread gives the reply back to this one; it alone touches the connection.
    handler_(*request, [this, connection, request = *request](v1::ControlReply reply) {
      asio::post(loop_, [this, connection, request, reply = std::move(reply)]() mutable {
        reply.mutable_pause()->set_administrators_only(options_.administrators_only);
        if (request.has_sent() && reply.error().empty()) {
          const Status read = AddBatches(options_.spool, request.sent().limit(), &reply);
          if (!read.ok()) reply = ErrorReply("the records cannot be read: " + std::string(StatusCodeName(read.code())));
        }
        if (!reply.error().empty()) reply.clear_pause();
        Reply(connection, reply);
      });
    });
  }

  void Reply(const Shared& connection, const v1::ControlReply& reply) {
    connection->reply = Frame(reply);
    asio::async_write(connection->socket, asio::buffer(connection->reply),
                      [connection](const Error&, size_t) {});
  }

  const ServerOptions options_;
  const Handler handler_;
  // Before the loop, whose end gives up the connections that are left.
  int connections_ = 0;
  bool full_ = false;
  bool bound_ = false;
  bool stopped_ = false;
  asio::io_context loop_{1};
  Protocol::acceptor acceptor_;
  std::thread thread_;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

void Server::Stop() {
  impl_->Stop();
}

Result<std::unique_ptr<Server>> Server::Start(const ServerOptions& options, Handler handler) {
  auto impl = std::make_unique<Impl>(options, std::move(handler));
  GNOMON_RETURN_IF_ERROR(impl->Start());
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

}  // namespace gnomon::control
