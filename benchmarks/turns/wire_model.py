"""Connections of a made-up machine: application data in, stamped packets out. Headers only, as a snap length leaves them."""
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests/data"))
import packets as build  # noqa: E402  tests/data/packets.py
from quic_initial import initial  # noqa: E402

MSS, QUIC_SIZE = 1448, 1350
MERGED = 16 * MSS  # what a network card hands on as one packet
KEEP = 24  # payload bytes kept of an ordinary packet
_MACS = bytes.fromhex("020000000002020000000001") + b"\x08\x00"


class Wire:
    """Collects the frames of a capture. Times are seconds from its beginning."""

    def __init__(self, rng, start):
        self.rng, self.start, self.frames, self._ports, self._hosts = rng, start, [], 32768, {}
        self._connections = []
        self.loss, self.jitter = 0.0, 0.0  # share of packets sent again, seconds

    def address(self, host):
        """One address a host, from the block for benchmarks (RFC 2544)."""
        number = self._hosts.setdefault(host, len(self._hosts) + 1)
        return f"198.18.{number // 250}.{number % 250 + 1}"

    def port(self):
        self._ports += 1
        return self._ports

    def emit(self, time, source, target, proto, header, length, kept):
        """`kept` are the bytes of payload that are in the file, `length` those on the wire."""
        total = 20 + len(header) + length
        head = struct.pack(">BBHHHBBH", 0x45, 0, total, 1, 0x4000, 64, proto, 0) + source + target
        frame = _MACS + head + header + kept[:length]
        self.frames.append((int((self.start + time) * 1_000_000), 14 + total, frame))

    def add(self, connection):
        self._connections.append(connection)

    def pcap(self):
        for connection in self._connections:
            connection.finish()
        self._connections = []
        # Stable: packets of one moment stay in the order they were made in.
        ordered = sorted(self.frames, key=lambda frame: frame[0])
        return build.pcap(build.LINK_ETHERNET, [(t // 1_000_000, t % 1_000_000, wire, frame) for t, wire, frame in ordered])


class Connection:
    """One connection to `host`; `via` is None, "proxy" (CONNECT on port 3128) or "quic"."""

    def __init__(self, wire, host, at, via=None, alpn_h2=True, round_trip=None):
        self.wire, self.host, self.via = wire, host, via
        self.quic = via == "quic"
        self._down_limit = QUIC_SIZE if self.quic else MERGED if wire.rng.random() < 0.5 else MSS
        self.round_trip = round_trip or wire.rng.uniform(0.015, 0.06)
        self._client = bytes([198, 51, 100, 20])
        server = wire.address("proxy.example" if via == "proxy" else host)
        self._server = bytes(int(part) for part in server.split("."))
        self._ports = (wire.port(), 3128 if via == "proxy" else 443)
        self._next = [wire.rng.getrandbits(32), wire.rng.getrandbits(32)]
        self._data, self._closed = [], None
        wire.add(self)
        self.ready = at + self._handshake(at)

    def _segment(self, time, up, length, flags=0x18, payload=b""):
        ports = self._ports if up else self._ports[::-1]
        ends = (self._client, self._server) if up else (self._server, self._client)
        kept, late = payload or b"\x40" + bytes(KEEP - 1), None
        if not payload and length and self.wire.loss:
            time += self.wire.rng.uniform(0, self.wire.jitter)
            if self.wire.rng.random() < self.wire.loss:  # 50 ms or more: a round trip, or the time-out
                late = time + self.wire.rng.uniform(0.05, 0.3)
        times = [time] if late is None else [late] if self.quic or not up else [time, late]
        if self.quic:
            header = struct.pack(">HHHH", *ports, 8 + length, 0)
            self.wire.emit(times[0], *ends, 17, header, length, kept)
            return
        mine, other = (0, 1) if up else (1, 0)
        header = struct.pack(">HHIIBBHHH", *ports, self._next[mine], self._next[other], 0x50, flags, 64240, 0, 0)
        for moment in times:
            self.wire.emit(moment, *ends, 6, header, length, kept if payload else b"")
        self._next[mine] = self._next[mine] + length + (1 if flags & 0x03 else 0) & 0xFFFFFFFF

    def _handshake(self, at):
        """Returns how long it took."""
        hello, r = build.client_hello(self.host, key_share=1216), self.round_trip
        if self.quic:
            cid = self.wire.rng.getrandbits(64).to_bytes(8, "big")
            half = build.client_hello(self.host)  # fits one datagram
            self._segment(at, True, 1200, payload=initial(cid, half))
            self._segment(at + r, False, 1200, payload=b"\xc1" + bytes(KEEP))
            for i in range(3):
                self._segment(at + r + 0.001 * i, False, 1200, payload=b"\xe1" + bytes(KEEP))
            self._segment(at + r + 0.005, True, 1200, payload=b"\xc1" + bytes(KEEP))
            self._segment(at + r + 0.006, True, 80, payload=b"\xe1" + bytes(KEEP))
            return r + 0.01
        self._segment(at, True, 0, 0x02)
        self._segment(at + r, False, 0, 0x12)
        self._segment(at + r + 0.0001, True, 0, 0x10)
        took = r + 0.0002
        if self.via == "proxy":
            request = f"CONNECT {self.host}:443 HTTP/1.1\r\nHost: {self.host}:443\r\n\r\n".encode()
            self._segment(at + took, True, len(request), payload=request)
            answer = b"HTTP/1.1 200 Connection established\r\n\r\n"
            self._segment(at + took + r, False, len(answer), payload=answer)
            took += r + 0.001
        record = build.records(hello)
        for i in range(0, len(record), MSS):
            self._segment(at + took, True, len(record[i : i + MSS]), payload=record[i : i + MSS])
        took += r
        for size in (MSS, MSS, 1200):
            self._segment(at + took, False, size)
            took += 0.0002
        self._segment(at + took + 0.001, True, 80)
        return took + 0.002

    def up(self, time, size):
        self._send(time, True, size)

    def down(self, time, size):
        self._send(time, False, size)

    def _send(self, time, up, size):
        limit = (QUIC_SIZE if self.quic else MSS) if up else self._down_limit
        while size > 0:
            piece = min(size, limit)
            self._data.append((time, up, piece))
            size, time = size - piece, time + 0.00005

    def close(self, time):
        self._closed = time

    def finish(self):
        """Stamps the data in the order of time: sequence numbers follow it."""
        answers = 0
        for time, up, size in sorted(self._data, key=lambda data: data[0]):
            self._segment(time, up, size)
            answers += not up
            if not up and answers % 2 == 0:  # every second one (RFC 9000 section 13.2.2)
                self._segment(time + 0.00002, True, 36 if self.quic else 0, 0x10)
        if self._closed is not None and not self.quic:
            self._segment(self._closed, True, 0, 0x11)
            self._segment(self._closed + self.round_trip, False, 0, 0x11)
