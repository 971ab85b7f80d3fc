"""Builds packets and capture files for tests: link layers, IP, TCP, UDP, DNS, TLS hellos, pcap, pcapng.

Everything is a function of its arguments, so that what is made with it can be made again. Addresses come from
the blocks kept for documentation (RFC 5737, RFC 3849).
"""
import hashlib
import ipaddress
import struct

CLIENT4, SERVER4, RESOLVER4 = "198.51.100.20", "192.0.2.10", "198.51.100.1"
CLIENT6, SERVER6, RESOLVER6 = "2001:db8::20", "2001:db8:1::10", "2001:db8::1"
LINK_NULL, LINK_ETHERNET, LINK_RAW, LINK_LOOP, LINK_SLL = 0, 1, 101, 108, 113
LINK_IPV4, LINK_IPV6, LINK_SLL2 = 228, 229, 276
FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10
START = 1_790_000_000  # seconds; 2026-09-21


def noise(label, length):
    """Bytes that look random and are the same each time."""
    return hashlib.shake_256(label.encode()).digest(length)


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


# --- network and transport ---------------------------------------------------------------------------

def ip(src, dst, protocol, payload, extensions=b"", first_header=None):
    """An IPv4 or IPv6 packet. `extensions` are IPv6 extension headers, `first_header` the type of the first."""
    source, target = ipaddress.ip_address(src), ipaddress.ip_address(dst)
    if source.version == 6:
        head = struct.pack(">IHBB", 6 << 28, len(extensions) + len(payload),
                           protocol if first_header is None else first_header, 64)
        return head + source.packed + target.packed + extensions + payload
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 1, 0x4000, 64, protocol, 0)
    head += source.packed + target.packed
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + payload


def _with_checksum(src, dst, protocol, segment, at):
    source, target = ipaddress.ip_address(src), ipaddress.ip_address(dst)
    pseudo = source.packed + target.packed + struct.pack(">IHBB", len(segment), 0, 0, protocol)
    value = checksum(pseudo + segment) or 0xFFFF
    return segment[:at] + struct.pack(">H", value) + segment[at + 2 :]


def tcp(src, sport, dst, dport, sequence, acknowledged, flags, payload=b"", **ip_options):
    segment = struct.pack(">HHIIBBHHH", sport, dport, sequence & 0xFFFFFFFF, acknowledged & 0xFFFFFFFF,
                          5 << 4, flags, 64240, 0, 0) + payload
    return ip(src, dst, 6, _with_checksum(src, dst, 6, segment, 16), **ip_options)


def udp(src, sport, dst, dport, payload):
    datagram = struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload
    return ip(src, dst, 17, _with_checksum(src, dst, 17, datagram, 6))


def connection(src, sport, dst, dport, segments, isn=1000, answer=b"", **ip_options):
    """SYN, SYN-ACK, ACK, then client segments as (offset in the stream, bytes), then the answer."""
    server_isn = 5000
    packets = [tcp(src, sport, dst, dport, isn, 0, SYN, **ip_options),
               tcp(dst, dport, src, sport, server_isn, isn + 1, SYN | ACK),
               tcp(src, sport, dst, dport, isn + 1, server_isn + 1, ACK, **ip_options)]
    for offset, payload in segments:
        packets.append(tcp(src, sport, dst, dport, isn + 1 + offset, server_isn + 1, PSH | ACK, payload, **ip_options))
    if answer:
        end = isn + 1 + max(offset + len(payload) for offset, payload in segments)
        packets.append(tcp(dst, dport, src, sport, server_isn + 1, end, PSH | ACK, answer))
    return packets


# --- tunnels and fragments ------------------------------------------------------------------------------

def gre(payload, kind=None, key=None, checked=False, sequence=None):
    """RFC 2784, RFC 2890. `kind`: the EtherType; default: the IP version's."""
    flags = (0x8000 if checked else 0) | (0 if key is None else 0x2000) | (0 if sequence is None else 0x1000)
    fields = b"".join(struct.pack(">I", value) for value in (key, sequence) if value is not None)
    start = struct.pack(">HH", flags, _version(payload) if kind is None else kind)
    total = checksum(start + b"\0" * 4 + fields + payload)
    return start + (struct.pack(">HH", total, 0) if checked else b"") + fields + payload


def vxlan(src, dst, frame):
    return udp(src, 50001, dst, 4789, struct.pack(">II", 0x08000000, 42 << 8) + frame)


