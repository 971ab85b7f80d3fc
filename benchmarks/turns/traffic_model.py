#!/usr/bin/python3
"""Makes captures of made-up use of AI services, each with the truth of what happened in it.

    benchmarks/turns/traffic_model.py --seed 1 --out FOLDER              every scenario: FOLDER/NAME.pcap, NAME.truth.json
    benchmarks/turns/traffic_model.py --seed 1 --out FOLDER --turns 40   more turns a scenario (24)

Sizes and times are drawn from what was measured on real traffic (habits.py, docs/turns.md), so that this tests whether
the detector does what the figures ask for. It is no measure of how good the estimate is on the real services.

Seeds 1 to 99 are for tuning. Seeds from 9000 are for the floor (tests/golden/turn_floor_test.py) and for the figures in
docs/turns.md, and are never looked into while a rule or a number of the detector is chosen. The same seed gives the same bytes.
"""
import argparse
import json
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.dont_write_bytecode = True
import habits  # noqa: E402
from wire_model import Connection, Wire  # noqa: E402

START = 1_790_000_000  # 2026-09-21
FLOOR_SEEDS = 9000  # and above


class Scenario:
    """A capture being made, and its truth in the reduced form (tests/data/reduce_truth.py)."""

    def __init__(self, name, seed, turns):
        self.name, self.seed, self.count = name, seed, turns
        self.rng = random.Random(f"{name} {seed}")
        self.wire = Wire(self.rng, START)
        self.sessions, self.uploads, self.contacts, self.names, self.now = [], [], [], {}, 1.0

    def connect(self, service, at, via=None, host=None):
        host = host or service.host
        self.names[host] = service.name
        return Connection(self.wire, host, at, via)

    def session(self, service, transport, client, start, via=None):
        session = {"service": service.name, "host": service.host, "client": client, "transport": transport, "via": via,
                   "start": START + start, "end": START + start, "turns": []}
        self.sessions.append(session)
        return session

    @staticmethod
    def turn(session, prompt, first, last):
        session["turns"].append([round(START + time, 6) for time in (prompt, first, last)])
        session["end"] = max(session["end"], START + last)

    def uploaded(self, service, host, size, start, end):
        self.uploads.append({"service": service.name, "host": host, "bytes": size, "start": START + start, "end": START + end})

    def write(self, folder):
        truth = {"scenario": self.name, "seed": self.seed, "start": START, "end": START + self.now, "sessions": self.sessions,
                 "uploads": self.uploads, "decoys": [], "contact_only": self.contacts, "names": self.names}
        (folder / f"{self.name}.pcap").write_bytes(self.wire.pcap())
        (folder / f"{self.name}.truth.json").write_text(json.dumps(truth, indent=1) + "\n")


def chat(s, service, turns, transport="h2", via=None, at=None):
    """One person in one tab: page load, prompts, beacons all along, now and then a file."""
    rng, at = s.rng, s.now if at is None else at
    main = s.connect(service, at, "quic" if transport == "h3" else via)
    session = s.session(service, transport, "browser:model", at, via)
    time = habits.page_load(main, rng, main.ready) + rng.uniform(1, 6)
    opened, early = at, rng.random() < 0.5
    for _ in range(turns):
        for _ in range(rng.randint(0, 4)):  # typing, drafts, measurements
            time += rng.uniform(0.5, 3)
            (habits.autosave if rng.random() < 0.6 else habits.beacon)(main, rng, time)
        time += rng.uniform(1.0, 6)
        if rng.random() < 0.1:
            files = s.connect(service, time, via, service.files) if service.files else main
            size, end = habits.upload(files, rng, files.ready if service.files else time)
            s.uploaded(service, files.host, size, time, end)
            time = end + rng.uniform(1.5, 5)
        prompt = time
        main.up(prompt, rng.randint(*service.prompt))
        if early:  # the answer's head leaves before its first word
            main.down(prompt + main.round_trip + rng.uniform(0.005, 0.1), rng.randint(60, 300))
        if rng.random() < 0.5:
            habits.beacon(main, rng, prompt + rng.uniform(0.3, 1.5))
        first = prompt + main.round_trip + habits.think(rng)
        last = habits.stream(main, rng, first, habits.log_uniform(rng, 1.5, 20), service.pause)
        beacon = prompt + rng.uniform(1, 6)
        while beacon < last:  # "many per turn"
            habits.beacon(main, rng, beacon)
            beacon += rng.uniform(2, 9)
        habits.beacon(main, rng, last + rng.uniform(0.1, 0.6))
        s.turn(session, prompt, first, last)
        time = last + habits.log_uniform(rng, 2.5, 40)
    habits.keep_alives(main, opened + 3, time)
    main.close(time)
    s.now = max(s.now, time + 2)
    return main


