#include <cstdio>

#include "agent/commands/commands.h"

namespace gnomon::agent {

int ExitCode(const Status& status) {
  switch (status.code()) {
    case StatusCode::kOk: return 0;
    case StatusCode::kInvalidArgument:
    case StatusCode::kNotFound:
    case StatusCode::kDataLoss: return 2;
    case StatusCode::kPermissionDenied:
    case StatusCode::kUnauthenticated:
    case StatusCode::kFailedPrecondition: return 3;
    case StatusCode::kUnavailable: return 4;
    default: return 1;
  }
}

int Fail(const Status& status) {
  std::fprintf(stderr, "gnomon-agent: %s\n", status.message().c_str());
  return ExitCode(status);
}

}  // namespace gnomon::agent
