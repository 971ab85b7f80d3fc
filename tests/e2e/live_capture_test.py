"""Live capture: real TLS clients in a network namespace, a server under a catalogue name beyond a veth pair."""
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import unittest
from pathlib import Path

import harness
from harness import OK, Collector, GnomonTest, Laptop, Lines, Process

NAME, OTHER_NAME, BENIGN = "chatgpt.com", "claude.ai", "www.example.com"
CLIENT4, SERVER4, CLIENT6, SERVER6 = "198.51.100.20", "198.51.100.10", "2001:db8::20", "2001:db8::10"
SERVER_PROGRAM = Path(__file__).with_name("streaming_server.py")
MODEL_PROGRAM = Path(__file__).with_name("model_server.py")
SECRET = "gnomonsecret"  # in every prompt to a model server, and in its answers


def missing():
    """Why this cannot be tested here, or None."""
    if os.geteuid() != 0:
        return "making network namespaces needs root"
    for tool in ("ip", "openssl", "curl"):
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    probe = f"gnomon-probe-{os.getpid()}"
    if subprocess.run(["ip", "netns", "add", probe], capture_output=True, check=False).returncode != 0:
        return "this machine does not let a test make network namespaces"
    subprocess.run(["ip", "netns", "del", probe], check=True)
    return None


class Network:
    """Two namespaces, laptop and server, joined by a veth pair; each end is called eth0."""

    def __init__(self, test):
        self._test = test
        self.laptop, self.server = (f"gnomon-{os.getpid()}-{role}" for role in ("laptop", "server"))
        for name in (self.laptop, self.server):
            self._ip("netns", "add", name)
            test.addCleanup(self._ip, "netns", "del", name)
        self._ip("link", "add", "name", "eth0", "netns", self.laptop, "type", "veth", "peer", "name", "eth0", "netns", self.server)
        for name, four, six in ((self.laptop, CLIENT4, CLIENT6), (self.server, SERVER4, SERVER6)):
            self._ip("-n", name, "addr", "add", f"{four}/24", "dev", "eth0")
            self._ip("-n", name, "addr", "add", f"{six}/64", "dev", "eth0", "nodad")
            for device in ("lo", "eth0"):
                self._ip("-n", name, "link", "set", device, "up")

    @staticmethod
    def _ip(*arguments):
        subprocess.run(["ip", *arguments], check=True, capture_output=True)

    def on_laptop(self):
        return ("ip", "netns", "exec", self.laptop)

    def on_server(self):
        return ("ip", "netns", "exec", self.server)


