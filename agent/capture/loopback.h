// The interface on which programs of this machine talk to one another.
#pragma once

#include <string>

namespace gnomon::capture {

// "lo" on Linux, "lo0" on macOS; empty where the system shows none that is up.
std::string LoopbackInterface();

}  // namespace gnomon::capture
