#include "pki/fetch_authority.h"

#include <netdb.h>
#include <openssl/err.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>

#include "pki/openssl.h"

namespace gnomon::pki {
namespace {

class Deadline {
 public:
  explicit Deadline(int seconds)
      : end_(std::chrono::steady_clock::now() + std::chrono::seconds(seconds)) {}
  int LeftMs() const {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end_ - std::chrono::steady_clock::now());
    return left.count() <= 0 ? 0 : static_cast<int>(left.count());
  }

 private:
  std::chrono::steady_clock::time_point end_;
};

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

// OpenSSL writes to sockets without MSG_NOSIGNAL, so a server that hangs up in the middle would end
// the program. Holds SIGPIPE back on this thread, and swallows one that came meanwhile.
class NoBrokenPipe {
 public:
  NoBrokenPipe() {
    sigset_t pending;
    ::sigpending(&pending);
    was_pending_ = ::sigismember(&pending, SIGPIPE) == 1;
    ::sigemptyset(&pipe_);
    ::sigaddset(&pipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~NoBrokenPipe() {
    constexpr timespec kNow{0, 0};
    if (!was_pending_) ::sigtimedwait(&pipe_, nullptr, &kNow);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoBrokenPipe(const NoBrokenPipe&) = delete;
  NoBrokenPipe& operator=(const NoBrokenPipe&) = delete;

 private:
  sigset_t pipe_;
  sigset_t before_;
  bool was_pending_ = false;
};

// False when the deadline came first.
bool WaitFor(int fd, short events, const Deadline& deadline) {
  pollfd item{fd, events, 0};
  for (;;) {
    const int ready = ::poll(&item, 1, deadline.LeftMs());
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

struct HostPort {
  std::string host;
  std::string port;
};

Result<HostPort> SplitAddress(const std::string& address) {
  HostPort parts;
  const size_t colon = address.rfind(':');
  if (colon != std::string::npos) {
    parts.host = address.substr(0, colon);
    parts.port = address.substr(colon + 1);
    if (parts.host.size() > 2 && parts.host.front() == '[' && parts.host.back() == ']') {
      parts.host = parts.host.substr(1, parts.host.size() - 2);
    } else if (parts.host.find_first_of(":[]") != std::string::npos) {
      parts.host.clear();
    }
  }
  const bool port_is_number = !parts.port.empty() && parts.port.size() <= 5 &&
                              parts.port.find_first_not_of("0123456789") == std::string::npos;
  if (parts.host.empty() || !port_is_number) {
    return InvalidArgument("\"" + address + "\" is not an address; write host:port or [v6]:port");
  }
  return parts;
}

// getaddrinfo has its own timeout (resolv.conf's), which the deadline does not shorten.
Result<Socket> ConnectTcp(const HostPort& where, const Deadline& deadline) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(where.host.c_str(), where.port.c_str(), &hints, &found);
  if (failed != 0) return Unavailable(where.host + ": " + ::gai_strerror(failed));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(found, ::freeaddrinfo);
  int error = ETIMEDOUT;
  for (const addrinfo* at = list.get(); at != nullptr; at = at->ai_next) {
    Socket socket(
        ::socket(at->ai_family, at->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, at->ai_protocol));
    if (socket.fd() < 0) {
      error = errno;
      continue;
    }
    if (::connect(socket.fd(), at->ai_addr, at->ai_addrlen) == 0) return socket;
    error = errno;
    if (error != EINPROGRESS) continue;
    if (!WaitFor(socket.fd(), POLLOUT, deadline)) {
      error = ETIMEDOUT;
      break;
    }
    socklen_t size = sizeof error;
    if (::getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0) {
      return socket;
    }
  }
  return Unavailable(std::string("cannot reach the collector: ") + std::strerror(error));
}

// What the verification of one handshake needs and finds.
struct Pin {
  std::string host;
  std::string fingerprint;
  Certificate authority;  // set once it was found and everything verified against it
  Status status;
};

X509* FindAuthority(STACK_OF(X509) * chain, const std::string& fingerprint) {
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    X509* candidate = sk_X509_value(chain, i);
    if (FingerprintOf(candidate) == fingerprint && X509_self_signed(candidate, 1) == 1 &&
        X509_check_ca(candidate) == 1) {
      return candidate;
    }
  }
  return nullptr;
}

Status VerifyAgainst(X509* authority, X509* leaf, const std::string& host) {
  const CertificateStore store(X509_STORE_new());
  const CertificateStack untrusted(sk_X509_new_null());
  const Verification verification(X509_STORE_CTX_new());
  if (!store || !untrusted || !verification || X509_STORE_add_cert(store.get(), authority) != 1 ||
      X509_STORE_CTX_init(verification.get(), store.get(), leaf, untrusted.get()) != 1 ||
      X509_STORE_CTX_set_default(verification.get(), "ssl_server") != 1) {
    return OpensslError("verifying the collector");
  }
  X509_VERIFY_PARAM* rules = X509_STORE_CTX_get0_param(verification.get());
  X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_X509_STRICT);
  X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str()) != 1 &&
      X509_VERIFY_PARAM_set1_host(rules, host.c_str(), host.size()) != 1) {
    return OpensslError("verifying the collector's name");
  }
  if (X509_verify_cert(verification.get()) == 1) return Status::Ok();
  const int error = X509_STORE_CTX_get_error(verification.get());
  return Unauthenticated(std::string("the collector's certificate does not verify: ") +
                         X509_verify_cert_error_string(error));
}

// Called by OpenSSL in place of its own verification, before the client's Finished leaves.
int VerifyByPin(X509_STORE_CTX* context, void* argument) {
  Pin& pin = *static_cast<Pin*>(argument);
  STACK_OF(X509)* chain = X509_STORE_CTX_get0_untrusted(context);
  X509* leaf = X509_STORE_CTX_get0_cert(context);
  X509* authority = FindAuthority(chain, pin.fingerprint);
  if (authority == nullptr) {
    pin.status = Unauthenticated(
        "the server's authority is not the one that the token names: wrong collector, an old "
        "token, "
        "or someone in between");
  } else {
    pin.status = VerifyAgainst(authority, leaf, pin.host);
  }
  ERR_clear_error();
  if (!pin.status.ok()) {
    X509_STORE_CTX_set_error(context, X509_V_ERR_APPLICATION_VERIFICATION);
    return 0;
  }
  X509_up_ref(authority);
  pin.authority.reset(authority);
  return 1;
}

Status Handshake(SSL* tls, int fd, const Pin& pin, const Deadline& deadline) {
  for (;;) {
    const int done = SSL_connect(tls);
    if (done == 1) return Status::Ok();
    const int wants = SSL_get_error(tls, done);
    if (wants == SSL_ERROR_WANT_READ || wants == SSL_ERROR_WANT_WRITE) {
      if (WaitFor(fd, wants == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline)) continue;
      return Unavailable("the collector did not finish its TLS handshake in time");
    }
    if (!pin.status.ok()) {
      ERR_clear_error();
      return pin.status;
    }
    if (wants == SSL_ERROR_SYSCALL ||
        ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
      ERR_clear_error();
      return Unavailable("the collector closed the connection during the TLS handshake");
    }
    return Unauthenticated(OpensslError("no TLS 1.3 with this server").message());
  }
}

}  // namespace

