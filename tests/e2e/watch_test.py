"""`gnomon-agent inspect --watch` on a pseudo terminal: a turn appears, the size is followed, q ends it,
and the terminal is as it was; without a terminal it says what to use instead."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

import harness

CAPTURE = harness.CAPTURES / "chat.pcap"
ESCAPE = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """The program on a terminal of its own; what it wrote, as it came."""

    def __init__(self, arguments, rows=24, columns=80, environment=None):
        self.master, slave = pty.openpty()
        self.resize(rows, columns)
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        env = dict(os.environ, TERM="xterm-256color", LANG="C.UTF-8")
        env.update(environment or {})
        self.process = subprocess.Popen(arguments, stdin=slave, stdout=slave, stderr=slave, env=env,
                                        start_new_session=True)
        self.output = b""

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def until(self, wanted, seconds=60):
        """Reads until `wanted(text so far)` is true."""
        deadline = time.monotonic() + seconds
        while not wanted(self.output):
            left = deadline - time.monotonic()
            ready, _, _ = select.select([self.master], [], [], max(left, 0))
            assert ready, "not seen in %d s; last:\n%s" % (
                seconds, ESCAPE.sub(b"", self.output[-4000:]).decode(errors="replace"))
            try:
                self.output += os.read(self.master, 65536)
            except OSError:
                raise AssertionError("the program ended:\n%r" % self.output[-2000:])

    def press(self, keys):
        os.write(self.master, keys)

    def ends(self, seconds=20):
        """The exit code, after everything that was written has been read."""
        self.until(lambda output: output.endswith(b"\x1b[?1049l"), seconds)
        return self.process.wait(timeout=seconds)

    def check_restored(self):
        assert termios.tcgetattr(self.slave) == self.before, "the terminal's settings are not back"
        assert self.output.count(b"\x1b[?1049h") == 1 and self.output.count(b"\x1b[?1049l") == 1
        assert self.output.rstrip().endswith(b"\x1b[?1049l")


def last_screen(output):
    return ESCAPE.sub(b"", output.rpartition(b"\x1b[H")[2]).decode(errors="replace")


def main():
    agent = str(harness.BIN / "gnomon-agent")
    watch = [agent, "inspect", "--watch", "-r", str(CAPTURE), "--speed", "50"]

    terminal = Terminal(watch)
    terminal.until(lambda output: re.search(r"\d\d:\d\d:\d\d +turn", last_screen(output)))
    terminal.until(lambda output: b"\x1b[32m" in output)
    terminal.press(b"s")
    terminal.until(lambda output: "sort: turns" in last_screen(output))
    terminal.press(b"p")
    terminal.until(lambda output: "PAUSED" in last_screen(output))
    terminal.press(b"p")
    terminal.until(lambda output: "PAUSED" not in last_screen(output))
    terminal.resize(30, 120)
    terminal.until(lambda output: "CLIENT" in last_screen(output) and
                   last_screen(output).count("\r\n") == 29)
    terminal.press(b"q")
    assert terminal.ends() == 0
    terminal.check_restored()

    for number in (signal.SIGINT, signal.SIGTERM):
        terminal = Terminal(watch, environment={"NO_COLOR": "1"})
        terminal.until(lambda output: "quit" in last_screen(output))
        assert b"\x1b[3" not in terminal.output, "colour in spite of NO_COLOR"
        terminal.process.send_signal(number)
        assert terminal.ends() == 0
        terminal.check_restored()

    # Ctrl-C as a person types it.
    terminal = Terminal(["setsid", "--ctty", "--wait"] + watch)
    terminal.until(lambda output: "quit" in last_screen(output))
    terminal.press(b"\x03")
    assert terminal.ends() == 0
    terminal.check_restored()

    # No terminal: refused, with what to use instead, and nothing drawn.
    refused = subprocess.run(watch, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    assert refused.returncode == 2 and refused.stdout == b"", refused
    assert b"--watch needs a terminal" in refused.stderr and b"--format jsonl" in refused.stderr
    terminal = Terminal(watch, environment={"TERM": "dumb"})
    assert terminal.process.wait(timeout=60) == 2

    # Without --watch each event is a line, in a pipe too, where it can be read before the program ends.
    lines = subprocess.run([agent, "inspect", "-r", str(CAPTURE), "--format", "jsonl"],
                           capture_output=True, timeout=60, check=True).stdout.decode()
    kinds = set(re.findall(r'"type":"(\w+)"', lines))
    assert {"turn", "visit", "coverage"} <= kinds, kinds
    print("ok")


if __name__ == "__main__":
    sys.exit(main())
