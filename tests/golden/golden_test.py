#!/usr/bin/python3
"""Compares what `gnomon-agent inspect` says of every capture with what it said when that was last reviewed.

    tests/golden/golden_test.py              compare (CTest does this)
    tests/golden/golden_test.py --update     write the files anew: read the difference before you commit it

One file a recording (NAME.jsonl), and made.jsonl for all of tests/data/made.
"""
import difflib
import os
import subprocess
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
DATA = HERE.parent / "data"
BIN = Path(os.environ.get("GNOMON_BIN", HERE.parents[1] / "build/dev/bin")).resolve()


def inspect(capture, *flags):
    """Lines of the events, and the exit code as a last one where it is not 0."""
    done = subprocess.run([BIN / "gnomon-agent", "inspect", "-r", capture, "--format", "jsonl", *flags], capture_output=True,
                          text=True, timeout=120, check=False, env={**os.environ, "TZ": "UTC"})
    lines = done.stdout.splitlines()
    return lines + ([f'{{"exit": {done.returncode}}}'] if done.returncode else [])


def recordings():
    return sorted(path for path in (DATA / "captures").iterdir() if path.suffix in (".pcap", ".pcapng"))


def made():
    lines = []
    for capture in sorted((DATA / "made").glob("*.pcap*")):
        lines += [f"# {capture.name}", *inspect(capture, "--all-names")]
    return lines


def golden_files():
    """name -> a function that gives its lines as they are now."""
    files = {f"{path.stem}.jsonl": (lambda path=path: inspect(path)) for path in recordings()}
    return {**files, "made.jsonl": made}


class Golden(unittest.TestCase):
    def test_every_golden_file_belongs_to_a_capture(self):
        self.assertEqual({path.name for path in HERE.glob("*.jsonl")}, set(golden_files()))

    def test_output_is_as_reviewed(self):
        for name, lines_now in golden_files().items():
            with self.subTest(name):
                reviewed = (HERE / name).read_text(encoding="utf-8").splitlines()
                difference = list(difflib.unified_diff(reviewed, lines_now(), name, "now", lineterm="", n=0))
                self.assertEqual(difference, [], "\n" + "\n".join(difference[:40]) + "\n(--update writes the files anew)")


def update():
    for name, lines_now in golden_files().items():
        (HERE / name).write_text("\n".join(lines_now()) + "\n", encoding="utf-8")
        print(f"wrote {name}")


if __name__ == "__main__":
    if "--update" in sys.argv[1:]:
        update()
    else:
        unittest.main(verbosity=2)
