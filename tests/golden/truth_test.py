"""What `gnomon-agent inspect` says of the recordings, against what their clients really did.

The bounds are a little below what was reached when they were set: they hold what has been won. These
recordings have modelled answers, so they are no measure of the turn estimate on real services.
"""
import json
import os
import subprocess
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
CAPTURES = HERE.parent / "data" / "captures"
BIN = Path(os.environ.get("GNOMON_BIN", HERE.parents[1] / "build/dev/bin")).resolve()
TOLERANCE_S = 2.0  # of a prompt; the truth's own clock is good to 0.3 s
# Least share of the true turns that is found, and of the reported turns that are true.
TURNS = {"chat.pcap": (0.85, 0.85), "sdk.pcap": (0.95, 0.95), "ws.pcap": (0.85, 0.85), "proxy.pcap": (0.95, 0.95),
         "local.pcap": (1.0, 1.0)}


def inspect(capture, *flags):
    done = subprocess.run([BIN / "gnomon-agent", "inspect", "-r", CAPTURES / capture, "--format", "jsonl", *flags],
                          capture_output=True, text=True, timeout=120, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def truth_of(capture):
    return json.loads((CAPTURES / capture).with_suffix(".truth.json").read_text(encoding="utf-8"))


def of_type(events, kind):
    return [event for event in events if event["type"] == kind]


def matched(truths, reports):
    """Pairs each truth with at most one report of its service within the tolerance, nearest first."""
    pairs = sorted((abs(report_time - true_time), i, j) for i, (service, true_time) in enumerate(truths)
                   for j, (reported, report_time) in enumerate(reports)
                   if service == reported and abs(report_time - true_time) <= TOLERANCE_S)
    taken_truths, taken_reports = set(), set()
    for _, i, j in pairs:
        if i not in taken_truths and j not in taken_reports:
            taken_truths.add(i)
            taken_reports.add(j)
    return len(taken_truths)


class Recordings(unittest.TestCase):
    def test_every_service_that_was_used_is_named(self):
        for capture in TURNS:
            found = {event["name"] for event in of_type(inspect(capture), "name") if event["service"]}
            used = {session["host"] for session in truth_of(capture)["sessions"] if session["turns"]}
            self.assertEqual(used - found, set(), capture)

    def test_hellos_hint_at_the_kind_of_client_of_each_host(self):
        for capture in (*TURNS, "h3-chat.pcap"):
            truly = {}
            for session in truth_of(capture)["sessions"]:
                truly.setdefault(session["host"], set()).add("browser" if session["client"] == "chromium" else "script runtime")
            told = {}
            for event in of_type(inspect(capture), "name"):
                if event["name"] in truly and event["via"] in ("tls", "quic"):
                    self.assertEqual(event["client_by"], "fingerprint", event)
                    told.setdefault(event["name"], set()).add(event["client"])
            self.assertEqual(told, {host: kinds for host, kinds in truly.items() if host in told}, capture)
            self.assertTrue(told, capture)

    def test_http3_services_are_named_on_quic_and_visited(self):
        truth, events = truth_of("h3-chat.pcap"), inspect("h3-chat.pcap", "--all-names")
        names = {event["name"]: event["service"] for event in of_type(events, "name") if event["via"] == "quic"}
        self.assertEqual({s["host"]: s["service"] for s in truth["sessions"]}.items() - names.items(), set())
        self.assertEqual({name for name, service in names.items() if service and truth["names"][name] is None}, set())
        self.assertEqual(sorted(event["host"] for event in of_type(events, "visit")),
                         sorted(session["host"] for session in truth["sessions"]))
        self.assertEqual(events[-1]["coverage"]["udp_443"], 0)

    def test_hosts_of_no_ai_service_get_no_service(self):
        for capture in [*TURNS, "decoys.pcapng"]:
            innocent = {name for name, service in truth_of(capture)["names"].items() if service is None}
            named = {event["name"] for event in of_type(inspect(capture, "--all-names"), "name") if event["service"]}
            self.assertEqual(named & innocent, set(), capture)

    def test_decoys_give_no_turn_and_no_upload(self):
        events = inspect("decoys.pcapng")
        self.assertEqual(of_type(events, "turn") + of_type(events, "upload"), [])

    def test_turns_are_found_where_they_were(self):
        for capture, (recall, precision) in TURNS.items():
            truth, events = truth_of(capture), inspect(capture)
            service_of = {**truth["names"], **{s["host"]: s["service"] for s in truth["sessions"]}}
            truths = [(s["service"], turn[0]) for s in truth["sessions"] for turn in s["turns"]]
            reports = [(service_of.get(event["host"], event["service"]), event["t"]) for event in of_type(events, "turn")]
            hits = matched(truths, reports)
            self.assertGreaterEqual(hits / len(truths), recall, capture)
            self.assertGreaterEqual(hits / max(1, len(reports)), precision, capture)

    def test_turns_of_local_models_are_exact_and_each_server_is_told(self):
        truth, events = truth_of("local.pcap"), inspect("local.pcap")
        turns = of_type(events, "turn")
        for session in truth["sessions"]:
            if session["via"] in ("gateway", "proxy"):
                continue
            own = [turn for turn in turns if turn["host"] == session["host"]]
            self.assertEqual({turn["service"] for turn in own}, {session["service"]})
            self.assertEqual(len(own), len(session["turns"]))
            for turn, true in zip(own, session["turns"]):
                for found, wanted in zip((turn["t"], turn["t_first"], turn["t_last"]), true):
                    self.assertLess(abs(found - wanted), 0.1, (turn, true))

    def test_a_gateway_and_a_proxy_on_the_machine_add_nothing(self):
        events = inspect("local.pcap")
        self.assertEqual([e for e in of_type(events, "turn") + of_type(events, "visit") if "4000" in e["host"]], [])
        self.assertEqual(len([t for t in of_type(events, "turn") if t["host"] == "api.openai.com"]), 3)
        self.assertEqual(events[-1]["coverage"]["relayed"], 1)

    def test_uploads_are_found_where_they_were(self):
        for capture in TURNS:
            truth, events = truth_of(capture), inspect(capture)
            found = [event["t"] for event in of_type(events, "upload")]
            self.assertEqual(len(found), len(truth["uploads"]), capture)
            for upload in truth["uploads"]:
                self.assertTrue(any(upload["start"] - TOLERANCE_S <= time <= upload["end"] + TOLERANCE_S for time in found), upload)

    def test_every_service_that_was_used_has_a_visit(self):
        for capture in TURNS:
            truth = truth_of(capture)
            used = {session["service"] for session in truth["sessions"] if session["turns"]}
            service_of = {**truth["names"], **{s["host"]: s["service"] for s in truth["sessions"]}}
            visited = {service_of.get(event["host"]) for event in of_type(inspect(capture), "visit")}
            self.assertEqual(used - visited, set(), capture)


if __name__ == "__main__":
    unittest.main(verbosity=2)
