"""The faults: what is done to which program at which place, and what must be true afterwards.

A case is a function of (world, random) that returns its verdict, "exact" or "counted", and raises Wrong (or an
AssertionError) for everything else. CASES lists them with the point and the fault that the table names.
"""
import json
import shutil
import signal
from collections import Counter

from disk import Disk, damage
from harness import CATALOGUE, FAILED, NOTHING, OK, UNREACHABLE, Laptop, Process, committed_batches, run
from relay import Plan, Relay
from world import DEPARTMENT, Wrong, cells, records_of, subtract

# Points that `gnomon-agent run -r` passes -> readings that are recorded when it ends there.
AGENT_RUN = {
    "spool.freeze.sums": 0,
    "spool.freeze.before": 0,
    "spool.freeze.after": 1,
    "spool.offer.before": 1,
    "spool.offer.after": 1,
    "stream.call.before": 1,
    "stream.batch.after": 1,
    "stream.batches.after": 1,
    "stream.receipt.after": 1,
    "stream.receipts.after": 1,
    "spool.settle.before": 1,
    "spool.settle.after": 1,
    "sqlite.commit.before": None,  # of whatever is written first
    "sqlite.commit.after": None,
}
ONCE_A_BATCH = {"stream.batch.after", "stream.receipt.after", "spool.settle.before", "spool.settle.after"}
# Points of writing a small file: enrolment, renewal, `init`.
FILE = ("file.sync.before", "file.sync.after", "file.rename.after", "file.folder.after")
COLLECTOR_RUN = ("ingest.batch.after", "ingest.queue.after", "store.commit.begin", "store.commit.before",
                 "store.commit.after", "ingest.receipt.before", "ingest.receipt.after", "sqlite.commit.before",
                 "sqlite.commit.after")
COLLECTOR_START = ("store.expire.before", "store.expire.after")
# Passed only by a laptop that captures live, and by tests/unit/agent/spool/faults_test.cc.
LIVE_ONLY = {"spool.commit.before", "spool.commit.after"}


def expect_killed(process, fault):
    if process.returncode != -signal.SIGKILL:
        raise Wrong(f"{fault} was not reached: exit {process.returncode}, {process.stderr}")


def kill_agent(point):
    def case(world, random):
        waiting = random.randrange(3)
        laptop = world.laptop(waiting)
        account = world.account()
        passes = random.randint(1, waiting + 1) if point in ONCE_A_BATCH else 1
        fault = f"{point}@{passes}:kill"
        expect_killed(world.read(laptop, fault), fault)
        world.settle(laptop)
        recorded = AGENT_RUN[point]
        if recorded is None:
            recorded = len(laptop.batches()) - waiting
        return account.close(laptop, waiting + recorded)
    return case


def kill_agent_enrolling(point):
    def case(world, random):
        account = world.account()
        laptop = Laptop(world, f"enrolling-{random.getrandbits(48):x}")
        fault = f"{point}@{random.randint(1, 3)}:kill"
        died = laptop.agent("enroll", "--collector", world.collector.address, "--token", world.token,
                            env={"GNOMON_FAULT": fault})
        expect_killed(died, fault)
        again = laptop.enroll(world.collector.address, world.token)
        if again.returncode != OK and "enrolled already" not in again.stderr:
            raise Wrong(f"cannot be enrolled again: {again.stderr}")
        done = world.read(laptop)
        world.assertEqual(done.returncode, OK, done.stderr)
        return account.close(laptop, 1)
    return case


def kill_collector(point):
    def case(world, random):
        waiting = random.randrange(3)
        laptop = world.laptop(waiting)
        account = world.account()
        # Where commits of other files come first, further passes reach the one that counts.
        passes = random.randint(1, 12) if point.startswith("sqlite.") else 1
        if point in ("ingest.batch.after", "ingest.receipt.before", "ingest.receipt.after"):
            passes = random.randint(1, waiting + 1)
        fault = f"{point}@{passes}:kill"
        started = world.start_faulty(fault)
        done = world.read(laptop)
        # The connection of a killed process is closed before its end is told.
        if started and not point.startswith("sqlite.") and not world.wait_until(world.collector.process.ended, limit=10):
            raise Wrong(f"{fault} was not reached: {done.stderr}")
        if done.returncode not in (OK, UNREACHABLE):
            raise Wrong(f"the agent's exit is {done.returncode}: {done.stderr}")
        world.restart_collector()
        world.settle(laptop)
        return account.close(laptop, waiting + 1)
    return case


def kill_both(agent_point, collector_point):
    """The collector halts at its place, the agent at its own, and both lose power."""
    def case(world, random):
        waiting = random.randrange(3)
        laptop = world.laptop(waiting)
        account = world.account()
        world.start_faulty(f"{collector_point}:kill")
        died = world.read(laptop, f"{agent_point}:kill")
        if died.returncode not in (-signal.SIGKILL, UNREACHABLE):
            raise Wrong(f"the agent's exit is {died.returncode}: {died.stderr}")
        world.restart_collector()
        world.settle(laptop)
        return account.close(laptop, waiting + 1)
    return case


