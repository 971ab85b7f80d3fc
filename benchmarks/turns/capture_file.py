"""Reads a capture as packets whose payload length, order and time can be changed, and writes it again."""
import importlib.machinery
import importlib.util
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

sys.dont_write_bytecode = True
_PATH = str(Path(__file__).resolve().parents[2] / "scripts/trim-capture")
_LOADER = importlib.machinery.SourceFileLoader("trim_capture", _PATH)
trim = importlib.util.module_from_spec(importlib.util.spec_from_loader(_LOADER.name, _LOADER))
_LOADER.exec_module(trim)

# Link type -> (bytes of link header, where its EtherType is)
LINKS = {trim.LINK_ETHERNET: (14, 12), trim.LINK_SLL: (16, 14), trim.LINK_SLL2: (20, 0)}
TCP, UDP = 6, 17
MAX_PAYLOAD = 64_000


@dataclass(slots=True)
class Packet:
    time: int  # microseconds
    frame: bytes  # what was captured
    wire: int
    proto: int = 0  # 0: passed on as it is
    network: int = 0  # offsets into the frame
    transport: int = 0
    payload: int = 0
    length: int = 0  # of the payload, on the wire
    flow: tuple = ()  # the two ends, the lower first
    sender: tuple = ()
    sequence: int = 0
    flags: int = 0

    def resized(self, length, time=None, sequence=None):
        """The same packet with another payload length; captured bytes beyond it are cut."""
        frame = bytearray(self.frame[: self.payload + length])
        change = length - self.length
        at = self.network + (2 if frame[self.network] >> 4 == 4 else 4)
        struct.pack_into(">H", frame, at, struct.unpack_from(">H", frame, at)[0] + change)
        if self.proto == UDP:
            struct.pack_into(">H", frame, self.transport + 4, length + 8)
        else:
            sequence = self.sequence if sequence is None else sequence & 0xFFFFFFFF
            struct.pack_into(">I", frame, self.transport + 4, sequence)
        return Packet(self.time if time is None else time, bytes(frame), self.wire + change, self.proto, self.network,
                      self.transport, self.payload, length, self.flow, self.sender, sequence or 0, self.flags)

    def moved(self, time):
        return Packet(time, self.frame, self.wire, self.proto, self.network, self.transport, self.payload, self.length,
                      self.flow, self.sender, self.sequence, self.flags)


def _parse(packet, link):
    frame = packet.frame
    size, ethertype_at = LINKS[link]
    ethertype, = struct.unpack_from(">H", frame, ethertype_at)
    if ethertype == 0x0800:
        total, = struct.unpack_from(">H", frame, size + 2)
        if struct.unpack_from(">H", frame, size + 6)[0] & 0x3FFF:
            return  # a fragment
        proto, at = frame[size + 9], size + (frame[size] & 15) * 4
        ends, end = (frame[size + 12 : size + 16], frame[size + 16 : size + 20]), size + total
    elif ethertype == 0x86DD:
        total, = struct.unpack_from(">H", frame, size + 4)
        proto, at, end = frame[size + 6], size + 40, size + 40 + total
        ends = (frame[size + 8 : size + 24], frame[size + 24 : size + 40])
    else:
        return
    if proto not in (TCP, UDP) or total == 0:
        return
    sport, dport = struct.unpack_from(">HH", frame, at)
    if 53 in (sport, dport):
        return
    payload = at + (8 if proto == UDP else (frame[at + 12] >> 4) * 4)
    if payload > len(frame):
        return
    packet.network, packet.transport, packet.payload, packet.length = size, at, payload, end - payload
    packet.sender = (ends[0], sport)
    packet.flow = (*sorted([(ends[0], sport), (ends[1], dport)]), proto)
    if proto == TCP:
        packet.sequence, packet.flags = struct.unpack_from(">I", frame, at + 4)[0], frame[at + 13]
    packet.proto = proto


def read(path):
    """Returns (link type, [Packet])."""
    link, frames = trim.read_pcap(path)
    if link not in LINKS:
        raise SystemExit(f"{path}: link type {link} is not understood")
    packets = []
    for seconds, micros, wire, frame in frames:
        packet = Packet(seconds * 1_000_000 + micros, frame, wire)
        try:
            _parse(packet, link)
        except (struct.error, IndexError):
            pass  # passed on as it is
        packets.append(packet)
    return link, packets


def write(path, link, packets):
    ordered = sorted(packets, key=lambda packet: packet.time)
    Path(path).write_bytes(trim.pcap_bytes(
        link, [(p.time // 1_000_000, p.time % 1_000_000, p.wire, p.frame) for p in ordered]))
