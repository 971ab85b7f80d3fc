// The socket on which the people of this laptop see what was sent, pause, resume and purge. docs/formats/control.md
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <memory>

#include "base/status.h"
#include "gnomon/v1/control.pb.h"

namespace gnomon::control {

struct ServerOptions {
  std::filesystem::path socket;
  std::filesystem::path spool;      // read for `sent`, without a lock
  bool administrators_only = false; // who may pause, resume and purge
};

// Whether the user with this number is a person of this laptop: one who logs in, root, or who runs the agent. A service's
// account, which a hole in that service would give to somebody, is not.
bool IsPerson(uid_t user, uid_t own);

// One thread of its own; a slow or hostile client holds up no capture. At most 8 connections, each with one request and
// 10 seconds.
class Server {
 public:
  // What changes the agent: called on the server's thread, must call `answer` once, from any thread. The reply may say
  // an error.
  using Answer = std::function<void(v1::ControlReply)>;
  using Handler = std::function<void(const v1::ControlRequest&, Answer answer)>;

  // Makes the socket, and its folder where that is missing.
  static Result<std::unique_ptr<Server>> Start(const ServerOptions& options, Handler handler);
  ~Server();

  // Takes no more, and has no thread from then on. Answers may still be given, and go nowhere; the server must outlive
  // them.
  void Stop();

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gnomon::control
