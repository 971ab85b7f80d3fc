"""What the end-to-end tests share: the programs, a collector, laptops, a link that can be cut.

The programs are found by GNOMON_BIN, the catalogue by GNOMON_CATALOGUE (CTest sets both). Nothing here waits by
sleeping: a test waits for a line, a connection or an exit, each with a limit, and ends only what it started.
"""
import json
import os
import queue
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import unittest
from collections import Counter
from pathlib import Path

DATA = Path(__file__).resolve().parents[1] / "data"
CAPTURES, MADE = DATA / "captures", DATA / "made"
BIN = Path(os.environ.get("GNOMON_BIN", "build/dev/bin")).resolve()
CATALOGUE = Path(os.environ.get("GNOMON_CATALOGUE", BIN.parent / "share/gnomon/catalogue.pb")).resolve()
NOTHING = MADE / "file-no-packets.pcap"  # to deliver what waits without counting anything new

# Exit codes of every program.
OK, FAILED, BAD_INPUT, REFUSED, UNREACHABLE = 0, 1, 2, 3, 4
LIMIT_S = 60  # for one step; sanitizers on a loaded machine are slow

COUNTS = ("visits", "turns", "active_minutes", "uploads", "kib_up", "kib_down")
ANY_SERVICE = "any"


def environment(extra=None):
    """Of the programs: days are UTC days, no colours, nothing from the caller's own setup but `extra`."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GNOMON_")}
    return {**kept, "TZ": "UTC", "LC_ALL": "C.UTF-8", "NO_COLOR": "1", **(extra or {})}


def command(program, *arguments):
    return [str(BIN / program), *map(str, arguments)]


def run(program, *arguments, stdin=None, prefix=(), env=None):
    """Runs a program to its end; returns the completed process with text output."""
    return subprocess.run([*prefix, *command(program, *arguments)], input=stdin, capture_output=True,
                          text=stdin is None or isinstance(stdin, str), timeout=LIMIT_S, env=environment(env), check=False)


class Lines:
    """The lines of a pipe as they come, for waiting on one of them."""

    def __init__(self, pipe, copy_to=None):
        self._queue, self._copy = queue.Queue(), copy_to
        self.seen = []
        threading.Thread(target=self._read, args=(pipe,), daemon=True).start()

    def _read(self, pipe):
        for line in pipe:
            if self._copy:
                self._copy.write(line)
                self._copy.flush()
            self._queue.put(line)
        self._queue.put(None)
        pipe.close()

    def wait_for(self, matches, what):
        """The first line not yet looked at for which `matches(line)` is true."""
        while True:
            try:
                line = self._queue.get(timeout=LIMIT_S)
            except queue.Empty:
                raise AssertionError(f"no {what} within {LIMIT_S} s; last lines: {self.seen[-5:]}") from None
            if line is None:
                raise AssertionError(f"ended before {what}: {''.join(self.seen[-20:])}")
            self.seen.append(line)
            if matches(line):
                return line

    def rest(self):
        while (line := self._queue.get(timeout=LIMIT_S)) is not None:
            self.seen.append(line)
        return self.seen


class Process:
    """A program that runs beside the test. Its output and log can be waited on."""

    def __init__(self, test, program, *arguments, prefix=(), stdin=None, env=None):
        self._process = subprocess.Popen([*prefix, *command(program, *arguments)], stdin=stdin, stdout=subprocess.PIPE,
                                         stderr=subprocess.PIPE, text=True, env=environment(env))
        self.out, self.log = Lines(self._process.stdout), Lines(self._process.stderr)
        self.stdin, self.pid = self._process.stdin, self._process.pid
        test.addCleanup(self.kill)

    def signal(self, number):
        self._process.send_signal(number)

    def wait(self, limit=LIMIT_S):
        return self._process.wait(timeout=limit)

    def ended(self):
        return self._process.poll() is not None

    def kill(self):
        if not self.ended():
            self._process.kill()
        self._process.wait(timeout=LIMIT_S)
        if self._process.stdin:
            self._process.stdin.close()


def free_port():
    """A port of 127.0.0.1 that nobody listens on, for a collector that must come back under its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Collector:
    def __init__(self, test, floor=5, port=0, prefix=()):
        self._test, self._prefix = test, prefix
        self.data = test.folder / f"collector-{len(list(test.folder.glob('collector-*')))}"
        made = run("gnomon-collector", "init", "--data", self.data, "--listen", f"127.0.0.1:{port}", "--floor", floor,
                   prefix=prefix)
        test.assertEqual(made.returncode, OK, made.stderr)
        self.process, self.port = None, None

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def start(self, env=None):
        port_file = self.data / "port"
        port_file.unlink(missing_ok=True)
        self.process = Process(self._test, "gnomon-collector", "run", "--data", self.data, "--port-file", port_file,
                               prefix=self._prefix, env=env)
        self.process.log.wait_for(lambda line: "listening" in line, "line that says it listens")
        self.port = int(port_file.read_text())
        return self

    def kill(self):
        """As a power cut does: no chance to finish anything."""
        self.process.kill()

    def ask(self, *arguments):
        """`gnomon ...` under the administrator's credential."""
        return run("gnomon", "--credential", self.data / "admin.credential", "--collector", self.address, *arguments,
                   prefix=self._prefix)

    def token(self, department, uses=40, expires="7d"):
        made = self.ask("tokens", "create", "--department", department, "--uses", uses, "--expires", expires)
        self._test.assertEqual(made.returncode, OK, made.stderr)
        lines = made.stdout.splitlines()
        self._test.assertEqual(len(lines), 1, "in a pipe the token stands alone")
        return lines[0]

    def json(self, *arguments):
        answer = self.ask(*arguments, "--format", "json")
        self._test.assertEqual(answer.returncode, OK, answer.stderr)
        return json.loads(answer.stdout)


