"""The kernel filter on a live interface: what it holds back, and that nothing is lost while it is exchanged."""
import json
import signal
import subprocess
import sys
import unittest

import harness
from harness import OK, GnomonTest, Lines, Process
from live_capture_test import CLIENT4, NAME, SERVER4, Network, missing

ADDRESSES = 240  # fewer than the filter has room for
FEWER = 180  # fit into 20 KiB of a kernel that has no more for a socket's options
TOO_MANY = 300

# For each connection one DNS answer, of which every so many give a catalogue host a new address; then the client's
# bytes, and as many back as a first line of digits asks for.
SERVER = """
import socket, struct, sys, threading
client, name, every = sys.argv[2], sys.argv[3], int(sys.argv[4])
listener = socket.create_server((sys.argv[1], 443), backlog=512)
dns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
dns.bind((sys.argv[1], 53))
question = b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\\0\\0\\1\\0\\1"
print("ready", flush=True)
count = 0
while True:
    peer, _ = listener.accept()
    if every:
        address = bytes([203, 0, count // every >> 8, count // every & 255])
        dns.sendto(b"\\0\\1\\x81\\x80\\0\\1\\0\\1\\0\\0\\0\\0" + question + b"\\xc0\\x0c\\0\\1\\0\\1" + struct.pack(">LH", 3600, 4) + address, (client, 40000))
    count += 1
    said = peer.recv(65536)
    left = int(said.split(b"\\n")[0]) if said[:1].isdigit() else 0
    while left > 0:
        left -= peer.send(bytes(min(left, 1 << 20)))
    if left < 0 or said[:1] != b"\\x16":
        while peer.recv(65536): pass
    peer.close()
"""

# One hello a connection, each with a number in its name.
HELLOS = """
import socket, ssl, sys
context = ssl.create_default_context()
for number in range(int(sys.argv[2])):
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        context.wrap_bio(incoming, outgoing, server_hostname=f"n{number}.example.com").do_handshake()
    except ssl.SSLWantReadError:
        pass
    with socket.create_connection((sys.argv[1], 443)) as peer:
        peer.sendall(outgoing.read())
        peer.recv(1)  # the server has closed: it has read them
"""

BULK = """
import socket, sys
with socket.create_connection((sys.argv[1], 443)) as peer:
    peer.sendall(sys.argv[2].encode() + b"\\n")
    left = int(sys.argv[2])
    while left > 0: left -= len(peer.recv(1 << 20))
"""


class KernelFilter(GnomonTest):
    @classmethod
    def setUpClass(cls):
        if reason := missing():
            raise unittest.SkipTest(reason)

    def setUp(self):
        super().setUp()
        self.net = Network(self)

    def serve(self, every=0):
        server = subprocess.Popen([*self.net.on_server(), sys.executable, "-c", SERVER, SERVER4, CLIENT4, NAME, str(every)],
                                  stdout=subprocess.PIPE, text=True)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        Lines(server.stdout).wait_for(lambda line: line == "ready\n", "ready server")

    def client(self, program, *arguments):
        subprocess.run([*self.net.on_laptop(), sys.executable, "-c", program, SERVER4, *map(str, arguments)], check=True,
                       timeout=harness.LIMIT_S)

    def inspect(self, *arguments):
        agent = Process(self, "gnomon-agent", "inspect", "-i", "eth0", "--all-names", "--format", "jsonl", *arguments, prefix=self.net.on_laptop())
        agent.log.wait_for(lambda line: "Listening" in line, "line that says it listens")
        return agent

    def end(self, agent):
        agent.signal(signal.SIGINT)
        events = [json.loads(line) for line in agent.out.rest()]
        self.assertEqual(agent.wait(), OK)
        self.assertEqual(events[-1]["capture"]["dropped_kernel"], 0)
        return {event["name"] for event in events if event["type"] == "name"}, events[-1]

    def hellos_through_exchanges(self, count, addresses):
        self.serve(count // addresses)
        agent = self.inspect()
        self.client(HELLOS, count)
        names, coverage = self.end(agent)
        self.assertEqual(names, {f"n{number}.example.com" for number in range(count)})
        self.assertEqual(coverage["coverage"]["dns_answers"], count)
        self.assertEqual((coverage["coverage"]["flows"], coverage["coverage"]["named"]), (count, count))
        return coverage["filter"]

    def check_rules(self, counts, addresses=ADDRESSES):
        """What came in the last 20 ms before the end may not be in a program yet."""
        self.assertLessEqual(counts["rules"], addresses)
        self.assertGreater(counts["rules"], addresses * 3 // 4)

    def test_no_packet_is_lost_while_the_filter_is_exchanged(self):
        counts = self.hellos_through_exchanges(12 * ADDRESSES, ADDRESSES)
        self.check_rules(counts)
        # At most one in 20 ms: fewer on a fast machine.
        self.assertGreater(counts["programs"], 10)
        self.assertEqual((counts["everything"], counts["refused"]), (0, 0))

    def test_more_addresses_than_there_is_room_for_let_all_headers_through(self):
        counts = self.hellos_through_exchanges(TOO_MANY, TOO_MANY)
        self.assertGreater(counts["everything"], 0)
        self.assertEqual((counts["rules"], counts["refused"]), (0, 0))

    def test_no_packet_is_lost_where_the_kernel_has_little_room_for_programs(self):
        # As Linux had it until 6.7: the old program and the new one do not fit side by side.
        little = subprocess.run([*self.net.on_laptop(), "sysctl", "-w", "net.core.optmem_max=20480"], capture_output=True, check=False)
        if little.returncode != 0:
            self.skipTest("this kernel has one net.core.optmem_max for all namespaces")
        counts = self.hellos_through_exchanges(12 * FEWER, FEWER)
        self.check_rules(counts, FEWER)
        self.assertEqual(counts["everything"], 0)

    def bulk(self, *arguments):
        self.serve()
        agent = self.inspect(*arguments)
        self.client(BULK, 50_000_000)
        return self.end(agent)[1]

    def test_download_of_no_interest_stays_in_the_kernel(self):
        coverage = self.bulk()
        # The handshake of TCP, the request, the two ends.
        self.assertLessEqual(coverage["capture"]["received"], 10)
        self.assertEqual((coverage["coverage"]["flows"], coverage["coverage"]["not_tls"]), (1, 1))

    def test_filter_can_be_switched_off(self):
        settings = self.folder / "agent.yaml"
        settings.write_text("kernel_filter: false\nkernel_buffer_kib: 65536\n")
        coverage = self.bulk("--config", settings)
        self.assertGreater(coverage["capture"]["received"], 500)
        self.assertEqual((coverage["coverage"]["flows"], coverage["coverage"]["not_tls"]), (1, 1))
        self.assertNotIn("filter", coverage)


if __name__ == "__main__":
    harness.main()
