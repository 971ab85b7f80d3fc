// What the stream on the other side is: a person's terminal, or a pipe.
#pragma once

#include <cstdio>

namespace gnomon::terminal {

// True where `stream` is a terminal that understands colour and NO_COLOR is not set.
bool WantsColour(std::FILE* stream);
bool IsTerminal(std::FILE* stream);

}  // namespace gnomon::terminal
