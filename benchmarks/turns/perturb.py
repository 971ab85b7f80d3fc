#!/usr/bin/python3
"""Rewrites a capture as it would look under worse conditions, to see how far the estimate falls.

    benchmarks/turns/perturb.py batch10 IN.pcap OUT.pcap    answers leave the server ten packets at a time
    benchmarks/turns/perturb.py --fall FOLDER...            F1 (2 s) of every recording under every change

    batch10, batch20    up to that many small answer packets arrive together with the last of them
    pad                 every data packet has a random size between its own and 1400 B
    lose2, lose10       2 or 10 % of packets come 0.05-0.3 s late; what the client sent again is seen twice
    reorder             30 % of packets are delayed by up to 15 ms
    gro                 packets of one direction within 1 ms are one, up to 64 kB, as network cards hand them on

The first packets of a connection (its handshake) stay, so that services are still named: this asks for the turn
detector alone. TCP sequence numbers are kept consistent. The same seed gives the same file.
"""
import argparse
import random
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import capture_file as pk  # noqa: E402
import score  # noqa: E402

HANDSHAKE_PACKETS = 12
FULL, DATA = 1200, 41  # an answer's packets are in between (docs/turns.md)
FLUSH_US = 2_000_000


class Flows:
    """Tells handshake from data, and who is the server."""

    def __init__(self):
        self._client, self._count = {}, {}

    def note(self, packet):
        """True where the packet is data beyond its flow's handshake."""
        if not packet.proto:
            return False
        if packet.flow not in self._client or packet.flags & 0x12 == 0x02:
            self._client[packet.flow] = packet.sender
        if packet.length <= 0:
            return False
        self._count[packet.flow] = self._count.get(packet.flow, 0) + 1
        long_header = packet.proto == pk.UDP and len(packet.frame) > packet.payload and packet.frame[packet.payload] & 0x80
        return self._count[packet.flow] > HANDSHAKE_PACKETS and not long_header

    def from_client(self, packet):
        return self._client.get(packet.flow) == packet.sender


def merge(held, time, limit):
    """The payload of `held` in as few packets of at most `limit` bytes as it needs, all at `time`."""
    total, sequence, out = sum(p.length for p in held), held[0].sequence, []
    while total > 0:
        size = min(total, limit)
        out.append(held[0].resized(size, time, sequence))
        total, sequence = total - size, sequence + size
    return out


def follows(packet, last):
    return packet.proto == pk.UDP or packet.sequence == (last.sequence + last.length) & 0xFFFFFFFF


def batch(packets, size):
    flows, held, out = Flows(), {}, []

    def flush(flow):
        waiting = held.pop(flow, [])
        if waiting:
            out.extend(merge(waiting, waiting[-1].time, 1400))

    for packet in packets:
        data = flows.note(packet)
        answer = data and not flows.from_client(packet) and DATA <= packet.length < FULL
        if not answer:
            if data and packet.length >= DATA:
                flush(packet.flow)
            out.append(packet)
            continue
        waiting = held.get(packet.flow)
        if waiting and (packet.time - waiting[-1].time > FLUSH_US or not follows(packet, waiting[-1])):
            flush(packet.flow)
        held.setdefault(packet.flow, []).append(packet)
        if len(held[packet.flow]) >= size:
            flush(packet.flow)
    for flow in list(held):
        flush(flow)
    return out


def pad(packets, rng):
    flows, shift, known, out = Flows(), {}, {}, []
    for packet in packets:
        data = flows.note(packet)
        if not packet.proto:
            out.append(packet)
            continue
        way = (packet.flow, packet.sender)
        moved = shift.get(way, 0)
        if not data or not DATA <= packet.length < 1400:
            out.append(packet.resized(packet.length, None, packet.sequence + moved))
            continue
        again = known.get((way, packet.sequence)) if packet.proto == pk.TCP else None
        if again is None:
            again = (packet.sequence + moved, rng.randint(packet.length, 1400))
            known[way, packet.sequence] = again
            shift[way] = moved + again[1] - packet.length
        out.append(packet.resized(again[1], None, again[0]))
    return out


def lose(packets, share, rng):
    flows, out = Flows(), []
    for packet in packets:
        if not flows.note(packet) or rng.random() >= share:
            out.append(packet)
            continue
        late = packet.moved(packet.time + rng.randint(50_000, 300_000))
        out += [packet, late] if flows.from_client(packet) and packet.proto == pk.TCP else [late]
    return out


def reorder(packets, rng):
    flows = Flows()
    return [packet.moved(packet.time + rng.randint(0, 15_000)) if flows.note(packet) and rng.random() < 0.3 else packet
            for packet in packets]


def gro(packets):
    flows, held, out = Flows(), {}, []

    def flush(way):
        waiting = held.pop(way, [])
        if waiting:
            out.extend(merge(waiting, waiting[0].time, pk.MAX_PAYLOAD))

    for packet in packets:
        if not flows.note(packet):
            out.append(packet)
            continue
        way = (packet.flow, packet.sender)
        waiting = held.get(way)
        if waiting and (packet.time - waiting[0].time > 1000 or not follows(packet, waiting[-1])):
            flush(way)
        held.setdefault(way, []).append(packet)
    for way in list(held):
        flush(way)
    return out


CHANGES = {
    "batch10": lambda packets, rng: batch(packets, 10),
    "batch20": lambda packets, rng: batch(packets, 20),
    "pad": pad,
    "lose2": lambda packets, rng: lose(packets, 0.02, rng),
    "lose10": lambda packets, rng: lose(packets, 0.10, rng),
    "reorder": reorder,
    "gro": lambda packets, rng: gro(packets),
}


def rewrite(change, source, target, seed):
    link, packets = pk.read(source)
    pk.write(target, link, CHANGES[change](packets, random.Random(f"{change} {seed}")))


def inspect_changed(change, seed):
    def inspector(path):
        with tempfile.TemporaryDirectory(prefix="gnomon-perturb-") as folder:
            target = Path(folder) / "changed.pcap"
            rewrite(change, path, target, seed)
            return score.inspect(target)
    return inspector


def fall(folders, seed):
    columns = {"as recorded": score.summary(score.score(folders))}
    for change in CHANGES:
        columns[change] = score.summary(score.score(folders, inspect_changed(change, seed)))
    print(f"{'F1 within 2 s':<18}" + "".join(f"{name:>12}" for name in columns))
    for part in ("recordings", "transports"):
        for row in columns["as recorded"][part]:
            values = [figures[part].get(row, {}).get("tolerance", {}).get("2.0", {}).get("f1") for figures in columns.values()]
            print(f"{row:<18}" + "".join(f"{score.show(value):>12}" for value in values))
        print()
    print(f"{'all':<18}" + "".join(f"{score.show(f['all']['tolerance']['2.0']['f1']):>12}" for f in columns.values()))
    print(f"{'precision, all':<18}" +
          "".join(f"{score.show(f['all']['tolerance']['2.0']['precision']):>12}" for f in columns.values()))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("arguments", nargs="+", metavar="CHANGE IN OUT | FOLDER...")
    parser.add_argument("--fall", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bin", type=Path, default=score.BIN, help="folder of gnomon-agent (%(default)s)")
    options = parser.parse_args()
    score.BIN = options.bin
    if options.fall:
        fall(options.arguments, options.seed)
    elif len(options.arguments) == 3 and options.arguments[0] in CHANGES:
        rewrite(*options.arguments, options.seed)
    else:
        parser.error(f"expected CHANGE IN OUT, with CHANGE one of {', '.join(CHANGES)}, or --fall FOLDER...")


if __name__ == "__main__":
    main()
