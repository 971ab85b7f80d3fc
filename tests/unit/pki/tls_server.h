// A bare TLS server for one connection, on a thread: what a collector, a wrong collector or
// somebody in between would show.
#pragma once

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "pki/openssl.h"

namespace gnomon::pki {

class TlsServer {
 public:
  struct Options {
    std::string private_key;
    std::string certificate;
    std::vector<std::string> extra;  // certificates sent after it
    int max_version = TLS1_3_VERSION;
  };

  explicit TlsServer(Options options) : options_(std::move(options)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof where;
    ::bind(listener_, reinterpret_cast<sockaddr*>(&where), size);
    ::listen(listener_, 1);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&where), &size);
    port_ = ntohs(where.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~TlsServer() {
    ::shutdown(listener_, SHUT_RDWR);  // wakes accept() where nobody came
    Join();
    ::close(listener_);
  }

  std::string Address(const std::string& host = "127.0.0.1") const {
    return host + ":" + std::to_string(port_);
  }
  // After the client has gone: bytes of application data that it sent; -1: no handshake was done.
  int received() {
    Join();
    return received_;
  }

 private:
  void Join() {
    if (thread_.joinable()) thread_.join();
  }

  void Serve() {
    sigset_t pipe;  // the client may be gone before the session tickets are written
    ::sigemptyset(&pipe);
    ::sigaddset(&pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    const int fd = ::accept(listener_, nullptr, nullptr);
    if (fd < 0) return;
    const TlsContext context(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_set_max_proto_version(context.get(), options_.max_version);
    const Key key = ReadPrivateKey(options_.private_key).value();
    const Certificate certificate = ReadCertificate(options_.certificate).value();
    SSL_CTX_use_certificate(context.get(), certificate.get());
    SSL_CTX_use_PrivateKey(context.get(), key.get());
    for (const std::string& pem : options_.extra) {
      SSL_CTX_add_extra_chain_cert(context.get(), ReadCertificate(pem).value().release());
    }
    const Tls tls(SSL_new(context.get()));
    SSL_set_fd(tls.get(), fd);
    if (SSL_accept(tls.get()) == 1) {
      received_ = 0;
      char buffer[4096];
      for (int got = 0; (got = SSL_read(tls.get(), buffer, sizeof buffer)) > 0;) received_ += got;
    }
    ERR_clear_error();
    ::close(fd);
  }

  Options options_;
  int listener_ = -1;
  int port_ = 0;
  int received_ = -1;
  std::thread thread_;
};

}  // namespace gnomon::pki