def committed_batches(collector):
    """Batches that the collector has counted, with or without a receipt; from its ledger, running or not."""
    with sqlite3.connect(f"file:{collector.data / 'usage.db'}?mode=ro", uri=True, timeout=LIMIT_S) as database:
        count, = database.execute("SELECT count(*) FROM nonces").fetchone()
    database.close()
    return count


class Laptop:
    def __init__(self, test, name, prefix=()):
        self._test, self._prefix = test, prefix
        self.state = test.folder / f"laptop-{name}"

    def agent(self, subcommand, *arguments, **options):
        return run("gnomon-agent", subcommand, "--state", self.state, *arguments, prefix=self._prefix, **options)

    def enroll(self, address, token):
        return self.agent("enroll", "--collector", address, "--token", token)

    def enrolled(self, address, token):
        joined = self.enroll(address, token)
        self._test.assertEqual(joined.returncode, OK, joined.stderr)
        return self

    def moved_to(self, address):
        """The collector is reached by another address from now on."""
        file = self.state / "enrolment.yaml"
        text = file.read_text()
        changed = re.sub(r'(?m)^collector:.*$', f'collector: "{address}"', text)
        self._test.assertNotEqual(changed, text)
        file.write_text(changed)
        return self

    def read(self, *captures, day=None, **options):
        """Reads captures through the whole pipeline and delivers; returns the completed process."""
        return self.agent("run", *self.read_flags(captures, day), **options)

    @staticmethod
    def read_flags(captures, day=None):
        flags = ["--as-day", day] if day else []
        for capture in captures:
            flags += ["-r", capture]
        return flags

    def delivered(self, *captures, day=None):
        done = self.read(*captures, day=day)
        self._test.assertEqual(done.returncode, OK, done.stderr)
        return self

    def batches(self):
        """What `sent` shows: [{"state", "records": [...]}], newest first."""
        shown = self.agent("sent", "--format", "json", "--limit", 1000)
        self._test.assertEqual(shown.returncode, OK, shown.stderr)
        return json.loads(shown.stdout)

    def sums(self, state=None):
        """service -> Counter of COUNTS over the records (of batches in one state)."""
        total = {}
        for batch in self.batches():
            if state and batch["state"] != state:
                continue
            for record in batch["records"]:
                if record["service"] != ANY_SERVICE:
                    total.setdefault(record["service"], Counter()).update({k: record[k] for k in COUNTS})
        return total


