"""A collector, laptops that come fresh to every run, and the account that is drawn up after each: what the laptop says
that it sent, beside what the collector's cells grew by."""
import datetime
import json
import os
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
import harness
from harness import CAPTURES, COUNTS, NOTHING, OK, UNREACHABLE, Collector, Laptop, Process

FLAGS = ("first_today", "first_this_week", "first_this_month")
FIELDS = (*COUNTS, "automated_turns", *FLAGS)
CAPTURE = CAPTURES / "ws.pcap"  # the quickest to read
DEPARTMENT = "finance"
NOWHERE = "127.0.0.1:9"  # nobody listens there


class Wrong(AssertionError):
    """The account does not add up, or a program did what it must not."""


class World:
    """Has what harness.py asks of a test, and outlives many runs."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="gnomon-faults-"))
        self._cleanups, self._made = [], 0
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.collector = Collector(self, port=harness.free_port())
        self.collector.start()
        self.token = self.collector.token(DEPARTMENT, uses=10000, expires="30d")
        self.herd = 40  # agents that come back at once
        self.day = harness.month_before_today(datetime.date.today())[1]
        reference = self.laptop().delivered(CAPTURE, day=self.day)
        self.once = records_of(reference, "sent")  # what one reading records
        if not self.once:
            raise Wrong("the reference recorded nothing")

    def addCleanup(self, function, *arguments, **options):
        self._cleanups.append((function, arguments, options))

    def assertEqual(self, found, wanted, message=None):
        if found != wanted:
            raise Wrong(f"{found!r} is not {wanted!r}: {message}")

    def assertNotEqual(self, found, unwanted, message=None):
        if found == unwanted:
            raise Wrong(f"{found!r}: {message}")

    def close(self):
        while self._cleanups:
            function, arguments, options = self._cleanups.pop()
            function(*arguments, **options)

    def laptop(self, waiting=0):
        """A fresh laptop, enrolled, with so many batches that wait in its spool."""
        self._made += 1
        laptop = Laptop(self, str(self._made)).enrolled(self.collector.address, self.token)
        if waiting:
            laptop.moved_to(NOWHERE)
            for _ in range(waiting):
                done = laptop.read(CAPTURE, day=self.day)
                self.assertEqual(done.returncode, UNREACHABLE, done.stderr)
            laptop.moved_to(self.collector.address)
        return laptop

    def read(self, laptop, fault=None, env=None):
        """One reading and delivery; the completed process."""
        return laptop.read(CAPTURE, day=self.day, env={**(env or {}), **({"GNOMON_FAULT": fault} if fault else {})})

    def start_reading(self, laptop, fault=None, env=None):
        return Process(self, "gnomon-agent", "run", "--state", laptop.state, *laptop.read_flags([CAPTURE], self.day),
                       env={**(env or {}), **({"GNOMON_FAULT": fault} if fault else {})})

    def restart_collector(self, env=None):
        self.collector.kill()
        self.collector.start(env=env)

    def start_faulty(self, fault, env=None):
        """Restarts the collector with a fault; False where it already ended on its way up."""
        self.collector.kill()
        try:
            self.collector.start(env={**(env or {}), "GNOMON_FAULT": fault})
            return True
        except AssertionError:
            if self.collector.process.wait() != -signal.SIGKILL:
                raise
            return False

    @staticmethod
    def wait_until(true, limit):
        """Whether it came true within `limit` seconds."""
        end = time.monotonic() + limit
        while not true():
            if time.monotonic() > end:
                return False
            time.sleep(0.01)
        return True

    def status(self, laptop):
        shown = laptop.agent("status", "--format", "json")
        self.assertEqual(shown.returncode, OK, shown.stderr)
        return json.loads(shown.stdout)

    @staticmethod
    def clock(seconds):
        """The environment of a program whose clock is wrong by so much."""
        return {"LD_PRELOAD": os.environ["GNOMON_CLOCK_SHIM"], "GNOMON_TEST_CLOCK_OFFSET": str(seconds)}

    def settle(self, laptop, env=None):
        """After the fault: everything that waits is delivered."""
        done = laptop.read(NOTHING, env=env)
        self.assertEqual(done.returncode, OK, f"recovery: {done.stderr}")

    def account(self):
        return Account(self)


class Account:
    """Opened before a run; `close` says what came of it."""

    def __init__(self, world):
        self._world = world
        self._before = cells(world.collector)

    def close(self, laptop, readings=None, lost=None):
        """Checks that the cells grew by exactly what `laptop` says that it sent, and that this is `readings` readings
        (None: as many as it says). `lost`: what is named as lost where it was not all. Returns "exact" or "counted"."""
        world = self._world
        batches = laptop.batches()
        waiting = [batch["state"] for batch in batches if batch["state"] != "sent"]
        sent = records_of(laptop, "sent")
        grown = subtract(cells(world.collector), self._before)
        if grown != sent:
            raise Wrong(f"cells grew by {compact(grown)}, the laptop sent {compact(sent)}")
        if waiting and not lost:
            raise Wrong(f"not delivered and not named: {waiting}")
        if readings is None or lost:
            return "counted" if lost else "exact"
        visits = sum(counts["visits"] for counts in world.once.values())
        if sum(counts["visits"] for counts in sent.values()) != readings * visits:
            raise Wrong(f"{readings} readings were recorded, delivered: {compact(sent)}, one is {compact(world.once)}")
        return "exact"


def records_of(laptop, state):
    """service -> Counter(FIELDS), flags of the "any" record too."""
    total = {}
    for batch in laptop.batches():
        if batch["state"] == state:
            for record in batch["records"]:
                total.setdefault(record["service"], Counter()).update({k: int(record[k]) for k in FIELDS})
    return normal(total)


def cells(collector):
    """The same of the collector's cells, read from its file, running or not."""
    with sqlite3.connect(f"file:{collector.data / 'usage.db'}?mode=ro", uri=True, timeout=harness.LIMIT_S) as database:
        rows = database.execute(f"SELECT service, {', '.join(f'SUM({k})' for k in FIELDS)} FROM cells GROUP BY service")
        total = {service: Counter(dict(zip(FIELDS, values))) for service, *values in rows}
    database.close()
    return normal(total)


def subtract(after, before):
    grown = {}
    for service, counts in after.items():
        earlier = before.get(service, Counter())
        grown[service] = Counter({k: counts[k] - earlier[k] for k in FIELDS})
    return normal(grown)


def normal(total):
    plain = {service: {k: n for k, n in counts.items() if n} for service, counts in total.items()}
    return {service: Counter(counts) for service, counts in plain.items() if counts}


def compact(total):
    return {service: dict(counts) for service, counts in sorted(total.items())}