def relay_case(make_plan, settled=False):
    """Behind a relay with a plan; then the way is clear."""
    def case(world, random):
        waiting = random.randrange(3)
        laptop = world.laptop(waiting)
        account = world.account()
        relay = Relay(world, world.collector.port)
        relay.use(make_plan(random))
        laptop.moved_to(relay.address)
        done = world.read(laptop)
        if done.returncode not in ((OK,) if settled else (OK, UNREACHABLE)):
            raise Wrong(f"the agent's exit is {done.returncode}: {done.stderr}")
        relay.use(Plan())
        world.settle(laptop)
        relay.close()
        return account.close(laptop, waiting + 1)
    return case


def reply_dropped_after_commit(world, random):
    """The batch is counted, the receipt is not on its way yet: there the collector halts until the line is cut."""
    waiting = random.randrange(3)
    laptop = world.laptop(waiting)
    account = world.account()
    passes = random.randint(1, waiting + 1)
    world.start_faulty(f"ingest.receipt.before@{passes}:stop")
    relay = Relay(world, world.collector.port)
    laptop.moved_to(relay.address)
    reading = world.start_reading(laptop)
    if not world.wait_until(lambda: halted(world.collector.process.pid), limit=30):
        raise Wrong("the collector did not come to its receipt")
    relay.cut_all()
    world.collector.process.signal(signal.SIGCONT)
    world.assertEqual(reading.wait(), UNREACHABLE, "the reading's exit")
    if passes == 1 and "waiting" not in [batch["state"] for batch in laptop.batches()]:
        raise Wrong("a receipt came through a line that was cut")
    relay.close()
    laptop.moved_to(world.collector.address)
    world.settle(laptop)
    return account.close(laptop, waiting + 1)


def halted(pid):
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rsplit(")", 1)[1].split()[0] == "T"


def connection_played_again(world, random):
    laptop = world.laptop(random.randrange(3))
    account = world.account()
    relay = Relay(world, world.collector.port)
    plan = relay.use(Plan(record=True))
    laptop.moved_to(relay.address)
    done = world.read(laptop)
    world.assertEqual(done.returncode, OK, done.stderr)
    for sent in plan.sent:
        for _ in range(2):
            relay.replay(sent)
    relay.close()
    return account.close(laptop, len(laptop.batches()))


def agent_disk_full(world, random):
    laptop = world.laptop(random.randrange(3))
    account = world.account()
    disk = Disk(world, laptop.state)
    disk.fill(leave=random.choice((0, 4096, 16384, 65536, 131072)))
    done = world.read(laptop)
    if done.returncode not in (OK, FAILED) or (done.returncode == FAILED and "spool.db" not in done.stderr):
        raise Wrong(f"exit {done.returncode}, and no clear error: {done.stderr}")
    disk.free()
    world.settle(laptop)
    verdict = account.close(laptop, len(laptop.batches()))
    disk.unmount()
    return verdict


def collector_disk_full(world, random):
    laptop = world.laptop(random.randrange(3))
    account = world.account()
    world.collector.kill()
    disk = Disk(world, world.collector.data, size="24m")
    world.collector.start()
    disk.fill(leave=random.choice((0, 4096, 16384, 65536)))
    done = world.read(laptop)
    if done.returncode not in (OK, UNREACHABLE):
        raise Wrong(f"the agent's exit is {done.returncode}: {done.stderr}")
    if world.collector.process.ended():
        raise Wrong("the collector ended")
    disk.free()
    world.settle(laptop)
    verdict = account.close(laptop, len(laptop.batches()))
    world.collector.kill()
    disk.unmount()
    world.collector.start()
    return verdict


def torn_spool(kind):
    def case(world, random):
        waiting = random.randint(1, 3)
        laptop = world.laptop(waiting)
        account = world.account()
        if kind == "log":  # the tail of the log that was being written
            expect_killed(world.read(laptop, "spool.freeze.after:kill"), "spool.freeze.after")
        damage(laptop.state / "spool.db", kind, random)
        done = world.read(laptop)
        if done.returncode != OK and not (done.returncode == 2 and "set aside" in done.stderr):
            raise Wrong(f"after damage ({kind}): exit {done.returncode}, {done.stderr}")
        again = laptop.read(NOTHING)  # no loop: the second start finds a good file
        world.assertEqual(again.returncode, OK, again.stderr)
        status = world.status(laptop)
        if status["records"]["damaged"]:
            if not list(laptop.state.glob("spool.db.damaged-*")):
                raise Wrong("counted as damaged, and the file is gone")
            return account.close(laptop, lost="damaged")
        refused = status["records"]["refused"]
        return account.close(laptop, lost="damaged" if refused else None,
                             readings=None if refused else waiting + 1 + (kind == "log"))
    return case