def add_up(laptops, state="sent"):
    """service -> Counter over the laptops, as they themselves say that they sent it."""
    total = {}
    for laptop in laptops:
        for service, counts in laptop.sums(state).items():
            total.setdefault(service, Counter()).update(counts)
    return total


def all_services(by_service):
    return sum(by_service.values(), Counter())


class Link:
    """A TCP relay in front of a collector. It can be told to hold back everything that comes from the collector
    after so many bytes, which is when `held` becomes set: the agent then waits, at a place the test chose."""

    def __init__(self, test, port):
        self.target_port = port
        self._hold_after = None
        self.held = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open = []
        threading.Thread(target=self._accept, daemon=True).start()
        test.addCleanup(self._close)

    @property
    def address(self):
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def hold_after(self, count):
        """Of every connection from now on; None lets everything through."""
        self._hold_after = count
        self.held.clear()

    def wait_until_held_or_ended(self, process):
        """True: bytes are held back now. False: the process ended before, its answer came through."""
        for _ in range(LIMIT_S * 20):
            if self.held.wait(0.05):
                return True
            if process.ended():
                return self.held.is_set()
        raise AssertionError("neither held nor ended")

    def _accept(self):
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.target_port))
            except OSError:
                near.close()
                continue
            self._open += [near, far]
            threading.Thread(target=self._relay, args=(near, far, None), daemon=True).start()
            threading.Thread(target=self._relay, args=(far, near, self._hold_after), daemon=True).start()

    def _relay(self, source, target, limit):
        passed = 0
        try:
            while data := source.recv(65536):
                allowed = data if limit is None else data[: max(0, limit - passed)]
                passed += len(data)
                target.sendall(allowed)
                if len(allowed) < len(data):
                    self.held.set()
            target.shutdown(socket.SHUT_WR)
        except OSError:
            for end in (source, target):
                with_shutdown(end)

    def _close(self):
        # shutdown() wakes the thread in accept(); close() alone does not.
        for end in (self._listener, *self._open):
            with_shutdown(end)
            end.close()


def with_shutdown(end):
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it was closed by the other side


class GnomonTest(unittest.TestCase):
    """A folder of its own that goes away with the test, and the checks that many tests make."""

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="gnomon-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def collector(self, **options):
        return Collector(self, **options).start()

    def laptops(self, count, department, address, token, prefix=()):
        return [Laptop(self, f"{department}-{n}", prefix).enrolled(address, token) for n in range(count)]

    def assert_fails(self, done, code, *words):
        """The exit code, and one message on standard error that has every one of `words`."""
        self.assertEqual(done.returncode, code, f"stdout: {done.stdout}\nstderr: {done.stderr}")
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertNotIn("terminate called", done.stderr)


class Answer:
    """One answer of `gnomon departments|services --format json`; `key` is "department" or "service"."""

    def __init__(self, answer, key):
        self.raw = answer
        self.rows = {row[key]: self.numbers(row) for row in answer[f"{key}s"]}
        self.total = self.numbers(answer["total_of_shown"] if key == "department" else answer["total"])

    @staticmethod
    def numbers(row):
        """measure -> number, or None where it is hidden."""
        return {k: row[k] for k in ("devices", *COUNTS)}


def month_before_today(today):
    """(month "YYYY-MM", its 15th as a day): closed, so that the answers hold all of it."""
    year, month = (today.year, today.month - 1) if today.month > 1 else (today.year - 1, 12)
    return f"{year}-{month:02d}", f"{year}-{month:02d}-15"


def main():
    """Runs the tests of the calling file. 77 tells CTest that every one of them was skipped."""
    if not (BIN / "gnomon-agent").exists():
        sys.exit(f"{BIN}: no programs there; build first, or set GNOMON_BIN")
    program = unittest.main(exit=False, verbosity=2)
    result = program.result
    if result.wasSuccessful() and result.skipped and result.testsRun <= len(result.skipped):
        sys.exit(77)
    sys.exit(not result.wasSuccessful())
