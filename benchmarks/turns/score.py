#!/usr/bin/python3
"""How well `gnomon-agent inspect` finds turns, uploads and sessions in captures whose truth is known.

    benchmarks/turns/score.py FOLDER...              each a folder with a capture and truth.json
    benchmarks/turns/score.py tests/data/captures    or files NAME.pcap beside NAME.truth.json
    benchmarks/turns/score.py --json FOLDER...       the same for programs
    benchmarks/turns/score.py --verbose FOLDER...    also every turn missed and every false one

The capture of a folder is eth0.pcap, and lo.pcap where there is one (a machine's traffic with itself); .pcap.gz is
unpacked first. The truth is what a recorder wrote (full), or what tests/data/reduce_truth.py or traffic_model.py
made of it; truth.py reads both.

A turn is found where a report of the same service lies within the tolerance of its prompt; each report counts for one
turn, the nearest pairs first. A session is found where a visit of its service overlaps it, an upload where one of its
service begins within it (2 s around it). Uploads below 200 kB are none by definition (docs/turns.md) and left out.
"""
import argparse
import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from truth import Truth  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("GNOMON_BIN", ROOT / "build/release/bin"))
TOLERANCES_S = (0.5, 1.0, 2.0, 2.5)
AROUND_SESSION_S, AROUND_UPLOAD_S = 10.0, 2.0
UPLOAD_BYTES = 200_000