Result<std::string> FetchAuthority(const std::string& address, const std::string& fingerprint,
                                   int timeout_seconds) {
  GNOMON_ASSIGN_OR_RETURN(const HostPort where, SplitAddress(address));
  const Deadline deadline(timeout_seconds);
  const NoBrokenPipe no_broken_pipe;
  GNOMON_ASSIGN_OR_RETURN(const Socket socket, ConnectTcp(where, deadline));

  Pin pin;
  pin.host = where.host;
  pin.fingerprint = fingerprint;
  const TlsContext context(SSL_CTX_new(TLS_client_method()));
  if (!context) return OpensslError("TLS");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context.get(), VerifyByPin, &pin);
  const Tls tls(SSL_new(context.get()));
  // A gRPC server closes a connection that does not offer h2.
  static constexpr unsigned char kAlpn[] = {2, 'h', '2'};
  if (!tls || SSL_set_fd(tls.get(), socket.fd()) != 1 ||
      SSL_set_alpn_protos(tls.get(), kAlpn, sizeof kAlpn) != 0) {
    return OpensslError("TLS");
  }
  if (ASN1_OCTET_STRING* ip = a2i_IPADDRESS(where.host.c_str()); ip != nullptr) {
    ASN1_OCTET_STRING_free(ip);  // RFC 6066 section 3: no literal addresses in SNI
  } else {
    SSL_set_tlsext_host_name(tls.get(), where.host.c_str());
  }
  ERR_clear_error();
  GNOMON_RETURN_IF_ERROR(Handshake(tls.get(), socket.fd(), pin, deadline));
  SSL_shutdown(tls.get());
  ERR_clear_error();
  if (!pin.authority) return Unauthenticated("the server showed no certificate");
  return WritePem(pin.authority.get());
}

}  // namespace gnomon::pki
