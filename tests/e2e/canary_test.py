"""What must not be written down is looked for, byte by byte, in everything that the programs leave behind: logs at
debug level, error texts, answers, databases with their write-ahead logs. The recordings' own host names, addresses
and the enrolment secrets are the canaries."""
import os
import re
import resource
import signal
import socket
import subprocess

import harness
from harness import CAPTURES, OK, GnomonTest, Laptop

# Of tests/data/captures/chat.pcap: what the clients asked for and where it was.
HOSTS = [b"chatgpt.com", b"oaiusercontent", b"claude.ai", b"deepseek.com", b"oaistatic", b"anthropic.com"]
ADDRESSES = ["10.76.0.20", "10.76.0.1", "10.77.1.12"]
ADDRESSES_6 = ["fd76::20", "fd77::1:10", "fd77::1:20"]


def written_forms():
    """Each canary as text and, for addresses, as the bytes of a header."""
    for host in HOSTS:
        yield host.decode(), host
        # DNS wire format: labels with their lengths.
        yield host.decode() + " as labels", b"".join(bytes([len(label)]) + label for label in host.split(b"."))
    for family, addresses in ((socket.AF_INET, ADDRESSES), (socket.AF_INET6, ADDRESSES_6)):
        for address in addresses:
            yield address, address.encode()
            yield address + " packed", socket.inet_pton(family, address)


def contents(folder, leave_out=()):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*"))
            if path.is_file() and path.name not in leave_out}


class Canaries(GnomonTest):
    def setUp(self):
        super().setUp()
        collector = harness.Collector(self)
        settings = collector.data / "collector.yaml"
        text = settings.read_text()
        self.assertIn("level: info", text)
        settings.write_text(text.replace("level: info", "level: debug"))
        self.at = collector.start()
        self.token = self.at.token("finance")
        self.laptop = Laptop(self, "canary").enrolled(self.at.address, self.token)
        self.config = self.folder / "agent.yaml"
        self.config.write_text("log:\n  level: debug\n")

    def device_name(self):
        shown = subprocess.run(["openssl", "x509", "-noout", "-subject", "-nameopt", "multiline", "-in",
                                self.laptop.state / "device.pem"], capture_output=True, text=True, check=True).stdout
        return re.search(r"commonName\s*=\s*(\w+)", shown).group(1)

    def assert_clean(self, data, where, canaries):
        for name, form in canaries:
            self.assertNotIn(form, data, f"{where} holds {name}")

    def test_hosts_and_addresses_stay_on_the_wire_that_they_came_from(self):
        done = self.laptop.agent("run", "--config", self.config,
                                 *self.laptop.read_flags([CAPTURES / "chat.pcap", CAPTURES / "ws.pcap"]))
        self.assertEqual(done.returncode, OK, done.stderr)
        self.assertIn("visits=3", done.stderr, "the recording was really classified")
        shown = [self.laptop.agent(*command) for command in
                 (["sent"], ["sent", "--format", "json"], ["status"], ["status", "--format", "json"])]
        shown += [self.at.ask(*command) for command in (["departments"], ["services"], ["health"], ["tokens", "list"])]
        self.at.process.signal(signal.SIGTERM)
        self.at.process.wait()
        canaries = list(written_forms())
        # The agent's own folder names its collector, which is on loopback; no capture is.
        for path, data in {**contents(self.laptop.state), **contents(self.at.data)}.items():
            self.assert_clean(data, path.name, canaries)
        logs = {"the agent's log": done.stderr, "the agent's output": done.stdout,
                "the collector's log": "".join(self.at.process.log.rest())}
        for number, answer in enumerate(shown):
            logs[f"answer {number}"] = answer.stdout + answer.stderr
        for where, text in logs.items():
            self.assert_clean(text.encode(), where, canaries)
        self.assertIn("listening", logs["the collector's log"], "the log was really read")

    def test_the_canaries_would_be_found(self):
        """inspect is the one command that shows them: the same search must find them there."""
        seen = self.laptop.agent("inspect", "-r", CAPTURES / "chat.pcap", "--format", "jsonl").stdout.encode()
        found = [name for name, form in written_forms() if form in seen]
        self.assertIn("chatgpt.com", found)
        self.assertIn("fd77::1:10", found)

    def test_a_device_stands_nowhere_beside_usage(self):
        self.laptop.delivered(CAPTURES / "chat.pcap")
        self.at.process.signal(signal.SIGTERM)
        self.at.process.wait()
        device = self.device_name()
        self.assertRegex(device, r"^[0-9a-f]{32}$")
        canaries = [("the device's name", device.encode()), ("the device's name", bytes.fromhex(device))]
        registry = [path for path in contents(self.at.data) if path.name.startswith("registry")]
        self.assertTrue(any(canaries[0][1] in path.read_bytes() for path in registry),
                        "the registry knows the device, so the search works")
        for path, data in contents(self.at.data).items():
            if not path.name.startswith("registry"):
                self.assert_clean(data, path.name, canaries)
        self.assert_clean("".join(self.at.process.log.rest()).encode(), "the collector's log", canaries)

    def test_secrets_are_stored_and_logged_nowhere(self):
        secret = self.token.split("-")[2]
        wrong = "-".join([*self.token.split("-")[:2], "0" * 31 + "1", self.token.split("-")[3]])
        refused = Laptop(self, "refused").enroll(self.at.address, wrong)
        self.assertNotEqual(refused.returncode, OK)
        self.at.process.signal(signal.SIGTERM)
        self.at.process.wait()
        log = "".join(self.at.process.log.rest())
        for path, data in {**contents(self.at.data), **contents(self.laptop.state)}.items():
            self.assertNotIn(secret.encode(), data, path.name)
            self.assertNotIn(bytes.fromhex(secret), data, path.name)
        for text in (log, refused.stderr, refused.stdout):
            self.assertNotIn(secret, text)
            self.assertNotIn("0" * 31 + "1", text)

    def test_the_agent_leaves_no_core_dump(self):
        """A core would hold addresses and names. Where a plain program leaves none either, nothing is shown."""
        soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_CORE, (soft, hard))
        if not dumps_core(["/bin/cat"], self.folder):
            self.skipTest("this machine writes no core dumps")
        capture = self.folder / "endless"
        os.mkfifo(capture)  # the agent waits here for the capture's header
        agent = harness.command("gnomon-agent", "inspect", "-r", capture)
        self.assertFalse(dumps_core(agent, self.folder, opened=capture))


def dumps_core(arguments, folder, opened=None):
    """Starts a program that waits for input, aborts it, and says whether the kernel wrote a core."""
    waits, writes = os.pipe()
    child = subprocess.Popen(arguments, stdin=waits, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(waits)
    held = os.open(opened, os.O_WRONLY) if opened else None  # returns once the program has opened it
    if not opened:
        os.write(writes, b"x")
    os.kill(child.pid, signal.SIGABRT)
    _, status = os.waitpid(child.pid, 0)
    child.returncode = -signal.SIGABRT
    os.close(writes)
    if held is not None:
        os.close(held)
    for core in folder.glob("core*"):
        core.unlink()
    return os.WCOREDUMP(status)


if __name__ == "__main__":
    harness.main()
