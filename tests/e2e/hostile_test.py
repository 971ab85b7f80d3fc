"""Peers that are slow, greedy or rude, by raw sockets against the real collector; an honest operator is served meanwhile."""
import socket
import ssl
import struct
import unittest

from harness import LIMIT_S, OK, GnomonTest, main

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY = 0, 1, 3, 4, 6, 7
END_HEADERS, END_STREAM, ACK = 0x4, 0x1, 0x1
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
ENHANCE_YOUR_CALM = 11


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def integer(value, bits):
    """RFC 7541 section 5.1."""
    limit = (1 << bits) - 1
    if value < limit:
        return bytes([value])
    out, value = bytes([limit]), value - limit
    while value >= 128:
        out, value = out + bytes([value % 128 + 128]), value // 128
    return out + bytes([value])


def headers(fields):
    """Literals without indexing (RFC 7541 section 6.2.2)."""
    return b"".join(b"\0" + integer(len(name), 7) + name + integer(len(value), 7) + value for name, value in fields)


CALL = [(b":method", b"POST"), (b":scheme", b"https"), (b":path", b"/gnomon.v1.Enrolment/Enrol"),
        (b":authority", b"localhost"), (b"content-type", b"application/grpc"), (b"te", b"trailers")]


class Http2:
    """A connection that got through TLS (nobody needs a certificate for that) and says what it likes."""

    def __init__(self, test, port):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(["h2"])
        self.socket = context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=LIMIT_S))
        test.addCleanup(self.socket.close)
        self._bytes = b""
        self.send(PREFACE + frame(SETTINGS, 0, 0))

    def send(self, data):
        try:
            self.socket.sendall(data)
        except OSError:
            pass  # cut off: what was said is still read

    def frames(self):
        """(kind, flags, stream, payload) until the other side ends."""
        while True:
            while len(self._bytes) >= 9:
                size = int.from_bytes(self._bytes[:3], "big")
                if len(self._bytes) < 9 + size:
                    break
                yield (self._bytes[3], self._bytes[4], int.from_bytes(self._bytes[5:9], "big"), self._bytes[9:9 + size])
                self._bytes = self._bytes[9 + size:]
            try:
                more = self.socket.recv(65536)
            except ConnectionError:
                return
            if not more:
                return
            self._bytes += more

    def acknowledge(self):
        """Until then gRPC does not hold a peer to what it announced."""
        for kind, flags, _, _ in self.frames():
            if kind == SETTINGS and not flags & ACK:
                self.send(frame(SETTINGS, ACK, 0))
                return self

    def first(self, kind, what):
        for found in self.frames():
            if found[0] == kind:
                return found
        raise AssertionError(f"the connection ended without {what}")


def closed(connection):
    """Waits for the end of a connection; what comes before it is of no interest."""
    try:
        while connection.recv(4096):
            pass
    except ConnectionError:
        pass
    return True


class Hostile(GnomonTest):
    def served(self, collector):
        answer = collector.ask("tokens", "list")
        self.assertEqual(answer.returncode, OK, answer.stderr)

    def raw(self, collector):
        connection = socket.create_connection(("127.0.0.1", collector.port), timeout=LIMIT_S)
        self.addCleanup(connection.close)
        return connection

    def test_handshakes_that_never_go_on_are_ended_and_hold_up_nobody(self):
        collector = self.collector()
        slow = [self.raw(collector) for _ in range(60)]
        for n, connection in enumerate(slow):
            # Nothing; the first byte of a record; a record that promises a hello and gives half of it.
            connection.sendall([b"", b"\x16", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100)][n % 3])
        self.served(collector)
        for connection in slow:
            self.assertTrue(closed(connection))
        self.served(collector)

    def test_nothing_after_tls_is_ended_too(self):
        collector = self.collector()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(["h2"])
        silent = context.wrap_socket(self.raw(collector))
        half = context.wrap_socket(self.raw(collector))
        half.sendall(PREFACE[:10])
        self.served(collector)
        self.assertTrue(closed(silent))
        self.assertTrue(closed(half))

    # gRPC's own listener would never accept again after this.
    def test_a_collector_that_ran_out_of_descriptors_serves_again(self):
        collector = self.collector(prefix=("prlimit", "--nofile=96:96"))
        crowd = []
        for _ in range(200):
            try:
                crowd.append(self.raw(collector))
            except ConnectionResetError:
                continue  # turned away at once
        for connection in crowd:
            connection.close()
        self.served(collector)

    def test_one_address_has_its_share_of_connections_and_no_more(self):
        collector = self.collector()
        collector.process.kill()
        config = collector.data / "collector.yaml"
        text = config.read_text()
        self.assertIn("connections_of_one_address: 2048", text)
        config.write_text(text.replace("connections_of_one_address: 2048", "connections_of_one_address: 5"))
        collector.start()
        held = [self.raw(collector) for _ in range(5)]
        for _ in range(20):
            try:
                refused = self.raw(collector)
            except ConnectionResetError:
                continue  # so soon
            self.assertTrue(closed(refused))
        held.pop().close()
        self.served(collector)

    def test_a_flood_of_pings_ends_the_connection(self):
        collector = self.collector()
        rude = Http2(self, collector.port)
        for n in range(50):
            rude.send(frame(PING, 0, 0, n.to_bytes(8, "big")))
        said = rude.first(GOAWAY, "a goodbye")
        self.assertEqual(int.from_bytes(said[3][4:8], "big"), ENHANCE_YOUR_CALM)
        self.served(collector)

    def test_a_connection_with_more_half_open_calls_than_allowed_is_ended(self):
        collector = self.collector()
        greedy = Http2(self, collector.port).acknowledge()
        for n in range(40):
            greedy.send(frame(HEADERS, END_HEADERS, 2 * n + 1, headers(CALL)))
        ended = {stream for kind, _, stream, _ in greedy.frames() if kind == RST_STREAM}
        self.assertEqual(ended, {2 * n + 1 for n in range(32)})  # the 33rd ended the connection and with it these
        self.served(collector)

    def test_huge_metadata_is_refused_and_not_kept(self):
        collector = self.collector()
        fat = Http2(self, collector.port).acknowledge()
        block = headers(CALL + [(b"x-%d" % n, b"a" * 1000) for n in range(15)])
        fat.send(frame(HEADERS, END_HEADERS | END_STREAM, 1, block))
        _, _, stream, trailers = fat.first(HEADERS, "an answer")
        self.assertEqual(stream, 1)
        self.assertIn(b"grpc-status\x018", trailers)  # RESOURCE_EXHAUSTED
        self.served(collector)

    def test_rubbish_of_every_kind_is_survived(self):
        collector = self.collector()
        for rubbish in (bytes(1000), b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\xff" * 5000):
            connection = self.raw(collector)
            connection.sendall(rubbish)
            self.assertTrue(closed(connection))
        for rubbish in (frame(HEADERS, END_HEADERS, 1, b"\xff" * 200), frame(DATA, 0, 7, b"x"),
                        frame(SETTINGS, 0, 0, b"x"), frame(99, 255, 1, bytes(100)) + frame(PING, 0, 0, b"short")):
            peer = Http2(self, collector.port)
            peer.send(rubbish)
            self.assertTrue(closed(peer.socket) if rubbish[3] == SETTINGS else True)  # a connection error for sure
        self.served(collector)


if __name__ == "__main__":
    main()
