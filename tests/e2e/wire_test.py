"""What the network sees of two laptops, one with AI use and one without: connections, bytes each way and TLS records, taken
off a relay between agent and collector. A payload's size, a missing delivery or another number of calls would show here."""
import os
import signal
import socket
import threading
import unittest

import harness
from harness import CAPTURES, OK, GnomonTest, Laptop, Process

# TLS and HTTP/2 vary by themselves: signatures are 70 to 72 bytes, acknowledgements come alone or together. A record is some 60
# bytes, a batch of the old smallest size was 3,840 smaller.
SLACK = 160


class Tap:
    """A relay that keeps, for each connection, the bytes of both directions."""

    def __init__(self, test, port):
        self.target = port
        self.connections = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()
        test.addCleanup(self._close)

    def _accept(self):
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.target))
            seen = {"up": bytearray(), "down": bytearray()}
            self.connections.append(seen)
            for source, to, into in ((near, far, seen["up"]), (far, near, seen["down"])):
                threading.Thread(target=self._relay, args=(source, to, into), daemon=True).start()

    @staticmethod
    def _relay(source, to, into):
        try:
            while data := source.recv(65536):
                into += data
                to.sendall(data)
            to.shutdown(socket.SHUT_WR)
        except OSError:
            harness.with_shutdown(to)

    def _close(self):
        harness.with_shutdown(self._listener)
        self._listener.close()


def records(stream):
    """Lengths of the TLS records in a stream."""
    at, lengths = 0, []
    while at + 5 <= len(stream):
        length = int.from_bytes(stream[at + 3:at + 5], "big")
        lengths.append(length)
        at += 5 + length
    return lengths


@unittest.skipUnless(os.geteuid() == 0, "needs root, to capture")
class Wire(GnomonTest):
    def life(self, name, use):
        """One laptop from its start to its end, as the network sees it."""
        laptop = Laptop(self, name).enrolled(self.at.address, self.at.token("finance"))
        tap = Tap(self, self.at.port)
        if use:
            laptop.moved_to("127.0.0.1:1")  # counted now, sent when the agent runs
            self.assertNotEqual(laptop.read(CAPTURES / "chat.pcap", CAPTURES / "ws.pcap").returncode, OK)
            self.assertEqual({batch["state"] for batch in laptop.batches()}, {"waiting"})
        laptop.moved_to(tap.address)
        settings = self.folder / f"{name}.yaml"
        settings.write_text(f"state: {laptop.state}\ninterfaces: [lo]\nloopback: false\n")
        agent = Process(self, "gnomon-agent", "run", "--config", settings)
        agent.log.wait_for(lambda line: "delivered sent=1" in line, "first delivery")
        agent.signal(signal.SIGTERM)
        self.assertEqual(agent.wait(), OK)
        self.assertEqual(bool(laptop.batches()), use)
        return sorted((len(one["up"]), len(one["down"]), max(records(one["up"])), max(records(one["down"])))
                      for one in tap.connections)

    def test_a_laptop_without_use_looks_like_one_with_it(self):
        self.at = self.collector()
        used, idle = self.life("used", True), self.life("idle", False)
        for name, life in (("used", used), ("idle", idle)):
            print(f"{name}: " + ", ".join(f"{up} up {down} down (records {a}, {b})" for up, down, a, b in life))
        self.assertEqual(len(used), len(idle), "as many connections")
        for one, other in zip(used, idle):
            for a, b in zip(one, other):
                self.assertLessEqual(abs(a - b), SLACK, (used, idle))
        self.assertTrue(any(up > 4096 + 1000 for up, *_ in idle), "a batch without a record is padded like one with")


if __name__ == "__main__":
    harness.main()
