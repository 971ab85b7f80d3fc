#!/usr/bin/python3
"""Captures that cannot ship with the project (third-party addresses, size), where they lie beside it.

Looks in $GNOMON_SHARED, else in ../shared beside the source; skips with the reason where there is none.

    captures/ndpi/names.tsv     every server name of the TCP and QUIC flows, by three other tools
    captures/world/*/           recordings with truth.json: who used what, when, and what only looks like it
"""
import csv
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from collections import Counter
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("GNOMON_SHARED", SOURCE.parent / "shared")) / "captures"
BIN = Path(os.environ.get("GNOMON_BIN", SOURCE / "build/release/bin")).resolve()
START_TOLERANCE_S, TURN_TOLERANCE_S = 10, 2


def inspect(capture):
    done = subprocess.run([BIN / "gnomon-agent", "inspect", "-r", capture, "--format", "jsonl", "--all-names"],
                          capture_output=True, text=True, timeout=120, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


class Names(unittest.TestCase):
    def test_every_name_is_found_on_its_flow_and_none_is_invented(self):
        with open(SHARED / "ndpi/names.tsv", encoding="utf-8") as table:
            rows = list(csv.DictReader(table, delimiter="\t"))
        self.assertGreater(len(rows), 50)
        for file in sorted({row["file"] for row in rows}):
            with self.subTest(file):
                wanted = Counter((row["src_ip"], int(row["src_port"]), row["dst_ip"], int(row["dst_port"]), row["sni"])
                                 for row in rows if row["file"] == file)
                found = Counter((e["src"], e["sport"], e["dst"], e["dport"], e["name"])
                                for e in inspect(SHARED / "ndpi" / file) if e["type"] == "name" and e["via"] in ("tls", "quic"))
                self.assertEqual(found, wanted)


class World(unittest.TestCase):
    """Sessions lie within visits: two programs on one service at one time are one visit by definition."""

    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="gnomon-shared-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.seen = {}

    def load(self, scenario, interface="eth0"):
        truth = json.loads((SHARED / "world" / scenario / "truth.json").read_text())
        if (scenario, interface) not in self.seen:
            capture = self.folder / f"{scenario}-{interface}.pcap"
            with gzip.open(SHARED / "world" / scenario / f"{interface}.pcap.gz") as packed, open(capture, "wb") as plain:
                shutil.copyfileobj(packed, plain)
            self.seen[scenario, interface] = inspect(capture)
            capture.unlink()
        return truth, self.seen[scenario, interface]

    def test_names_have_the_right_service_and_look_alikes_have_none(self):
        for scenario in ("h2-chat", "h3-chat", "sdk", "ws", "decoys", "edge", "mixed"):
            truth, events = self.load(scenario)
            for event in events:
                if event["type"] != "name" or event["name"] not in truth["names"]:
                    continue
                known = truth["names"][event["name"]]
                with self.subTest(scenario=scenario, name=event["name"]):
                    if known["service"] is None:
                        self.assertIsNone(event["service"])
                    elif event["service"] is not None:  # a vendor's shared helper hosts may stay unlabelled
                        self.assertEqual(event["service"], known["service"])

    def test_sessions_are_found_and_turns_are_placed(self):
        for scenario, least in (("h2-chat", 0.95), ("sdk", 0.95), ("ws", 0.95), ("h3-chat", 0.9)):
            truth, events = self.load(scenario)
            visits = [e for e in events if e["type"] == "visit"]
            turns = [e for e in events if e["type"] == "turn"]
            true_turns = []
            for session in truth["sessions"]:
                true_turns += [(session["service"], turn["t_prompt"]) for turn in session["turns"]]
                if session["turns"]:
                    with self.subTest(scenario=scenario, session=session["sid"]):
                        self.assertTrue(any(v["service"] == session["service"] and
                                            v["t"] - START_TOLERANCE_S <= session["start"] and
                                            session["start"] <= v["t_end"] + START_TOLERANCE_S for v in visits))
            matched, free = 0, list(turns)
            for service, time in true_turns:
                near = [t for t in free if t["service"] == service and abs(t["t"] - time) <= TURN_TOLERANCE_S]
                if near:
                    matched += 1
                    free.remove(min(near, key=lambda t: abs(t["t"] - time)))
            score = 2 * matched / (len(true_turns) + len(turns))
            with self.subTest(scenario=scenario):
                self.assertGreaterEqual(score, least, f"{matched} of {len(true_turns)} turns, {len(turns)} reported")

    def test_turns_of_local_models_are_exact(self):
        for scenario, on_loopback_only in (("local", False), ("mixed", True)):
            truth, loopback = self.load(scenario, "lo")
            events = loopback + ([] if on_loopback_only else self.load(scenario)[1])
            true_turns = {(s["host"], turn["t_prompt"]): turn for s in truth["sessions"] for turn in s["turns"]
                          if s["via"] == "local" or s["service"] == "lan-llm"}
            turns = [e for e in events if e["type"] == "turn"]
            self.assertGreater(len(true_turns), 0)
            with self.subTest(scenario=scenario):
                self.assertEqual(len(turns), len(true_turns))
                for (host, prompt), true in true_turns.items():
                    near = [t for t in turns if t["host"] == host and abs(t["t"] - prompt) <= 0.3]
                    self.assertEqual(len(near), 1, (host, prompt))
                    self.assertLess(abs(near[0]["t_first"] - true["t_first_token"]), 0.3)
                    self.assertLess(abs(near[0]["t_last"] - true["t_done"]), 0.3)
                self.assertEqual({v["host"] for v in events if v["type"] == "visit"}, {host for host, _ in true_turns})

    def test_scripts_are_told_from_people(self):
        """From the ninth turn of a service on; all of the SDKs' sessions are scripts, and the chats are people's pace."""
        _, events = self.load("sdk")
        by_service = {}
        for event in events:
            if event["type"] == "turn":
                by_service.setdefault(event["service"], []).append(event["automated"])
        judged = [automated for turns in by_service.values() for automated in turns[8:]]
        self.assertGreater(len(judged), 15)
        self.assertGreater(sum(judged) / len(judged), 0.9)
        for scenario in ("h2-chat", "h3-chat", "ws"):
            _, events = self.load(scenario)
            chats = [e for e in events if e["type"] == "turn" and not e["service"].endswith("-api")]
            self.assertGreater(len(chats), 5)
            self.assertFalse(any(e["automated"] for e in chats), scenario)

    def test_decoys_give_no_turn_and_no_upload(self):
        _, events = self.load("decoys")
        self.assertEqual([e for e in events if e["type"] in ("turn", "upload")], [])


if __name__ == "__main__":
    if not SHARED.is_dir():
        print(f"skipped: no captures at {SHARED}")
        sys.exit(77)
    unittest.main(verbosity=2)
