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


# What curl 7.88.1 (nghttp2 1.52.0) sends for --http2-prior-knowledge -H "Host: chatgpt.com" http://127.0.0.1/
CURL_HTTP2 = bytes.fromhex(
    "505249202a20485454502f322e300d0a0d0a534d0d0a0d0a0000120400000000000003000000640004020000000002000000"
    "0000000408000000000001ff000100001c010500000001828486418824e34cd5a5721e9f7a8825b650c3abbcf2e153032a2f"
    "2a")


def carriers():
    """name of the file -> (bytes, names): tunnels, fragments, and what stands in front of a hello or in its place."""
    both, names = both_families(), [NAME, SECOND]
    four = [packet for packet in both if packet[0] >> 4 == 4]
    six = [packet for packet in both if packet[0] >> 4 == 6]
    near4, far4, near6, far6 = "198.51.100.2", "203.0.113.2", "2001:db8::2", "2001:db8:2::2"  # the tunnels' ends

    def through(wrap, packets):
        return over_ethernet([wrap(packet) for packet in packets])

    def stream(sport, dport, *says):
        """The client's words one a segment, and the hello as the last one."""
        segments, at = [], 0
        for words in (*says, p.records(p.client_hello(NAME))):
            segments.append((at, words))
            at += len(words)
        return p.connection(p.CLIENT4, sport, p.SERVER4, dport, segments)

    # Every packet with more than 300 bytes of payload in three fragments, the last one first.
    cut = []
    for number, packet in enumerate(both):
        size = (len(packet) // 3 + 7) // 8 * 8
        cut += reversed(p.fragments(packet, size, 100 + number)) if len(packet) > 300 else [packet]
    answer4, answer6 = (p.udp(r, 53, c, 40010, p.dns_answer(NAME, [s] * 40))
                        for r, c, s in ((p.RESOLVER4, p.CLIENT4, p.SERVER4), (p.RESOLVER6, p.CLIENT6, p.SERVER6)))
    nameless = [p.connection(p.CLIENT4, 40011, p.SERVER4, 443, whole(None)), p.connection(p.CLIENT6, 40012, p.SERVER6, 443, whole(None))]
    starttls = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
    return {
        "carrier-gre.pcap": (through(lambda x: p.ip(near4, far4, 47, p.gre(x, key=7, checked=True, sequence=1)), both), names),
        "carrier-gre-ethernet.pcap": (through(lambda x: p.ip(near6, far6, 47, p.gre(p.ethernet(x, [(0x8100, 7)]), kind=0x6558)), both), names),
        "carrier-vxlan.pcap": (through(lambda x: p.vxlan(near4, far4, p.ethernet(x)), both), names),
        "carrier-6in4.pcap": (through(lambda x: p.ip(near4, far4, 41, x), six), [SECOND]),
        "carrier-4in6.pcap": (through(lambda x: p.ip(near6, far6, 4, x), four), [NAME]),
        "carrier-ipip.pcap": (through(lambda x: p.ip(near4, far4, 4, x), four), [NAME]),
        "carrier-fragments.pcap": (over_ethernet(cut), names),
        "carrier-fragments-dns.pcap": (over_ethernet([*p.fragments(answer4, 256, 9), *nameless[0], *p.fragments(answer6, 256, 9),
                                                      *nameless[1]]), []),  # named by the answers alone
        "carrier-fragments-6in4.pcap": (over_ethernet([piece for number, packet in enumerate(six) for piece in
                                                       p.fragments(p.ip(near4, far4, 41, packet), 240, number)]), [SECOND]),
        "carrier-starttls.pcap": (over_ethernet(
            stream(40601, 25, b"EHLO pc.example\r\n", b"STARTTLS\r\n") + stream(40602, 143, b"a1 CAPABILITY\r\n", b"a2 STARTTLS\r\n")
            + stream(40603, 110, b"CAPA\r\n", b"STLS\r\n") + stream(40604, 5432, bytes.fromhex("0000000804d2162f"))
            + stream(40605, 5222, b"<?xml version='1.0'?><stream:stream to='im.example' version='1.0'>", starttls)
            + stream(40606, 389, bytes.fromhex("301d02010177188016") + b"1.3.6.1.4.1.1466.20037")), [NAME] * 6),
        "carrier-http2.pcap": (over_ethernet(p.connection(p.CLIENT4, 40610, p.SERVER4, 80, [(0, CURL_HTTP2[:60]), (60, CURL_HTTP2[60:])])), [NAME]),
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
    large = p.tcp(p.CLIENT4, 40600, p.SERVER4, 443, 1001, 5001, p.PSH | p.ACK, p.noise("large", 1400))
    overlaps = [p.fragment(large, offset, length, 5) for offset, length in ((0, 800), (792, 400), (800, 620), (8, 1412))]
    endless = [p.fragment(large, 0, 8, identity) for identity in range(1000, 1200)]
    absurd = [p.fragment(large, 0, 12, 6), p.fragment(large, 1424, 8, 7), p.ip(p.CLIENT4, p.SERVER4, 47, b"\xb0\0\x08\0"),
              p.ip(p.CLIENT4, p.SERVER4, 47, b"\x30\x81\x88\x0b" + b"\0" * 40), p.ip(p.CLIENT4, p.SERVER4, 41, large)]
    tunnels = large
    for _ in range(40):
        tunnels = p.ip(p.CLIENT4, p.SERVER4, 4, tunnels)
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
        "hostile-fragments.pcap": (then_good(*map(p.ethernet, [*overlaps, *endless, *absurd, tunnels])), [NAME], ""),
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
    for name, (data, names) in {**link_types(), **hello_shapes(), **carriers()}.items():
        (folder / name).write_bytes(data)
        expected[name] = {"names": names, "opens": True, "damaged": False}
    for name, (data, names, fate) in hostile().items():
        (folder / name).write_bytes(data)
        expected[name] = {"names": names, "opens": fate != "refused", "damaged": fate == "damaged"}
    lines = [f" {json.dumps(name)}: {json.dumps(expected[name])}" for name in sorted(expected)]
    (folder / "expected.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent / "made")
