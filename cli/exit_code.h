// Exit codes of `gnomon`, and the one way in which it reports an error.
#pragma once

#include <string>

#include "base/status.h"

namespace gnomon::cli {

inline constexpr int kExitFailed = 1;        // something did not work
inline constexpr int kExitWrongInput = 2;    // the command line or a file is wrong
inline constexpr int kExitRefused = 3;       // the collector does not allow it
inline constexpr int kExitUnreachable = 4;   // no collector there

int ExitCode(const Status& status);
// Prints "gnomon: message" on standard error; returns ExitCode().
int Fail(const Status& status);

}  // namespace gnomon::cli
