// The kind of program behind a socket of this machine. One folder a system (linux/, other/), chosen
// by CMake.
#pragma once

#include <memory>

#include "agent/classify/client_kinds.h"

namespace gnomon::platform {

// Null where this system cannot tell: every client stays unknown then.
std::unique_ptr<classify::ClientKinds> MakeClientKinds();

}  // namespace gnomon::platform
