// What `sent`, `pause`, `resume`, `purge` and `status` ask the running agent.
#pragma once

#include <filesystem>

#include "base/status.h"
#include "gnomon/v1/control.pb.h"

namespace gnomon::control {

// kUnavailable where no agent listens there; kPermissionDenied where it does and this user may not; other errors are the
// agent's. Waits 10 seconds at most.
Result<v1::ControlReply> Ask(const std::filesystem::path& socket, const v1::ControlRequest& request);

}  // namespace gnomon::control