def web(s, transport):
    services = [habits.GEMINI, habits.CHATGPT] if transport == "h3" else list(habits.WEB)
    for i in range(max(1, s.count // 4)):
        chat(s, services[i % len(services)], 4, transport)


def websocket(s):
    """Messages of one packet and their answers on a WebSocket; for every second service the prompt goes over HTTP/2."""
    rng = s.rng
    for i in range(max(1, s.count // 4)):
        beside = i % 2 == 1
        service = habits.CHATGPT if beside else habits.COPILOT
        page, socket = s.connect(service, s.now), s.connect(service, s.now + 0.4)
        session = s.session(service, "ws", "browser:model", s.now)
        time = habits.page_load(page, rng, page.ready) + rng.uniform(1, 3)
        socket.up(socket.ready, 700)
        socket.down(socket.ready + socket.round_trip, 250)
        for _ in range(4):
            time += rng.uniform(3, 15)
            (page if beside else socket).up(time, rng.randint(*service.prompt))
            if beside:
                page.down(time + 0.1, 300)
            first = time + habits.think(rng, 0.03)
            last = habits.stream(socket, rng, first, habits.log_uniform(rng, 1.5, 15), service.pause)
            s.turn(session, time, first, last)
            for _ in range(rng.randint(0, 2)):
                habits.beacon(page, rng, last + rng.uniform(0.1, 2))
            time = last + 2
        habits.keep_alives(socket, session["start"] - START + 3, time)
        s.now = time + 3


def call(s, session, service, connection, time, size):
    """One call of a model by a program; returns when its answer was complete."""
    rng = s.rng
    connection.up(time, size)
    if rng.random() < 0.15:  # an answer in one piece
        first = last = time + connection.round_trip + rng.uniform(1.2, 9)
        connection.down(first, int(habits.log_uniform(rng, 700, 12_000)))
    else:
        first = time + connection.round_trip + habits.think(rng, 0.04)
        gap = rng.choice((0.005, 0.02, 0.05, 0.08, 0.276))  # medians measured: 0-80 ms, one provider 276 ms
        last = habits.stream(connection, rng, first, habits.log_uniform(rng, 1, 15), service.pause, 1 / gap)
    s.turn(session, time, first, last)
    return last


def programs(s, via=None):
    """Scripts with single calls, agents with runs of growing ones, and what looks like a call."""
    rng = s.rng
    for i in range(max(1, s.count // 4)):
        service = habits.APIS[i % len(habits.APIS)]
        session = s.session(service, "h1", "sdk:model", s.now, via)
        client, size = s.connect(service, s.now, via), habits.log_uniform(rng, *service.prompt)
        time = client.ready + 0.01
        if rng.random() < 0.4:
            time = habits.request_list(client, rng, time) + 0.2
        for _ in range(4):
            time = call(s, session, service, client, time, int(size))
            time += rng.uniform(0.05, 0.6) if i % 2 else habits.log_uniform(rng, 0.5, 20)
            size = min(60_000.0, size * rng.uniform(1.0, 1.5)) if i % 2 else habits.log_uniform(rng, *service.prompt)
        if rng.random() < 0.3:
            time = habits.embeddings(client, rng, time + 1)
        client.close(time + 1)
        s.now = time + 4


def proxy(s):
    s.count //= 2
    programs(s, "proxy")
    for i in range(max(1, s.count // 4)):
        chat(s, habits.WEB[i % len(habits.WEB)], 4, "h2", "proxy")


def lossy(s):
    """A poor wireless link: 3 % of packets lost, up to 20 ms of jitter, which changes their order."""
    s.wire.loss, s.wire.jitter = 0.03, 0.02
    s.count //= 2
    web(s, "h2")
    programs(s)


def busy(s):
    """What is hard: answers side by side on one connection, a prompt and its answer on two, two tabs at once."""
    rng = s.rng
    for i in range(max(1, s.count // 6)):
        service, begin = habits.WEB[i % 3], s.now
        one, two = s.connect(service, begin), s.connect(service, begin + 0.1)
        session = s.session(service, "h2", "browser:model", begin)
        time = habits.page_load(one, rng, one.ready) + 4
        for kind in ("beside", "split", "plain"):
            prompt = time + rng.uniform(3, 9)
            one.up(prompt, rng.randint(*service.prompt))
            first = prompt + habits.think(rng, 0)
            last = habits.stream(two if kind == "split" else one, rng, first, rng.uniform(6, 15), 1.0)
            s.turn(session, prompt, first, last)
            if kind == "beside":  # another tab, half way through
                second = prompt + rng.uniform(3, 5)
                one.up(second, rng.randint(*service.prompt))
                first = second + habits.think(rng, 0)
                other = habits.stream(one, rng, first, rng.uniform(6, 15), 1.0)
                s.turn(session, second, first, other)
                last = max(last, other)
            time = last + 3
        chat(s, service, 2, at=begin + rng.uniform(0, 5))
        s.now = max(s.now, time + 3)


def innocent(s):
    """AI services reached without a turn: pages read, tabs left open, lists, embeddings, beacons."""
    rng = s.rng
    for i in range(max(2, s.count // 3)):
        service = habits.WEB[i % len(habits.WEB)]
        tab = s.connect(service, s.now, "quic" if i % 4 == 3 else None)
        s.contacts.append({"service": service.name, "host": service.host})
        end = habits.page_load(tab, rng, tab.ready)
        begin = end
        for _ in range(rng.randint(4, 25)):
            end += rng.uniform(0.4, 8)
            rng.choice((habits.autosave, habits.beacon, habits.beacon))(tab, rng, end)
        if rng.random() < 0.5:
            end = habits.page_load(tab, rng, end + 2)
        habits.keep_alives(tab, begin, end + 60)
        program = habits.APIS[i % len(habits.APIS)]
        api = s.connect(program, s.now + 1)
        habits.embeddings(api, rng, habits.request_list(api, rng, api.ready))
        s.now = end + rng.uniform(1, 10)


SCENARIOS = {
    "web-h2": lambda s: web(s, "h2"),
    "web-h3": lambda s: web(s, "h3"),
    "websocket": websocket,
    "programs": programs,
    "proxy": proxy,
    "lossy": lossy,
    "busy": busy,
    "innocent": innocent,
}


def make(folder, seed, turns=24, names=tuple(SCENARIOS)):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        scenario = Scenario(name, seed, turns)
        SCENARIOS[name](scenario)
        scenario.write(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--turns", type=int, default=24)
    parser.add_argument("scenarios", nargs="*", choices=[[], *SCENARIOS], default=[])
    options = parser.parse_args()
    make(options.out, options.seed, options.turns, options.scenarios or tuple(SCENARIOS))


if __name__ == "__main__":
    main()