class LiveCapture(GnomonTest):
    @classmethod
    def setUpClass(cls):
        if reason := missing():
            raise unittest.SkipTest(reason)

    def setUp(self):
        super().setUp()
        self.net = Network(self)
        self.certificate, self.key = self.folder / "cert.pem", self.folder / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME},DNS:{OTHER_NAME},DNS:{BENIGN}",
                        "-keyout", self.key, "-out", self.certificate], check=True, capture_output=True)

    def serve(self, address, port=443):
        server = subprocess.Popen([*self.net.on_server(), sys.executable, SERVER_PROGRAM, address, str(port), self.certificate, self.key],
                                  stdout=subprocess.PIPE, text=True)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        Lines(server.stdout).wait_for(lambda line: line == "ready\n", "ready server")

    def openssl_client(self, name, address, port=443):
        at = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        done = subprocess.run([*self.net.on_laptop(), "openssl", "s_client", "-connect", at, "-servername", name,
                               "-CAfile", self.certificate, "-verify_return_error"], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=harness.LIMIT_S, check=False)
        self.assertEqual(done.returncode, OK, done.stderr)

    def curl(self, name, address, prompt=4000, before=(), stdin=None):
        at = f"[{address}]" if ":" in address else address
        done = subprocess.run([*before, *self.net.on_laptop(), "curl", "-sS", "--http1.1", "--cacert", self.certificate, "--resolve", f"{name}:443:{at}",
                               "--data-binary", "p" * prompt, "-o", "/dev/null", f"https://{name}/chat"], stdin=stdin, capture_output=True,
                              text=True, timeout=harness.LIMIT_S, check=False)
        self.assertEqual(done.returncode, OK, done.stderr)

    def inspect(self, *arguments, interface="eth0"):
        agent = Process(self, "gnomon-agent", "inspect", "-i", interface, "--format", "jsonl", *arguments, prefix=self.net.on_laptop())
        agent.log.wait_for(lambda line: "Listening" in line, "line that says it listens")
        return agent

    def next_name(self, agent, name):
        line = agent.out.wait_for(lambda text: json.loads(text).get("name") == name, f"name event of {name}")
        return json.loads(line)

    def end(self, agent):
        """All events, after a Ctrl-C."""
        agent.signal(signal.SIGINT)
        events = [json.loads(line) for line in agent.out.rest()]
        self.assertEqual(agent.wait(), OK)
        self.assertEqual(events[-1]["type"], "coverage")
        return events

    def assert_ends(self, event, client, server, port=443):
        self.assertEqual((event["src"], event["dst"], event["dport"], event["proto"], event["via"]), (client, server, port, "tcp", "tls"))

    def test_name_of_a_tls_client_is_shown_while_it_happens(self):
        for address in (SERVER4, SERVER6):
            self.serve(address)
        agent = self.inspect()
        self.openssl_client(NAME, SERVER4)
        event = self.next_name(agent, NAME)
        self.assert_ends(event, CLIENT4, SERVER4)
        self.assertIsNotNone(event["service"])
        self.openssl_client(OTHER_NAME, SERVER6)
        self.assert_ends(self.next_name(agent, OTHER_NAME), CLIENT6, SERVER6)
        self.end(agent)

    def test_name_outside_the_catalogue_is_shown_only_when_asked_for(self):
        self.serve(SERVER4)
        quiet, curious = self.inspect(), self.inspect("--all-names")
        self.openssl_client(BENIGN, SERVER4)
        self.assertIsNone(self.next_name(curious, BENIGN)["service"])
        self.openssl_client(NAME, SERVER4)
        self.next_name(quiet, NAME)
        self.assertNotIn(BENIGN, {event.get("name") for event in self.end(quiet)})

    def test_any_port_and_the_cooked_any_interface(self):
        self.serve(SERVER4, port=9443)
        agent = self.inspect(interface="any")
        self.openssl_client(NAME, SERVER4, port=9443)
        self.assert_ends(self.next_name(agent, NAME), CLIENT4, SERVER4, port=9443)
        self.end(agent)

    def test_streamed_answer_is_a_turn(self):
        self.serve(SERVER4)
        agent = self.inspect()
        self.curl(NAME, SERVER4)
        events = self.end(agent)
        turns = [event for event in events if event["type"] == "turn"]
        self.assertEqual([turn["host"] for turn in turns], [NAME])
        self.assertGreater(turns[0]["t_last"] - turns[0]["t_first"], 2)
        self.assertEqual([event["turns"] for event in events if event["type"] == "visit"], [1])
        self.assertEqual(events[-1]["capture"]["dropped_kernel"], 0)

    def clients_of_turns(self, events):
        return [event["client"] for event in events if event["type"] == "turn"]

    def test_kind_of_client_is_told_of_the_same_users_programs(self):
        self.serve(SERVER4)
        agent = self.inspect()
        self.curl(NAME, SERVER4)
        # By what the test is started from: "script runtime", or the editor.
        (kind,) = self.clients_of_turns(self.end(agent))
        self.assertNotIn(kind, ("unknown", "browser"))

    def test_curl_with_a_controlling_terminal_is_a_terminal(self):
        self.serve(SERVER6)
        agent = self.inspect()
        screen, keyboard = pty.openpty()
        self.addCleanup(os.close, screen)
        self.addCleanup(os.close, keyboard)
        self.curl(NAME, SERVER6, before=("setsid", "--ctty", "--wait"), stdin=keyboard)
        self.assertEqual(self.clients_of_turns(self.end(agent)), ["terminal"])

    def test_the_service_captures_counts_and_sends(self):
        self.serve(SERVER4)
        # On the laptop's own loopback, which is not what the agent listens on.
        collector = Collector(self, prefix=self.net.on_laptop()).start()
        laptop = Laptop(self, "live", prefix=self.net.on_laptop()).enrolled(collector.address, collector.token("finance"))
        settings = self.folder / "agent.yaml"
        settings.write_text(f"state: {laptop.state}\ninterfaces: [eth0]\nsend_every: 1h\ncheckpoint_every: 1s\n")
        agent = Process(self, "gnomon-agent", "run", "--config", settings, prefix=self.net.on_laptop())
        agent.log.wait_for(lambda line: "running" in line, "line that says it runs")
        self.curl(NAME, SERVER4)
        agent.signal(signal.SIGTERM)
        self.assertEqual(agent.wait(), OK)
        self.assertEqual([batch["state"] for batch in laptop.batches()], ["sent"])
        counts = harness.all_services(laptop.sums("sent"))
        self.assertEqual((counts["visits"], counts["turns"]), (1, 1))
        log = "".join(agent.log.rest())
        for secret in (NAME, SERVER4, CLIENT4):
            self.assertNotIn(secret, log)

    def serve_model(self, where, address, port):
        server = subprocess.Popen([*where, sys.executable, MODEL_PROGRAM, address, str(port)], stdout=subprocess.PIPE, text=True)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        Lines(server.stdout).wait_for(lambda line: line == "ready\n", "ready model server")

    def ask_model(self, address, port):
        done = subprocess.run([*self.net.on_laptop(), "curl", "-sS", "-o", "/dev/null", "-d", json.dumps({"model": "m", "prompt": SECRET}),
                               f"http://{address}:{port}/api/generate"], capture_output=True, text=True, timeout=harness.LIMIT_S, check=False)
        self.assertEqual(done.returncode, OK, done.stderr)

    def test_local_models_are_heard_without_naming_an_interface(self):
        subprocess.run(["ip", "-n", self.net.laptop, "route", "add", "default", "dev", "eth0"], check=True)
        self.serve_model(self.net.on_laptop(), "127.0.0.1", 18434)
        agent = Process(self, "gnomon-agent", "inspect", "--format", "jsonl", prefix=self.net.on_laptop())
        agent.log.wait_for(lambda line: "Listening" in line, "line that says it listens")
        deaf = Process(self, "gnomon-agent", "inspect", "--no-loopback", "--format", "jsonl", prefix=self.net.on_laptop())
        deaf.log.wait_for(lambda line: "Listening" in line, "line that says it listens")
        for _ in range(2):
            self.ask_model("127.0.0.1", 18434)
        self.next_name(agent, "127.0.0.1:18434")
        events = self.end(agent)
        turns = [event for event in events if event["type"] == "turn"]
        self.assertEqual([turn["service"] for turn in turns], ["ollama", "ollama"])
        for turn in turns:
            self.assertAlmostEqual(turn["t_last"] - turn["t_first"], 0.6, delta=0.3)
        self.assertEqual(events[-1]["coverage"]["loopback"], 2, "each packet once, each connection once")
        self.assertEqual([event["type"] for event in self.end(deaf)], ["coverage"])

    def test_turns_of_a_local_model_are_sent_and_nothing_that_was_said_is_kept(self):
        self.serve_model(self.net.on_laptop(), "127.0.0.1", 18434)
        collector = Collector(self, prefix=self.net.on_laptop()).start()
        laptop = Laptop(self, "live", prefix=self.net.on_laptop()).enrolled(collector.address, collector.token("finance"))
        agent = Process(self, "gnomon-agent", "run", "--state", laptop.state, prefix=self.net.on_laptop())
        agent.log.wait_for(lambda line: "running" in line, "line that says it runs")
        for _ in range(3):
            self.ask_model("127.0.0.1", 18434)
        agent.signal(signal.SIGTERM)
        self.assertEqual(agent.wait(), OK)
        records = [record for batch in laptop.batches() for record in batch["records"] if record["service"] == "ollama"]
        self.assertEqual([(record["visits"], record["turns"]) for record in records], [(1, 3)])
        self.assertIn("local", json.dumps(records[0]).lower())
        log = "".join(agent.log.rest())
        kept = b"".join(file.read_bytes() for file in laptop.state.rglob("*") if file.is_file())
        for word in (SECRET, "/api/generate", "18434"):
            self.assertNotIn(word.encode(), kept)
            self.assertNotIn(word, log)
    def test_what_the_service_cannot_see_reaches_its_health(self):
        self.serve(SERVER4)
        for step in (("tuntap", "add", "dev", "tun0", "mode", "tun"), ("link", "set", "tun0", "up"), ("route", "add", "default", "dev", "tun0")):
            subprocess.run(["ip", "-n", self.net.laptop, *step], check=True, capture_output=True)
        collector = Collector(self, prefix=self.net.on_laptop()).start()
        token = collector.token("finance")
        laptop = Laptop(self, "live", prefix=self.net.on_laptop()).enrolled(collector.address, token)
        settings = self.folder / "agent.yaml"
        settings.write_text(f"state: {laptop.state}\ninterfaces: [eth0]\nsend_every: 1h\ncheckpoint_every: 1s\n")
        agent = Process(self, "gnomon-agent", "run", "--config", settings, prefix=self.net.on_laptop())
        agent.log.wait_for(lambda line: "running" in line, "line that says it runs")
        self.openssl_client("dns.google", SERVER4)
        initiation = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(bytes([1]) + bytes(147), (%r, 51820))"
        subprocess.run([*self.net.on_laptop(), sys.executable, "-c", initiation % SERVER4], check=True)
        self.curl(NAME, SERVER4)
        agent.signal(signal.SIGTERM)
        self.assertEqual(agent.wait(), OK)
        health = collector.json("health")
        expected = {"devices": 1, "devices_without_capture": 0, "devices_with_coverage": 1, "devices_with_vpn": 1,
                    "devices_with_encrypted_dns": 1, "devices_with_ech_without_dns": 0, "devices_mostly_unattributed": 0}
        self.assertEqual({key: health[key] for key in expected}, expected)
        status = json.loads(laptop.agent("status", "--format", "json").stdout)["capture"]
        self.assertEqual((status["vpn_interfaces"], status["interfaces"]), (1, 1))

    def test_power_cut_of_the_service_costs_at_most_one_checkpoint(self):
        self.serve(SERVER4)
        collector = Collector(self, prefix=self.net.on_laptop()).start()
        laptop = Laptop(self, "live", prefix=self.net.on_laptop()).enrolled(collector.address, collector.token("finance"))
        agent = Process(self, "gnomon-agent", "run", "--state", laptop.state, "-i", "eth0", prefix=self.net.on_laptop())
        agent.log.wait_for(lambda line: "running" in line, "line that says it runs")
        self.curl(NAME, SERVER4)
        agent.kill()
        laptop.delivered(harness.NOTHING)
        self.assertLessEqual(harness.all_services(laptop.sums("sent"))["turns"], 1)


if __name__ == "__main__":
    harness.main()
