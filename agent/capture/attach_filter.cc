#include "agent/capture/attach_filter.h"

#ifdef __linux__
#include <linux/filter.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string>
#endif

namespace gnomon::capture {

#ifdef __linux__
namespace {

static_assert(sizeof(BpfInstruction) == sizeof(sock_filter));
static_assert(offsetof(BpfInstruction, jump_true) == offsetof(sock_filter, jt));
static_assert(offsetof(BpfInstruction, k) == offsetof(sock_filter, k));

int Attach(int fd, const BpfProgram& program) {
  // The kernel copies it; that it takes a pointer to non-const is history.
  auto* code = reinterpret_cast<sock_filter*>(const_cast<BpfInstruction*>(program.data()));
  const sock_fprog whole{static_cast<unsigned short>(program.size()), code};
  return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &whole, sizeof whole) == 0 ? 0 : errno;
}

}  // namespace

Status AttachFilter(int fd, const BpfProgram& program) {
  if (program.empty() || program.size() > kMaxBpfInstructions) {
    return InvalidArgument("a BPF program has 1 to 4096 instructions");
  }
  const int error = Attach(fd, program);
  if (error == 0) return Status::Ok();
  std::string message = std::string("attaching a packet filter: ") + std::strerror(error);
  if (error == ENOMEM) return ResourceExhausted(std::move(message));
  return Internal(std::move(message));
}
#else
Status AttachFilter(int, const BpfProgram&) {
  return FailedPrecondition("packet filters are attached on Linux only");
}
#endif

}  // namespace gnomon::capture