def inspect(path):
    """The events of one capture file. A .gz is unpacked for it."""
    with tempfile.TemporaryDirectory(prefix="gnomon-score-") as folder:
        if path.suffix == ".gz":
            plain = Path(folder) / "capture.pcap"
            with gzip.open(path) as packed, open(plain, "wb") as out:
                shutil.copyfileobj(packed, out)
            path = plain
        done = subprocess.run([BIN / "gnomon-agent", "inspect", "-r", path, "--format", "jsonl"],
                              capture_output=True, text=True, timeout=600, check=False)
    if done.returncode != 0:
        raise SystemExit(f"score: {path}: {done.stderr.strip()}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def cases(folder):
    """(name, [capture files], truth file) of a folder, its sub-folders or its NAME.truth.json files."""
    folder = Path(folder)
    if (folder / "truth.json").exists():
        files = [found for stem in ("eth0", "lo") for found in sorted(folder.glob(f"{stem}.pcap*"))[:1]]
        return [(folder.name, files, folder / "truth.json")]
    found = []
    for truth in sorted(folder.glob("*.truth.json")):
        name = truth.name.removesuffix(".truth.json")
        files = [path for suffix in (".pcap", ".pcapng", ".pcap.gz") if (path := folder / (name + suffix)).exists()]
        found.append((name, files[:1], truth))
    for sub in sorted(folder.iterdir()):
        if (sub / "truth.json").exists():
            found += cases(sub)
    return found


def pair(turns, reports, tolerance):
    """{index of a turn: index of its report}, nearest pairs first."""
    near = sorted((abs(report["t"] - turn.time), i, j) for i, turn in enumerate(turns)
                  for j, report in enumerate(reports)
                  if turn.service == report["service"] and abs(report["t"] - turn.time) <= tolerance)
    pairs, used = {}, set()
    for _, i, j in near:
        if i not in pairs and j not in used:
            pairs[i] = j
            used.add(j)
    return pairs


def reports_of(truth, events, kind):
    """Events of a kind, each with the truth's name for its service."""
    return [{**event, "service": truth.service_of(event["host"], event["service"])}
            for event in events if event["type"] == kind]


def score_case(name, truth, events):
    """What tally() adds up: counts by group of transport."""
    turns, reports = truth.turns, reports_of(truth, events, "turn")
    groups = {}

    def group(key):
        return groups.setdefault(key, {"true": 0, "reported": 0, "matched": {t: 0 for t in TOLERANCES_S}, "errors": []})

    widest = pair(turns, reports, max(TOLERANCES_S))
    owner = {j: turns[i].group for i, j in widest.items()}
    for turn in turns:
        group(turn.group)["true"] += 1
    for j, report in enumerate(reports):
        group(owner.get(j) or truth.group_at(report["service"], report["t"]))["reported"] += 1
    for tolerance in TOLERANCES_S:
        for i in pair(turns, reports, tolerance):
            group(turns[i].group)["matched"][tolerance] += 1
    for i, j in widest.items():
        group(turns[i].group)["errors"].append(abs(reports[j]["t"] - turns[i].time))

    visits = reports_of(truth, events, "visit")
    used = [s for s in truth.sessions if s.turns]
    seen = sum(any(v["service"] == s.service and v["t"] - AROUND_SESSION_S <= s.end
                   and s.start <= v["t_end"] + AROUND_SESSION_S for v in visits) for s in used)
    uploads = [u for u in truth.uploads if u.bytes >= UPLOAD_BYTES]
    found = reports_of(truth, events, "upload")
    hits, taken = 0, set()
    for upload in uploads:
        for j, report in enumerate(found):
            inside = upload.start - AROUND_UPLOAD_S <= report["t"] <= upload.end + AROUND_UPLOAD_S
            if j not in taken and inside and report["service"] == upload.service:
                taken.add(j)
                hits += 1
                break
    within = pair(turns, reports, 2.0)
    return {"name": name, "groups": groups,
            "sessions": {"true": len(used), "found": seen, "visits": len(visits)},
            "uploads": {"true": len(uploads), "found": hits, "reported": len(found)},
            "missed": [turns[i] for i in range(len(turns)) if i not in within],
            "false": [reports[j] for j in range(len(reports)) if j not in within.values()]}


def score(folders, inspector=inspect):
    results = []
    for folder in folders:
        for name, files, truth_file in cases(folder):
            truth = Truth.read(truth_file)
            events = [event for path in files for event in inspector(path)]
            results.append(score_case(name, truth, events))
    return results


def tally(parts):
    """Figures of several groups together: precision, recall, F1 at each tolerance, error of count and start."""
    true, reported = sum(p["true"] for p in parts), sum(p["reported"] for p in parts)
    errors = [e for p in parts for e in p["errors"]]
    row = {"true": true, "reported": reported, "tolerance": {},
           "count_error": round(abs(reported - true) / true, 3) if true else None,
           "start_error_s": round(statistics.median(errors), 3) if errors else None}
    for tolerance in TOLERANCES_S:
        matched = sum(p["matched"][tolerance] for p in parts)
        row["tolerance"][str(tolerance)] = {
            "matched": matched, "precision": round(matched / reported, 3) if reported else None,
            "recall": round(matched / true, 3) if true else None,
            "f1": round(2 * matched / (true + reported), 3) if true + reported else None}
    return row


def summary(results):
    """Figures by recording, by transport, and of everything."""
    kinds = sorted({key for r in results for key in r["groups"]})
    names = {r["name"]: [same for same in results if same["name"] == r["name"]] for r in results}  # one of several seeds

    def sums(part, of):
        return {key: sum(r[part][key] for r in of) for key in of[0][part]}

    return {"recordings": {name: {**tally([g for r in of for g in r["groups"].values()]), "sessions": sums("sessions", of),
                                  "uploads": sums("uploads", of)} for name, of in names.items()},
            "transports": {k: tally([r["groups"][k] for r in results if k in r["groups"]]) for k in kinds},
            "all": tally([g for r in results for g in r["groups"].values()])}


def show(value, form="{:.2f}"):
    return "-" if value is None else form.format(value)


def print_table(figures):
    head = "".join(f"  F1 {t:>3g} s" for t in TOLERANCES_S)
    print(f"{'turns':<18}{'true':>6}{'found':>6}{'right':>6}  prec.  recall{head}  count err.  start err.")
    rows = [*figures["recordings"].items(), ("", None), *figures["transports"].items(), ("", None), ("all", figures["all"])]
    for name, row in rows:
        if row is None:
            print()
            continue
        two = row["tolerance"]["2.0"]
        f1 = "".join(f"{show(row['tolerance'][str(t)]['f1']):>10}" for t in TOLERANCES_S)
        print(f"{name:<18}{row['true']:>6}{row['reported']:>6}{two['matched']:>6}{show(two['precision']):>7}"
              f"{show(two['recall']):>8}{f1}{show(row['count_error']):>12}{show(row['start_error_s'], '{:.2f} s'):>12}")
    print("\nfound: reported; right, prec., recall: within 2 s of the prompt\n")
    print(f"{'':<18}{'sessions found':>16}{'visits':>8}{'uploads found':>15}{'reported':>10}")
    for name, row in figures["recordings"].items():
        s, u = row["sessions"], row["uploads"]
        print(f"{name:<18}{s['found']:>10} of {s['true']:>2}{s['visits']:>8}{u['found']:>9} of {u['true']:>2}{u['reported']:>10}")


def print_mistakes(results):
    for result in results:
        for turn in result["missed"]:
            print(f"{result['name']}: missed {turn.group} {turn.service} {turn.time:.2f} {turn.about}")
        for report in result["false"]:
            print(f"{result['name']}: false  {report['service']} {report['t']:.2f} {report['host']} {report['client']}")


def main():
    global BIN
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", metavar="FOLDER")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--bin", type=Path, default=BIN, help="folder of gnomon-agent (%(default)s)")
    options = parser.parse_args()
    BIN = options.bin
    results = score(options.folders)
    if not results:
        raise SystemExit("score: no capture with its truth in " + ", ".join(options.folders))
    figures = summary(results)
    if options.json:
        print(json.dumps(figures, indent=1))
    else:
        print_table(figures)
    if options.verbose:
        print_mistakes(results)


if __name__ == "__main__":
    main()
