// A terminal taken over for a while: alternate screen, keys as they are pressed. POSIX terminals
// that understand ECMA-48 and xterm's alternate screen (?1049).
#pragma once

#include <termios.h>

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"

namespace gnomon::terminal {

struct Size {
  int columns = 80;
  int rows = 24;
};

// Threads: one. What was on the terminal comes back when the screen is destroyed.
class Screen {
 public:
  // kFailedPrecondition where standard input or output is no terminal, or one without cursor
  // movement.
  static Result<std::unique_ptr<Screen>> Open();
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  Size size() const;
  // One call, one write: lines from the top, each of exactly size().columns columns.
  // False where the terminal has gone.
  bool Draw(const std::vector<std::string>& lines);

 private:
  explicit Screen(const termios& before) : before_(before) {}
  bool Write(const std::string& bytes);

  termios before_;
};

}  // namespace gnomon::terminal