def fragment(packet, offset, length, identity, protocol=None):
    """The part of an IP packet's payload from `offset` on, as a packet (RFC 791 section 3.2, RFC 8200 section 4.5)."""
    six = packet[0] >> 4 == 6
    head, payload = packet[: 40 if six else 20], packet[40 if six else 20 :]
    part, more = payload[offset : offset + length], offset + length < len(payload)
    if six:
        extension = struct.pack(">BBHI", head[6] if protocol is None else protocol, 0, offset | more, identity)
        return head[:4] + struct.pack(">HB", len(part) + 8, 44) + head[7:] + extension + part
    head = head[:2] + struct.pack(">HHH", 20 + len(part), identity, offset // 8 | more << 13) + head[8:10] + b"\0\0" + head[12:]
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + part


def fragments(packet, size, identity):
    """All of them, `size` bytes of payload each, a multiple of 8."""
    payload = len(packet) - (40 if packet[0] >> 4 == 6 else 20)
    return [fragment(packet, offset, size, identity) for offset in range(0, payload, size)]


# --- DNS and TLS ------------------------------------------------------------------------------------

def dns_name(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def dns_answer(name, addresses, ttl=300, identity=7):
    """A response (RFC 1035 section 4.1) with one A or AAAA record an address, owner compressed."""
    kinds = [(1 if ipaddress.ip_address(a).version == 4 else 28) for a in addresses]
    message = struct.pack(">HHHHHH", identity, 0x8180, 1, len(addresses), 0, 0)
    message += dns_name(name) + struct.pack(">HH", kinds[0] if kinds else 1, 1)
    for kind, address in zip(kinds, addresses):
        data = ipaddress.ip_address(address).packed
        message += struct.pack(">HHHIH", 0xC00C, kind, 1, ttl, len(data)) + data
    return message


def _extension(kind, body):
    return struct.pack(">HH", kind, len(body)) + body


def server_name(name):
    raw = name if isinstance(name, bytes) else name.encode()
    entry = struct.pack(">BH", 0, len(raw)) + raw
    return _extension(0, struct.pack(">H", len(entry)) + entry)


def client_hello(name, key_share=32, ech=False):
    """The handshake message (RFC 8446 section 4.1.2). A post-quantum key share has 1216 bytes."""
    share = struct.pack(">HH", 0x11EC if key_share > 100 else 0x001D, key_share) + noise("share", key_share)
    extensions = _extension(0x1A1A, b"")  # GREASE (RFC 8701)
    if name is not None:
        extensions += server_name(name)
    extensions += _extension(0x0010, b"\x00\x0c\x02h2\x08http/1.1")
    extensions += _extension(0x002B, b"\x04\x03\x04\x03\x03")
    extensions += _extension(0x0033, struct.pack(">H", len(share)) + share)
    if ech:
        extensions += _extension(0xFE0D, noise("ech", 180))
    body = b"\x03\x03" + noise("random", 32) + b"\x20" + noise("session", 32)
    body += b"\x00\x06\x13\x01\x13\x02\x13\x03" + b"\x01\x00"
    body += struct.pack(">H", len(extensions)) + extensions
    return b"\x01" + len(body).to_bytes(3, "big") + body


def records(handshake, pieces=None):
    """The message as TLS records, cut at the offsets in `pieces` (RFC 8446 section 5.1)."""
    cuts = [0, *(pieces or []), len(handshake)]
    return b"".join(b"\x16\x03\x01" + struct.pack(">H", b - a) + handshake[a:b] for a, b in zip(cuts, cuts[1:]))


# --- link layers and files ----------------------------------------------------------------------------

def _version(packet):
    return 0x86DD if packet[0] >> 4 == 6 else 0x0800


def ethernet(packet, tags=()):
    """`tags`: (EtherType, VLAN id), outermost first."""
    macs = bytes.fromhex("020000000002020000000001")
    return macs + b"".join(struct.pack(">HH", kind, vlan) for kind, vlan in tags) + struct.pack(">H", _version(packet)) + packet


def sll(packet):
    return struct.pack(">HHH", 4, 1, 6) + bytes.fromhex("0200000000010000") + struct.pack(">H", _version(packet)) + packet


def sll2(packet):
    return struct.pack(">HHIHBB", _version(packet), 0, 2, 1, 4, 6) + bytes.fromhex("0200000000010000") + packet


def null(packet, order="<"):
    """4 bytes of address family: 2 for IPv4, 24, 28 or 30 for IPv6, by the capturing system."""
    return struct.pack(order + "I", 30 if packet[0] >> 4 == 6 else 2) + packet


def stamp(frames, gap_us=10_000, start=START):
    """[(seconds, microseconds, length on the wire, bytes)], `gap_us` apart."""
    out = []
    for index, frame in enumerate(frames):
        time = start * 1_000_000 + index * gap_us
        out.append((time // 1_000_000, time % 1_000_000, len(frame), frame))
    return out


def pcap(link, stamped, order="<", nanoseconds=False, snap_length=262144):
    out = struct.pack(order + "IHHiIII", 0xA1B23C4D if nanoseconds else 0xA1B2C3D4, 2, 4, 0, 0, snap_length, link)
    for seconds, micros, wire, frame in stamped:
        fraction = micros * 1000 if nanoseconds else micros
        out += struct.pack(order + "IIII", seconds, fraction, len(frame), wire) + frame
    return out


def block(kind, body, order="<"):
    """A pcapng block: type, length, body padded to 4 bytes, length again."""
    body += b"\0" * (-len(body) % 4)
    length = struct.pack(order + "I", 12 + len(body))
    return struct.pack(order + "I", kind) + length + body + length


def pcapng(interfaces, order="<"):
    """`interfaces`: [(link, stamped frames)], one section, packets interleaved by time."""
    out = block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)
    packets = []
    for number, (link, stamped) in enumerate(interfaces):
        out += block(1, struct.pack(order + "HHI", link, 0, 262144), order)
        packets += [(seconds * 1_000_000 + micros, number, wire, frame) for seconds, micros, wire, frame in stamped]
    for time, number, wire, frame in sorted(packets, key=lambda packet: packet[:2]):
        out += block(6, struct.pack(order + "IIIII", number, time >> 32, time & 0xFFFFFFFF, len(frame), wire) + frame, order)
    return out
