#include "cli/exit_code.h"

#include <cstdio>

namespace gnomon::cli {

int ExitCode(const Status& status) {
  switch (status.code()) {
    case StatusCode::kOk: return 0;
    case StatusCode::kInvalidArgument:
    case StatusCode::kNotFound:
    case StatusCode::kFailedPrecondition: return kExitWrongInput;
    case StatusCode::kUnauthenticated:
    case StatusCode::kPermissionDenied: return kExitRefused;
    case StatusCode::kUnavailable: return kExitUnreachable;
    default: return kExitFailed;
  }
}

int Fail(const Status& status) {
  std::fprintf(stderr, "gnomon: %s\n", status.message().c_str());
  return ExitCode(status);
}

}  // namespace gnomon::cli
