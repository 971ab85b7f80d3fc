#!/usr/bin/python3
"""Makes tests/data/made/: small captures of every link type and hello shape, and hostile ones.

    tests/data/make_captures.py [FOLDER]     default: made/ beside this file

expected.json beside the captures says of each which names a reader must find, in order, and whether the file
must be refused ("opens": false) or ends damaged ("damaged": true). The same program gives the same bytes.
"""
import json
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import packets as p  # noqa: E402

NAME, SECOND, BENIGN = "chatgpt.com", "claude.ai", "www.example.com"


def whole(name, **options):
    return [(0, p.records(p.client_hello(name, **options)))]


def both_families(name=NAME, second=SECOND):
    """A DNS answer and a connection over IPv4, then over IPv6."""
    return ([p.udp(p.RESOLVER4, 53, p.CLIENT4, 40001, p.dns_answer(name, [p.SERVER4]))]
            + p.connection(p.CLIENT4, 40002, p.SERVER4, 443, whole(name), answer=p.noise("answer", 300))
            + [p.udp(p.RESOLVER6, 53, p.CLIENT6, 40003, p.dns_answer(second, [p.SERVER6]))]
            + p.connection(p.CLIENT6, 40004, p.SERVER6, 443, whole(second), answer=p.noise("answer", 300)))


def over_ethernet(packets):
    return p.pcap(p.LINK_ETHERNET, p.stamp([p.ethernet(packet) for packet in packets]))


def link_types():
    """name of the file -> (bytes, names that are in it)"""
    both, names = both_families(), [NAME, SECOND]
    four = [packet for packet in both if packet[0] >> 4 == 4]
    six = [packet for packet in both if packet[0] >> 4 == 6]
    framed = p.stamp([p.ethernet(packet) for packet in both])

    def file(link, frame, packets=both, **options):
        return p.pcap(link, p.stamp([frame(packet) for packet in packets]), **options)

    return {
        "link-ethernet.pcap": (over_ethernet(both), names),
        "link-vlan.pcap": (file(p.LINK_ETHERNET, lambda x: p.ethernet(x, [(0x8100, 7)])), names),
        "link-vlan-stacked.pcap": (file(p.LINK_ETHERNET, lambda x: p.ethernet(x, [(0x88A8, 100), (0x8100, 7)])), names),
        "link-sll.pcap": (file(p.LINK_SLL, p.sll), names),
        "link-sll2.pcap": (file(p.LINK_SLL2, p.sll2), names),
        "link-raw.pcap": (file(p.LINK_RAW, bytes), names),
        "link-ipv4.pcap": (file(p.LINK_IPV4, bytes, four), [NAME]),
        "link-ipv6.pcap": (file(p.LINK_IPV6, bytes, six), [SECOND]),
        "link-null.pcap": (file(p.LINK_NULL, p.null), names),
        "link-null-big-endian.pcap": (file(p.LINK_NULL, lambda x: p.null(x, ">"), order=">"), names),
        "link-loop.pcap": (file(p.LINK_LOOP, lambda x: p.null(x, ">")), names),
        "file-big-endian.pcap": (p.pcap(p.LINK_ETHERNET, framed, order=">"), names),
        "file-nanoseconds.pcap": (p.pcap(p.LINK_ETHERNET, framed, nanoseconds=True), names),
        "file-ethernet.pcapng": (p.pcapng([(p.LINK_ETHERNET, framed)]), names),
        "file-big-endian.pcapng": (p.pcapng([(p.LINK_ETHERNET, framed)], order=">"), names),
        "file-no-packets.pcap": (p.pcap(p.LINK_ETHERNET, []), []),
    }


