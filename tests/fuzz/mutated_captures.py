#!/usr/bin/python3
"""Runs damaged capture files through the real `gnomon-agent inspect`: no crash, no hang, no growing memory.

    tests/fuzz/mutated_captures.py --bin build/asan/bin --count 100000 [--seed 1] [--keep DIR] [CAPTURE...]

Each file is one of the seeds (by default all captures under tests/data) with a few of these done to it: bits
flipped, bytes overwritten, numbers set to their limits, a piece cut out, doubled or moved, the end cut off,
packets lost, doubled, out of order. Nine in ten are damaged inside their packets alone, half of that where
headers and handshakes are; the others anywhere in the file. Hundreds of files go through one process, so that memory which one file leaves behind shows. A process has to end with
0, or with the code for a file it could not read; its peak memory may not pass --limit-mib. A file that fails
is kept, with the seed and number that make it again.
"""
import argparse
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LIMITS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
UNREADABLE = 2  # the exit code for a file that cannot be read to its end
LONGEST_SEED = 200_000  # more of one seed only makes fewer mutations a second


def packets_of(data):
    """The records of a little-endian pcap file as (header, bytes); none for anything else."""
    if len(data) < 24 or data[:4] not in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1"):
        return []
    records, at = [], 24
    while at + 16 <= len(data):
        kept = struct.unpack_from("<I", data, at + 8)[0]
        if at + 16 + kept > len(data):
            break
        records.append((data[at : at + 16], data[at + 16 : at + 16 + kept]))
        at += 16 + kept
    return records


def damage(rng, data, at):
    """One mutation of `data`, a bytearray, at `at`."""
    kind = rng.randrange(7)
    if kind == 0:
        data[at] ^= 1 << rng.randrange(8)
    elif kind == 1:
        data[at : at + 8] = rng.randbytes(min(8, len(data) - at))
    elif kind == 2:
        width = rng.choice((1, 2, 4))
        value = rng.choice(LIMITS) & (1 << 8 * width) - 1
        data[at : at + width] = value.to_bytes(width, rng.choice(("little", "big")))[: len(data) - at]
    elif kind == 3:
        del data[at : at + rng.randrange(1, 64)]
    elif kind == 4:
        data[at:at] = data[at : at + rng.randrange(1, 2000)]
    elif kind == 5:
        piece = bytes(data[at : at + rng.randrange(1, 200)])
        to = rng.randrange(len(data))
        data[to : to + len(piece)] = piece
    else:
        del data[at:]


def mutate_file(rng, seed):
    data = bytearray(seed)
    for _ in range(rng.choice((1, 1, 2, 3, 5))):
        if data:
            damage(rng, data, rng.randrange(len(data)))
    return bytes(data)


def mutate_packets(rng, seed, records):
    """Damages what is inside packets, and their order; the file itself stays readable."""
    records = list(records)
    for _ in range(rng.choice((1, 2, 3, 5, 8, 30))):
        if not records:
            break
        which = rng.randrange(len(records))
        kind = rng.randrange(10)
        header, data = records[which]
        if kind == 0:
            records.insert(rng.randrange(len(records) + 1), (header, data))
        elif kind == 1:
            del records[which]
        elif kind == 2:
            records.insert(rng.randrange(len(records)), records.pop(which))
        elif data:
            data = bytearray(data)
            # Half of them aim at where headers and handshakes are.
            reach = min(len(data), 120) if rng.random() < 0.5 else len(data)
            damage(rng, data, rng.randrange(reach))
            data = bytes(data[:65000])
            wire = struct.unpack_from("<I", header, 12)[0]
            wire = len(data) if rng.random() < 0.5 else max(wire, len(data))
            records[which] = (header[:8] + struct.pack("<II", len(data), wire), data)
    return seed[:24] + b"".join(header + data for header, data in records)


def mutate(rng, seed, records):
    if records and rng.random() < 0.9:
        return mutate_packets(rng, seed, records)
    return mutate_file(rng, seed)


def run(binary, files, seconds):
    command = [str(binary), "inspect", "--format", "jsonl", "-r", *map(str, files)]
    with open(os.devnull, "wb") as nothing, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, stdout=nothing, stderr=errors)
        timer_end = time.monotonic() + seconds
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > timer_end:
                process.kill()
                os.wait4(process.pid, 0)
                process.returncode = -9
                return "hang", 0, ""
            time.sleep(0.005)
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        text = errors.read().decode(errors="replace")
    bad = process.returncode not in (0, UNREADABLE) or "Sanitizer" in text or "runtime error" in text
    return ("crash" if bad else "fine"), usage.ru_maxrss / 1024, text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("captures", nargs="*", type=pathlib.Path)
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build/release/bin")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--batch", type=int, default=250, help="files in one process")
    parser.add_argument("--seconds", type=float, default=120, help="for one process, before it counts as hung")
    parser.add_argument("--limit-mib", type=float, default=0, help="peak memory that fails; 0: report only")
    parser.add_argument("--keep", type=pathlib.Path, default=pathlib.Path("mutated-failures"))
    arguments = parser.parse_args()
    paths = arguments.captures or sorted(
        path for path in (ROOT / "tests/data").rglob("*") if path.suffix in (".pcap", ".pcapng"))
    seeds = [path.read_bytes()[:LONGEST_SEED] for path in paths]
    seeds = [(seed, packets_of(seed)) for seed in seeds if seed]
    binary = arguments.bin / "gnomon-agent"
    peaks, failures, done = [], [], 0
    with tempfile.TemporaryDirectory(prefix="gnomon-mutated-") as folder:
        while done < arguments.count:
            numbers = range(done, min(done + arguments.batch, arguments.count))
            files = []
            for number in numbers:
                rng = random.Random(arguments.seed << 32 | number)
                path = pathlib.Path(folder) / f"{number - done}.pcap"
                path.write_bytes(mutate(rng, *rng.choice(seeds)))
                files.append((number, path))
            verdict, peak, _ = run(binary, [path for _, path in files], arguments.seconds)
            peaks.append(peak)
            if verdict != "fine":
                for number, path in files:
                    alone, _, text = run(binary, [path], arguments.seconds)
                    if alone != "fine":
                        arguments.keep.mkdir(parents=True, exist_ok=True)
                        kept = arguments.keep / f"seed{arguments.seed}-{number}.pcap"
                        kept.write_bytes(path.read_bytes())
                        failures.append(f"{alone}: {kept}\n{text[-1500:]}")
                if not failures:
                    failures.append(f"{verdict}: only together, files {numbers.start} to {numbers.stop - 1}")
            done = numbers.stop
            if sys.stderr.isatty():
                print(f"\r{done}/{arguments.count}", end="", file=sys.stderr, flush=True)
    first, last = peaks[0], max(peaks)
    print(f"{done} files from {len(seeds)} seeds in {len(peaks)} processes: {len(failures)} failures; "
          f"peak memory {first:.1f} MiB in the first process, {last:.1f} MiB in the largest")
    for failure in failures[:10]:
        print(failure)
    over = arguments.limit_mib and last > arguments.limit_mib
    if over:
        print(f"over the limit of {arguments.limit_mib} MiB")
    sys.exit(1 if failures or over else 0)


if __name__ == "__main__":
    main()
