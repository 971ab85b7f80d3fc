"""Every capture in tests/data/made: the names it holds are found, none is invented, nothing crashes."""
import json
import subprocess

import harness
from harness import BAD_INPUT, CAPTURES, LIMIT_S, MADE, OK, GnomonTest, command, environment, run

EXPECTED = json.loads((MADE / "expected.json").read_text())


class MadeCaptures(GnomonTest):
    def inspect(self, name):
        done = run("gnomon-agent", "inspect", "-r", MADE / name, "--format", "jsonl", "--all-names")
        return done, [json.loads(line) for line in done.stdout.splitlines()]

    def test_names_are_found_and_none_is_invented(self):
        for file, expected in EXPECTED.items():
            with self.subTest(file):
                done, events = self.inspect(file)
                names = [event["name"] for event in events if event["type"] == "name" and event["evidence"] == "named"]
                self.assertEqual(names, expected["names"], done.stderr)

    def test_files_that_are_no_capture_are_refused_by_name(self):
        for file in (name for name, expected in EXPECTED.items() if not expected["opens"]):
            with self.subTest(file):
                done, events = self.inspect(file)
                self.assert_fails(done, BAD_INPUT, file)
                self.assertEqual(events, [])

    def test_damaged_files_are_named_and_their_coverage_is_told(self):
        for file in (name for name, expected in EXPECTED.items() if expected["damaged"]):
            with self.subTest(file):
                done, events = self.inspect(file)
                self.assert_fails(done, BAD_INPUT, file)
                self.assertEqual(events[-1]["type"], "coverage")

    def test_all_others_end_well_with_their_coverage(self):
        for file in (name for name, expected in EXPECTED.items() if expected["opens"] and not expected["damaged"]):
            with self.subTest(file):
                done, events = self.inspect(file)
                self.assertEqual(done.returncode, OK, done.stderr)
                self.assertEqual(events[-1]["type"], "coverage")

    def test_look_alikes_belong_to_no_service(self):
        _, events = self.inspect("look-alikes.pcap")
        self.assertEqual({event["service"] for event in events if event["type"] == "name"}, {None})

    def test_without_all_names_only_the_catalogue_is_shown(self):
        done = run("gnomon-agent", "inspect", "-r", MADE / "look-alikes.pcap", "--format", "jsonl")
        self.assertEqual([json.loads(line)["type"] for line in done.stdout.splitlines()], ["coverage"])

    def test_addresses_and_ports_are_those_of_the_client_and_the_server(self):
        _, events = self.inspect("link-ethernet.pcap")
        ends = [[event[k] for k in ("proto", "src", "sport", "dst", "dport", "via")] for event in events if event["type"] == "name"]
        self.assertEqual(ends, [["tcp", "198.51.100.20", 40002, "192.0.2.10", 443, "tls"],
                                ["tcp", "2001:db8::20", 40004, "2001:db8:1::10", 443, "tls"]])

    def test_capture_on_standard_input(self):
        data = (MADE / "link-ethernet.pcap").read_bytes()
        done = run("gnomon-agent", "inspect", "-r", "-", "--format", "jsonl", stdin=data)
        self.assertEqual((done.returncode, len(done.stdout.splitlines())), (OK, 3))

    def test_reader_that_goes_away_ends_it_quietly(self):
        agent = subprocess.Popen(command("gnomon-agent", "inspect", "-r", "-", "--format", "jsonl", "--all-names"),
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
        agent.stdout.close()  # before there is anything to read
        _, message = agent.communicate((CAPTURES / "sdk.pcap").read_bytes(), timeout=LIMIT_S)
        self.assertEqual((agent.returncode, message), (OK, b""))


if __name__ == "__main__":
    harness.main()