def hello_shapes():
    hello = p.client_hello(NAME, key_share=1216)
    stream = p.records(hello)
    half, first_cut = len(stream) // 2, 60  # 60: within the session id, before the server name

    def one(segments, sport=40100, dport=443, **options):
        return over_ethernet(p.connection(p.CLIENT4, sport, p.SERVER4, dport, segments, **options))

    def six(**options):
        return over_ethernet(p.connection(p.CLIENT6, 40104, p.SERVER6, 443, whole(SECOND), **options))

    overlap = [(0, stream[:first_cut]), (0, stream[: first_cut + 30]), (first_cut + 10, stream[first_cut + 10 :])]
    hop_by_hop = b"\x3c\x00" + b"\x01\x04\0\0\0\0"            # then destination options
    destination = b"\x06\x01" + b"\x01\x0c" + b"\0" * 12       # 16 bytes, then TCP
    return {
        "hello-two-segments.pcap": (one([(0, stream[:half]), (half, stream[half:])]), [NAME]),
        "hello-out-of-order.pcap": (one([(half, stream[half:]), (0, stream[:half])]), [NAME]),
        "hello-bytewise.pcap": (one([(i, stream[i : i + 1]) for i in range(400)] + [(400, stream[400:])]), [NAME]),
        "hello-retransmitted-overlap.pcap": (one(overlap), [NAME]),
        "hello-split-records.pcap": (one([(0, p.records(hello, [5, 40, 90, 130, 1000]))]), [NAME]),
        "hello-sequence-wraps.pcap": (one([(0, stream[:half]), (half, stream[half:])], isn=0xFFFFFFFF - 200), [NAME]),
        "hello-other-port.pcap": (one(whole(NAME), dport=9443), [NAME]),
        "hello-upper-case.pcap": (one(whole("ChatGPT.com")), [NAME]),
        "hello-ipv6-extensions.pcap": (six(extensions=hop_by_hop + destination, first_header=0), [SECOND]),
        "hello-without-name.pcap": (one(whole(None)), []),
        "hello-mid-stream.pcap": (over_ethernet(p.connection(p.CLIENT4, 40105, p.SERVER4, 443, whole(NAME))[4:]
                                                + [p.tcp(p.CLIENT4, 40105, p.SERVER4, 443, 9000, 1, p.ACK | p.PSH,
                                                         b"\x17\x03\x03\x01\x00" + p.noise("middle", 256))]), []),
        "look-alikes.pcap": (over_ethernet([packet for index, name in enumerate(look_alikes()) for packet in
                                            p.connection(p.CLIENT4, 41000 + index, p.SERVER4, 443, whole(name))]), look_alikes()),
    }


def look_alikes():
    """Names that hold a service's name and are not the service."""
    return ["notchatgpt.com", "chatgpt.com.example.net", "chatgpt.com-login.example", "mychatgpt.company.example",
            "claude.ai.example.org", "xn--chatgt-9we.com", "example.com"]


