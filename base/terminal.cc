#include "base/terminal.h"

#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace gnomon::terminal {

bool IsTerminal(std::FILE* stream) { return isatty(fileno(stream)) == 1; }

bool WantsColour(std::FILE* stream) {
  const char* no_colour = std::getenv("NO_COLOR");
  if (no_colour != nullptr && *no_colour != '\0') return false;
  const char* term = std::getenv("TERM");
  if (term == nullptr || std::string_view(term) == "dumb") return false;
  return IsTerminal(stream);
}

}  // namespace gnomon::terminal
