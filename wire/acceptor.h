// Accepts connections for a gRPC server, so many at once and so many of one address. gRPC 1.51 has
// no such limit, and its own listener never accepts again once the process has run out of file
// descriptors.
#pragma once

#include <grpcpp/grpcpp.h>
#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>

#include "base/status.h"

namespace gnomon::wire {

struct ConnectionLimits {
  size_t all = 8192;
  // Of an IPv4 address or an IPv6 /64. Not small: a company's laptops may stand behind one address.
  size_t of_one_address = 2048;
};

class Acceptor {
 public:
  struct Counters {
    std::atomic<uint64_t> accepted = 0;
    std::atomic<uint64_t> refused_all = 0;      // closed at once: too many
    std::atomic<uint64_t> refused_address = 0;  // of this address
    std::atomic<uint64_t> out_of_files = 0;     // times that no descriptor was left
  };

  // Binds and listens; nothing is accepted yet. "0.0.0.0" and "::" are every address of both
  // families. Raises the process's limit of open files as far as it may, and lowers `limits.all` to
  // what fits. kUnavailable: the port is taken.
  static Result<std::unique_ptr<Acceptor>> Listen(const std::string& host, int port,
                                                  ConnectionLimits limits);
  ~Acceptor();  // stops
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  int port() const { return port_; }
  // Once, with the server's; it must outlive Stop().
  void Start(std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> server);
  // No more connections. Before the server is shut down.
  void Stop();

  const Counters& counters() const { return counters_; }

 private:
  // A connection that gRPC owns by now: known by its descriptor's number and, since that is used
  // again, by its inode.
  struct Connection {
    dev_t device = 0;
    ino_t inode = 0;
    uint64_t address = 0;
  };

  Acceptor(int listener, int wake, int port, const ConnectionLimits& limits);
  void Run();
  void Take(int fd, uint64_t address);
  bool HasRoom(uint64_t address) const;
  // Forgets the connections that gRPC has closed.
  void Sweep();
  void Forget(int fd);

  const int listener_;
  const int wake_;
  const int port_;
  const ConnectionLimits limits_;
  Counters counters_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> server_;
  // Run's own:
  std::unordered_map<int, Connection> open_;
  std::unordered_map<uint64_t, size_t> by_address_;
  std::thread thread_;
};

}  // namespace gnomon::wire
