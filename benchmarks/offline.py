#!/usr/bin/python3
"""Reading a capture file on one thread: gnomon-agent beside ndpiReader, tshark and tcpdump, in one run.

Makes one large capture by repeating smaller ones: each repetition comes later, and its laptop has other
addresses, so that every flow in it is a new one. Then each program reads it a few times in turn, and the
least CPU time (user and system) and the largest resident memory of each are printed, with the ratios.

    benchmarks/offline.py --bin build/release/bin [--from FILE...] [--megabytes 128] [--runs 5]

Without --from it repeats the project's own recordings, whose payloads are cut off after the first bytes of
each flow; give full captures (pcap, plain or gzip, Ethernet) for bytes as they are on the wire. The programs:

    gnomon-agent inspect -r FILE --format jsonl   names, turns, uploads, visits
    ndpiReader -q -i FILE                    names and protocols
    tshark -r FILE -T fields -e ...           the server names alone
    tcpdump -r FILE -w /dev/null              the floor: reads and writes, decodes nothing
"""
import argparse
import collections
import gzip
import multiprocessing
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Of the project's own recordings, those of Ethernet in the older format.
OWN = [ROOT / f"tests/data/captures/{name}.pcap" for name in ("chat", "h3-chat", "proxy", "sdk")]
ETHERNET = 1
LITTLE_ENDIAN_MICROSECONDS = 0xA1B2C3D4
Frame = collections.namedtuple("Frame", "seconds micros wire data")


def read_pcap(path):
    opened = gzip.open(path, "rb") if path.suffix == ".gz" else open(path, "rb")
    with opened as file:
        raw = file.read()
    if len(raw) < 24 or struct.unpack_from("<I", raw)[0] != LITTLE_ENDIAN_MICROSECONDS:
        raise SystemExit(f"{path}: not a little-endian pcap file with microseconds")
    if struct.unpack_from("<I", raw, 20)[0] != ETHERNET:
        raise SystemExit(f"{path}: not an Ethernet capture")
    at, frames = 24, []
    while at + 16 <= len(raw):
        seconds, micros, kept, wire = struct.unpack_from("<IIII", raw, at)
        frames.append(Frame(seconds, micros, wire, raw[at + 16 : at + 16 + kept]))
        at += 16 + kept
    return frames


def addresses_of(data):
    """The places of the source and the destination address in an Ethernet frame, and their length."""
    if data[12:14] == b"\x08\x00" and len(data) >= 34:
        return (26, 30), 4
    if data[12:14] == b"\x86\xdd" and len(data) >= 54:
        return (22, 38), 16
    return (), 0


def laptops_of(frames):
    """The address that most frames come from or go to, for each family: whose capture it is."""
    seen = {4: collections.Counter(), 16: collections.Counter()}
    for frame in frames:
        places, length = addresses_of(frame.data)
        for at in places:
            seen[length][frame.data[at : at + length]] += 1
    return {counter.most_common(1)[0][0] for counter in seen.values() if counter}


def repeat(captures, megabytes, out):
    """Writes `out`; gives its frames and bytes."""
    sources = []
    for frames in captures:
        begin = frames[0].seconds
        span = frames[-1].seconds - begin + 600
        laptops = laptops_of(frames)
        parts = []
        for frame in frames:
            places, length = addresses_of(frame.data)
            patch = [at + length - 2 for at in places if frame.data[at : at + length] in laptops]
            parts.append((frame, patch))
        sources.append((begin, span, parts))
    total = count = turn = 0
    clock = 1_790_000_000
    with open(out, "wb") as file:
        file.write(struct.pack("<IHHiIII", LITTLE_ENDIAN_MICROSECONDS, 2, 4, 0, 0, 262144, ETHERNET))
        while total < megabytes * 1_000_000:
            for begin, span, parts in sources:
                turn += 1
                tail = struct.pack(">H", turn % 60000 + 1)
                for frame, patch in parts:
                    data = frame.data
                    if patch:
                        data = bytearray(data)
                        for at in patch:
                            data[at : at + 2] = tail
                    file.write(struct.pack("<IIII", clock + frame.seconds - begin, frame.micros,
                                           len(data), frame.wire))
                    file.write(data)
                    total += 16 + len(data)
                    count += 1
                clock += span
    return count, total


def make_apart(sources, megabytes, out):
    """repeat() in a process of its own: what a child has resident before exec() counts into its peak."""
    def work(pipe):
        captures = [frames for frames in (read_pcap(path) for path in sources) if frames]
        pipe.send(repeat(captures, megabytes, out))

    here, there = multiprocessing.Pipe()
    worker = multiprocessing.get_context("fork").Process(target=work, args=(there,))
    worker.start()
    there.close()
    try:
        made = here.recv()
    except EOFError:
        raise SystemExit(1) from None
    worker.join()
    return made


def measure(command):
    """CPU seconds and peak resident KiB of one run."""
    with open(os.devnull, "wb") as nothing:
        process = subprocess.Popen(command, stdout=nothing, stderr=subprocess.PIPE)
        errors = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{command[0]} failed: {errors.decode(errors='replace')[-400:]}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def commands(binaries, capture):
    candidates = {
        "gnomon-agent": [str(binaries / "gnomon-agent"), "inspect", "-r", str(capture), "--format", "jsonl"],
        "tcpdump": ["tcpdump", "-r", str(capture), "-w", "/dev/null"],
        "ndpiReader": ["ndpiReader", "-q", "-i", str(capture)],
        "tshark": ["tshark", "-r", str(capture), "-T", "fields", "-e", "frame.time_epoch",
                   "-e", "tls.handshake.extensions_server_name"],
    }
    present = {name: c for name, c in candidates.items() if shutil.which(c[0])}
    for name in candidates.keys() - present.keys():
        print(f"{name} is not installed and left out", file=sys.stderr)
    return present


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build/release/bin")
    parser.add_argument("--from", dest="sources", nargs="+", type=pathlib.Path)
    parser.add_argument("--megabytes", type=int, default=128)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    sources = arguments.sources or OWN
    with tempfile.TemporaryDirectory(prefix="gnomon-offline-") as folder:
        capture = pathlib.Path(folder) / "large.pcap"
        frames, size = make_apart(sources, arguments.megabytes, capture)
        print(f"capture: {size / 1e6:.1f} MB, {frames} frames, from {len(sources)} recordings")
        programs = commands(arguments.bin, capture)
        best = {name: (float("inf"), 0) for name in programs}
        for _ in range(arguments.runs):
            for name, command in programs.items():
                cpu, peak = measure(command)
                best[name] = (min(best[name][0], cpu), max(best[name][1], peak))
    own = best["gnomon-agent"][0]
    print(f"{'program':<14}{'CPU s':>8}{'packets/s':>13}{'MB/s':>9}{'peak MiB':>10}{'CPU, agent = 1':>16}")
    for name, (cpu, peak) in best.items():
        print(f"{name:<14}{cpu:>8.3f}{frames / cpu:>13,.0f}{size / cpu / 1e6:>9,.0f}{peak / 1024:>10.1f}"
              f"{cpu / own:>16.2f}")


if __name__ == "__main__":
    main()