def torn_store(kind):
    def case(world, random):
        laptop = world.laptop(random.randrange(3))
        account = world.account()
        world.collector.kill()
        usage = world.collector.data / "usage.db"
        kept = world.folder / "kept"
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir()
        for name in ("usage.db", "usage.db-wal", "usage.db-shm"):
            if (world.collector.data / name).exists():
                shutil.copy2(world.collector.data / name, kept / name)
        damage(usage, kind, random)
        if kind != "log":
            for _ in range(2):
                done = run("gnomon-collector", "run", "--data", world.collector.data)
                if done.returncode != 2 or "usage.db" not in done.stderr:
                    raise Wrong(f"a damaged store: exit {done.returncode}, {done.stderr}")
            done = world.read(laptop)
            world.assertEqual(done.returncode, UNREACHABLE, done.stderr)
            for name in ("usage.db", "usage.db-wal", "usage.db-shm"):
                (world.collector.data / name).unlink(missing_ok=True)
                if (kept / name).exists():
                    shutil.copy2(kept / name, world.collector.data / name)
        else:
            done = world.read(laptop)
        world.collector.start()
        world.settle(laptop)
        return account.close(laptop, len(laptop.batches()))
    return case


def clock_step(seconds, steady):
    """The laptop's clock is wrong while it reads and freezes, and right afterwards."""
    def case(world, random):
        laptop = world.laptop(random.randrange(3))
        account = world.account()
        done = world.read(laptop, env=world.clock(seconds + random.randint(-600, 600)))
        if done.returncode not in ((OK,) if steady else (OK, FAILED, 3, UNREACHABLE)):
            raise Wrong(f"exit {done.returncode}: {done.stderr}")
        world.settle(laptop)
        refused = world.status(laptop)["records"]["refused"]
        return account.close(laptop, None if refused else len(laptop.batches()), lost="refused" if refused else None)
    return case


def restored_from_backup(world, random):
    """Receipts were given for what the backup does not hold; the operator says that it is one."""
    laptop = world.laptop(random.randrange(3))
    account = world.account()
    if random.random() < 0.7:
        world.assertEqual(world.read(laptop).returncode, OK)  # in the backup
    data, backup = world.collector.data, world.folder / "backup"
    world.collector.kill()
    shutil.rmtree(backup, ignore_errors=True)
    shutil.copytree(data, backup)
    world.collector.start()
    for _ in range(random.randint(1, 3)):
        world.assertEqual(world.read(laptop).returncode, OK)  # after it: lost with the collector's disk
    world.collector.kill()
    shutil.rmtree(data)
    shutil.copytree(backup, data)
    marked = run("gnomon-collector", "restored", "--data", data)
    world.assertEqual(marked.returncode, OK, marked.stderr)
    world.collector.start()
    world.assertEqual(world.read(laptop).returncode, OK)
    world.settle(laptop)
    if not world.status(laptop)["records"]["sent_again"]:
        raise Wrong("nothing was sent again")
    return account.close(laptop, len(laptop.batches()))


def certificate(days, fault=None):
    """Collector and laptop so many days later: the certificate is due, or has ended. With a fault: renewal is cut."""
    def case(world, random):
        laptop = world.laptop(random.randrange(3))
        account = world.account()
        later = world.clock(days * 86400)
        before = (laptop.state / "device.pem").read_bytes()
        world.restart_collector(env=later)
        if fault:
            expect_killed(world.read(laptop, f"{fault}:kill", env=later), fault)  # one file is renewed
        done = world.read(laptop, env=later)
        world.assertEqual(done.returncode, OK, done.stderr)
        if (laptop.state / "device.pem").read_bytes() == before:
            raise Wrong("the certificate was not renewed")
        world.settle(laptop, env=later)
        verdict = account.close(laptop, len(laptop.batches()))
        world.restart_collector()
        return verdict
    return case


def kill_collector_enrolling(world, random):
    """The laptop is registered and was not told; it joins again with the same token."""
    account = world.account()
    laptop = Laptop(world, f"enrolling-{random.getrandbits(48):x}")
    world.start_faulty("enrol.redeem.after:kill")
    failed = laptop.enroll(world.collector.address, world.token)
    if failed.returncode == OK or not world.wait_until(world.collector.process.ended, limit=10):
        raise Wrong(f"enrol.redeem.after was not reached: {failed.stderr}")
    world.restart_collector()
    laptop.enrolled(world.collector.address, world.token)
    world.assertEqual(world.read(laptop).returncode, OK)
    return account.close(laptop, 1)


