"""Ends, cuts off, fills up and damages the real programs, and draws up the account after each time.

  scripts/faults --runs 500 --seed 7      every case in turn, drawn from the seed, until so many runs are done
  scripts/faults --quick                  each case once: what CI runs
  scripts/faults --only REGEX --runs 20   the cases whose "point fault" matches

The programs are found by GNOMON_BIN (default build/release/bin). Without root, or where this machine gives no mount
namespaces, the cases of full disks are left out and the table says so.
"""
import argparse
import json
import os
import random
import re
import subprocess
import sys
import time
import traceback
from collections import Counter, defaultdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

INSIDE = "GNOMON_FAULTS_INSIDE"


def into_own_mounts():
    """Goes on in a mount namespace of its own, where there is one to be had: mounts end with the process."""
    if os.environ.get(INSIDE):
        return
    flags = ["--mount", "--propagation", "private"] if os.geteuid() == 0 else ["--user", "--map-root-user", "--mount"]
    probe = ["unshare", *flags, "sh", "-c", "mount -t tmpfs gnomon-faults /mnt"]
    try:
        able = subprocess.run(probe, capture_output=True, check=False).returncode == 0
    except OSError:
        able = False
    os.environ[INSIDE] = "mounts" if able else "plain"
    if able:
        os.execvp("unshare", ["unshare", *flags, sys.executable, "-B", *sys.argv])


def known_points(program):
    """The fault points that a program says it has."""
    import harness
    asked = harness.run(program, "--version", env={"GNOMON_FAULT": "?"})
    return {line for line in asked.stderr.splitlines() if re.fullmatch(r"[a-z]+(\.[a-z_]+)+", line)}


def check_complete(cases):
    """Every point of the programs has a case: a new one cannot be forgotten."""
    from cases import LIVE_ONLY
    named = {part for point, *_ in cases for part in point.split("+")} | LIVE_ONLY
    missing = (known_points("gnomon-agent") | known_points("gnomon-collector")) - named
    if missing:
        sys.exit(f"no case for the points {sorted(missing)}: add them to tests/faults/cases.py")


def table(results):
    rows = [("point", "fault", "runs", "exact", "counted loss", "wrong")]
    for (point, fault), verdicts in results.items():
        rows.append((point, fault, sum(verdicts.values()), verdicts["exact"], verdicts["counted"], verdicts["wrong"]))
    rows.append(("all", "", *(sum(row[i] for row in rows[1:]) for i in range(2, 6))))
    widths = [max(len(str(row[i])) for row in rows) for i in range(6)]
    return "\n".join("  ".join(str(v).ljust(w) if i < 2 else str(v).rjust(w) for i, (v, w) in enumerate(zip(row, widths)))
                     for row in rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=0, help="how many (default: each case once)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="each case once")
    parser.add_argument("--herd", type=int, default=40, help="agents that come back at once (1000 takes minutes)")
    parser.add_argument("--only", default="", help="a regular expression for \"point fault\"")
    parser.add_argument("--json", type=Path, help="write the table to this file too")
    parser.add_argument("--list", action="store_true", help="list the cases and end")
    arguments = parser.parse_args()
    into_own_mounts()

    from cases import CASES
    from world import World
    if arguments.list:
        for point, fault, *_ in CASES:
            print(f"{point}  {fault}")
        return 0
    check_complete(CASES)
    able = {"mounts": os.environ[INSIDE] == "mounts", "clock": bool(os.environ.get("GNOMON_CLOCK_SHIM")), None: True}
    left_out = [case for case in CASES if not able[case[3]]]
    chosen = [case for case in CASES if able[case[3]] and re.search(arguments.only, f"{case[0]} {case[1]}")]
    if not chosen:
        sys.exit("--only: no case matches")
    runs = len(chosen) if arguments.quick or not arguments.runs else arguments.runs

    source = random.Random(arguments.seed)
    results = defaultdict(Counter)
    world, wrong, begun, bar = None, [], time.monotonic(), sys.stderr.isatty()
    for number in range(runs):
        if number % len(chosen) == 0:
            source.shuffle(chosen)
        point, fault, case, _ = chosen[number % len(chosen)]
        seed = source.getrandbits(32)
        if bar:
            print(f"\r{number + 1}/{runs} {time.monotonic() - begun:.0f} s  {point}  {fault}".ljust(100)[:100], end="",
                  file=sys.stderr, flush=True)
        try:
            if world is None:
                world = World()
                world.herd = arguments.herd
            verdict = case(world, random.Random(seed))
        except Exception:  # whatever it was, the table must count it
            verdict = "wrong"
            wrong.append(f"run {number + 1}, {point}, {fault}, case seed {seed}:\n{traceback.format_exc()}")
            print(wrong[-1], file=sys.stderr, flush=True)
            if world is not None:
                world.close()  # the next case begins with a collector that nothing has happened to
                world = None
        results[(point, fault)][verdict] += 1
    if world is not None:
        world.close()
    if bar:
        print(file=sys.stderr)
    order = {(point, fault): at for at, (point, fault, *_) in enumerate(CASES)}
    results = dict(sorted(results.items(), key=lambda item: order[item[0]]))
    print(table(results))
    print(f"seed {arguments.seed}, {runs} runs in {time.monotonic() - begun:.0f} s")
    for case in left_out:
        print(f"left out, this machine has no {'mount namespaces' if case[3] == 'mounts' else 'clock shim'}: {case[0]}, {case[1]}")
    if arguments.json:
        rows = [{"point": point, "fault": fault, **verdicts} for (point, fault), verdicts in results.items()]
        arguments.json.write_text(json.dumps({"seed": arguments.seed, "runs": runs, "rows": rows, "wrong": wrong}, indent=1))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    sys.exit(main())