def hostile():
    """Bytes of an attacker or of a broken recorder. Those after which a good connection follows must still
    give its name: one bad packet must not cost the next."""
    good = p.connection(p.CLIENT4, 40200, p.SERVER4, 443, whole(NAME))
    hello = p.client_hello(NAME)
    capture = over_ethernet(good)

    def then_good(*frames):
        return p.pcap(p.LINK_ETHERNET, p.stamp([*frames, *map(p.ethernet, good)]))

    def segment(payload, sport):
        return [p.ethernet(x) for x in p.connection(p.CLIENT4, sport, p.SERVER4, 443, [(0, payload)])]

    def patched(packet, at, value):
        return p.ethernet(packet[:at] + value + packet[at + len(value) :])

    syn, data = good[0], good[3]
    loop = struct.pack(">HHHHHH", 1, 0x8180, 1, 1, 0, 0) + b"\xc0\x0c" + b"\0\1\0\1" + b"\xc0\x0c\0\1\0\1" + b"\0" * 10
    counts = struct.pack(">HHHHHH", 1, 0x8180, 65535, 65535, 65535, 65535) + b"\x01a\0\0\1\0\1"
    deep = p.ethernet(syn, [(0x8100, 1)] * 60)
    names = [b"a" * 300, b"chatgpt.com\0.example.com", b"chat gpt.com", b"\xff\xfe.com", b"..", b"a" * 64 + b".com",
             b"chatgpt.com\r\n{\"type\":\"turn\"}", b""]
    return {
        "hostile-empty-file.pcap": (b"", [], "refused"),
        "hostile-short-header.pcap": (capture[:10], [], "refused"),
        "hostile-bad-magic.pcap": (b"MZ" + capture[2:], [], "refused"),
        "hostile-text.pcap": (b"no capture at all, only a line of text\n", [], "refused"),
        "hostile-unknown-link.pcap": (p.pcap(147, p.stamp(map(p.ethernet, good))), [], "refused"),
        "hostile-truncated-packet.pcap": (over_ethernet(good + good)[: len(capture) + 40], [NAME], "damaged"),
        "hostile-truncated-record-header.pcap": (capture + b"\1\2\3\4\5\6", [NAME], "damaged"),
        "hostile-huge-record.pcap": (capture + struct.pack("<IIII", p.START, 0, 0xFFFFFFFF, 0xFFFFFFFF) + b"x" * 64, [NAME], "damaged"),
        "hostile-block-length.pcapng": (p.pcapng([(p.LINK_ETHERNET, p.stamp(map(p.ethernet, good)))])
                                        + struct.pack("<III", 6, 0xFFFFFFF0, 0), [NAME], "damaged"),
        "hostile-headers-cut.pcap": (then_good(*[p.ethernet(data)[:n] for n in range(0, 55)]), [NAME], ""),
        "hostile-ip-lengths.pcap": (then_good(patched(syn, 0, b"\x41"), patched(syn, 0, b"\x4f"), patched(syn, 2, b"\xff\xff"),
                                              patched(syn, 2, b"\0\5"), patched(syn, 0, b"\x95")), [NAME], ""),
        "hostile-tcp-offset.pcap": (then_good(patched(data, 32, b"\x10"), patched(data, 32, b"\xf0"), patched(data, 32, b"\0")), [NAME], ""),
        "hostile-vlan-tower.pcap": (then_good(deep), [NAME], ""),
        "hostile-ipv6-extension-loop.pcap": (then_good(p.ethernet(p.tcp(
            p.CLIENT6, 1, p.SERVER6, 443, 1, 0, p.SYN, extensions=b"\0\0" + b"\0" * 6, first_header=0)),
            p.ethernet(p.ip(p.CLIENT6, p.SERVER6, 6, b"", extensions=(b"\x3c\0" + b"\0" * 6) * 150, first_header=60))), [NAME], ""),
        "hostile-hello-lengths.pcap": (then_good(
            *segment(b"\x16\x03\x01\xff\xff" + hello, 40301), *segment(b"\x16\x03\x01\0\0" * 50, 40302),
            *segment(p.records(b"\x01\xff\xff\xff" + hello[4:]), 40303),
            *segment(p.records(hello[:4] + hello[4:38] + b"\xff" + hello[39:]), 40304),
            *segment(p.records(hello[:20]) + b"\x15\x03\x01\0\2\2\x28", 40305)), [NAME], ""),
        "hostile-server-names.pcap": (then_good(*[frame for index, name in enumerate(names) for frame in
                                                  segment(p.records(p.client_hello(name)), 40400 + index)]), [NAME], ""),
        "hostile-dns.pcap": (then_good(*[p.ethernet(p.udp(p.RESOLVER4, 53, p.CLIENT4, 40500 + i, message)) for i, message in
                                         enumerate([loop, counts, b"", b"\0" * 5, b"\0\1\x81\x80" + b"\xff" * 60])]), [NAME], ""),
        "hostile-noise.pcap": (then_good(*[p.ethernet(p.ip(p.CLIENT4, p.SERVER4, protocol, p.noise(f"{protocol}-{i}", 4 + 9 * i)))
                                           for protocol in (6, 17) for i in range(40)],
                                         *[p.noise(f"frame-{i}", 1 + 5 * i) for i in range(60)]), [NAME], ""),
    }


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    expected = {}
    for name, (data, names) in {**link_types(), **hello_shapes()}.items():
        (folder / name).write_bytes(data)
        expected[name] = {"names": names, "opens": True, "damaged": False}
    for name, (data, names, fate) in hostile().items():
        (folder / name).write_bytes(data)
        expected[name] = {"names": names, "opens": fate != "refused", "damaged": fate == "damaged"}
    lines = [f" {json.dumps(name)}: {json.dumps(expected[name])}" for name in sorted(expected)]
    (folder / "expected.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent / "made")