def kill_collector_renewing(world, random):
    laptop = world.laptop(random.randrange(3))
    account = world.account()
    later = world.clock(10 * 86400)
    world.start_faulty("renewal.register.after:kill", env=later)
    world.read(laptop, env=later)
    if not world.wait_until(world.collector.process.ended, limit=10):
        raise Wrong("renewal.register.after was not reached")
    world.restart_collector(env=later)
    world.settle(laptop, env=later)
    verdict = account.close(laptop, len(laptop.batches()))
    world.restart_collector()
    return verdict


def herd(world, random):
    """Many agents find the collector gone at one moment, and there again at one moment."""
    before, ledger = cells(world.collector), committed_batches(world.collector)
    folder = world.folder / f"herd-{random.getrandbits(48):x}"
    result = folder.with_suffix(".json")
    fleet = Process(world, "gnomon-fleet", "soak", "--collector", world.collector.address, "--department", DEPARTMENT,
                    "--token", world.token, "--agents", world.herd, "--together", "--threads", 200, "--every", 5,
                    "--minutes", 0.3, "--workdir", folder, "--json", result, "--progress", "never",
                    "--catalogue", CATALOGUE)
    fleet.log.wait_for(lambda line: line.startswith("enrolling agents:"), "fleet that is enrolled")
    if not world.wait_until(lambda: committed_batches(world.collector) > ledger, limit=60):
        raise Wrong("no delivery came")
    world.collector.kill()
    fleet.log.wait_for(lambda line: "failed 0" not in line and "failed" in line, "delivery that fails")
    world.collector.start()
    fleet.wait(limit=300)
    told = json.loads(result.read_text())
    if not told["none_lost"]:
        raise Wrong(f"of a herd of {world.herd}: {told}")
    world.assertEqual(committed_batches(world.collector) - ledger, told["batches_confirmed"], "batches in the ledger")
    grown = subtract(cells(world.collector), before)
    sent = {}
    for number in range(1, world.herd + 1):
        laptop = Laptop(world, "")
        laptop.state = folder / str(number)
        for service, counts in records_of(laptop, "sent").items():
            sent.setdefault(service, Counter()).update(counts)
    world.assertEqual(grown, sent, "cells of the herd")
    shutil.rmtree(folder)
    return "exact"


CASES = []


def add(point, fault, case, needs=None):
    CASES.append((point, fault, case, needs))


for _point in AGENT_RUN:
    add(_point, "kill -9 agent", kill_agent(_point))
for _point in FILE:
    add(_point, "kill -9 agent, enrolling", kill_agent_enrolling(_point))
for _point in COLLECTOR_RUN + COLLECTOR_START:
    add(_point, "kill -9 collector", kill_collector(_point))
for _pair in (("stream.receipt.after", "ingest.receipt.after"), ("stream.batches.after", "store.commit.before"),
              ("stream.batches.after", "store.commit.after"), ("stream.batch.after", "ingest.batch.after")):
    add("+".join(_pair), "kill -9 both", kill_both(*_pair))
add("upward bytes", "line cut", relay_case(lambda random: Plan(cut_up=random.randint(0, 9000))))
add("downward bytes", "line cut", relay_case(lambda random: Plan(cut_down=random.randint(0, 4500))))
add("downward bytes", "line slow, in pieces", relay_case(lambda random: Plan(slow=random.randint(1, 40)), settled=True))
add("after store.commit", "reply dropped", reply_dropped_after_commit)
add("connection", "played twice more", connection_played_again)
add("laptop's disk", "full", agent_disk_full, "mounts")
add("collector's disk", "full", collector_disk_full, "mounts")
add("receipts given", "collector restored", restored_from_backup)
add("certificate: due", "renewed", certificate(10), "clock")
add("certificate: ended", "renewed", certificate(20), "clock")
add("enrol.redeem.after", "kill -9 collector, enrolling", kill_collector_enrolling)
add("renewal.register.after", "kill -9 collector, renewing", kill_collector_renewing, "clock")
for _point in (*FILE, "renewal.before", "renewal.answer.after", "renewal.save.after"):
    add(_point, "kill -9 agent, renewing", certificate(10, _point), "clock")
add("collector's end", "all agents at once", herd)
for _kind in ("cut", "header", "zeros", "log"):
    add(f"spool.db: {_kind}", "torn file", torn_spool(_kind))
for _kind in ("cut", "header", "log"):
    add(f"usage.db: {_kind}", "torn file", torn_store(_kind))
for _name, _seconds, _steady in (("an hour back", -3600, False), ("an hour on", 3600, True), ("two days back", -172800, False),
                                 ("nine days on", 777600, False), ("two years back", -63072000, False),
                                 ("ten years on", 315360000, False)):
    add(f"laptop's clock: {_name}", "step", clock_step(_seconds, _steady), "clock")
