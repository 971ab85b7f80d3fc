#include "base/screen.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>

namespace gnomon::terminal {
namespace {

// Alternate screen, no cursor, no wrapping at the right edge; and all of it back.
constexpr char kEnter[] = "\033[?1049h\033[?25l\033[?7l\033[2J";
constexpr char kLeave[] = "\033[0m\033[?7h\033[?25h\033[?1049l";

}  // namespace

Result<std::unique_ptr<Screen>> Screen::Open() {
  const char* term = std::getenv("TERM");
  if (isatty(STDIN_FILENO) != 1 || isatty(STDOUT_FILENO) != 1) {
    return FailedPrecondition("standard input and output are no terminal");
  }
  if (term == nullptr || *term == '\0' || std::string_view(term) == "dumb") {
    return FailedPrecondition("the terminal cannot move its cursor (TERM)");
  }
  termios before{};
  if (tcgetattr(STDIN_FILENO, &before) != 0) {
    return FailedPrecondition("the terminal's settings cannot be read");
  }
  termios raw = before;
  // Keys at once and unseen. Ctrl-C stays a signal; Ctrl-Z would leave a screen that no one draws.
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  raw.c_cc[VSUSP] = _POSIX_VDISABLE;
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw) != 0) {
    return FailedPrecondition("the terminal's settings cannot be changed");
  }
  std::unique_ptr<Screen> screen(new Screen(before));
  screen->Write(kEnter);
  return screen;
}

Screen::~Screen() {
  Write(kLeave);
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
}

Size Screen::size() const {
  winsize window{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_col == 0 || window.ws_row == 0) {
    return {};
  }
  return {window.ws_col, window.ws_row};
}

bool Screen::Draw(const std::vector<std::string>& lines) {
  std::string bytes = "\033[H";
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) bytes += "\r\n";
    bytes += lines[i];
  }
  bytes += "\033[J";
  return Write(bytes);
}

bool Screen::Write(const std::string& bytes) {
  for (size_t at = 0; at < bytes.size();) {
    const ssize_t written = write(STDOUT_FILENO, bytes.data() + at, bytes.size() - at);
    if (written > 0) {
      at += static_cast<size_t>(written);
    } else if (errno == EAGAIN) {  // another program of the terminal's made it non-blocking
      pollfd ready{STDOUT_FILENO, POLLOUT, 0};
      if (poll(&ready, 1, 1000) <= 0) return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace gnomon::terminal
