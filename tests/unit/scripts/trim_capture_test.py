"""scripts/trim-capture: what it keeps, what it cuts, and that nothing else changes."""
import contextlib
import gzip
import importlib.machinery
import importlib.util
import io
import struct
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "data"))
import packets as p  # noqa: E402

SECRET = b"the words of a prompt"


def load_script():
    loader = importlib.machinery.SourceFileLoader("trim_capture", str(ROOT / "scripts" / "trim-capture"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True
    loader.exec_module(module)
    return module


trim = load_script()


def trimmed(packets, frame=p.ethernet, link=p.LINK_ETHERNET, **options):
    trimmer = trim.Trimmer(link, **options)
    return [trimmer.trim(frame(packet)) for packet in packets]


def client_segments(payloads, isn=1000):
    offset, segments = 0, []
    for payload in payloads:
        segments.append((offset, payload))
        offset += len(payload)
    return p.connection(p.CLIENT4, 40000, p.SERVER4, 443, segments, isn=isn)


class TcpStreams(unittest.TestCase):
    HEADERS = 14 + 20 + 20

    def payload_lengths(self, packets, **options):
        return [len(frame) - self.HEADERS for frame in trimmed(packets, **options)]

    def test_client_stream_keeps_its_first_bytes_and_then_headers_only(self):
        packets = client_segments([b"a" * 1000, b"b" * 1000, SECRET])
        self.assertEqual(self.payload_lengths(packets, client_bytes=1500), [0, 0, 0, 1000, 500, 0])

    def test_segments_that_arrive_out_of_order_are_cut_by_their_place_in_the_stream(self):
        packets = p.connection(p.CLIENT4, 40000, p.SERVER4, 443, [(1400, b"b" * 1000), (0, b"a" * 1400)])
        self.assertEqual(self.payload_lengths(packets, client_bytes=1500), [0, 0, 0, 100, 1400])

    def test_sequence_numbers_may_wrap(self):
        packets = client_segments([b"a" * 1000, b"b" * 1000], isn=0xFFFFFF00)
        self.assertEqual(self.payload_lengths(packets, client_bytes=1500), [0, 0, 0, 1000, 500])

    def test_bytes_before_the_stream_are_cut(self):
        packets = client_segments([b"a"]) + [p.tcp(p.CLIENT4, 40000, p.SERVER4, 443, 900, 1, p.ACK, SECRET)]
        self.assertEqual(self.payload_lengths(packets)[-1], 0)

    def test_server_stream_is_cut_unless_asked_for(self):
        packets = p.connection(p.CLIENT4, 40000, p.SERVER4, 443, [(0, b"a")], answer=SECRET)
        self.assertEqual(self.payload_lengths(packets)[-1], 0)
        self.assertEqual(self.payload_lengths(packets, server_bytes=5)[-1], 5)

    def test_stream_without_its_beginning_keeps_no_payload(self):
        self.assertEqual(self.payload_lengths(client_segments([SECRET])[3:]), [0])

    def test_a_port_used_again_starts_a_new_stream(self):
        packets = client_segments([b"a" * 2000]) + client_segments([b"b" * 100], isn=77_000)
        self.assertEqual(self.payload_lengths(packets, client_bytes=1500)[-1], 100)

    def test_bulk_of_a_flow_goes_and_its_end_stays(self):
        packets = client_segments([b"a"] * 5) + [p.tcp(p.CLIENT4, 40000, p.SERVER4, 443, 1006, 1, p.FIN | p.ACK)]
        kept = [frame is not None for frame in trimmed(packets, flow_packets=4)]
        self.assertEqual(kept, [True] * 4 + [False] * 4 + [True])


class Datagrams(unittest.TestCase):
    HEADERS = 14 + 20 + 8

    def kept(self, payload, dport):
        frame, = trimmed([p.udp(p.CLIENT4, 40000, p.SERVER4, dport, payload)])
        return len(frame) - self.HEADERS

    def test_dns_is_whole(self):
        answer = p.dns_answer("chatgpt.com", [p.SERVER4, p.SERVER6])
        self.assertEqual(self.kept(answer, 53), len(answer))

    def test_quic_long_headers_are_whole_and_short_ones_cut(self):
        self.assertEqual(self.kept(b"\xc3" + b"i" * 1199, 443), 1200)
        self.assertEqual(self.kept(b"\x43" + b"d" * 1199, 443), 24)

    def test_other_datagrams_keep_24_bytes(self):
        self.assertEqual(self.kept(b"\xc3" + SECRET * 4, 3478), 24)
        self.assertEqual(self.kept(b"ab", 3478), 2)

    def test_empty_datagram_to_port_443(self):
        self.assertEqual(self.kept(b"", 443), 0)


class Frames(unittest.TestCase):
    def test_neighbour_noise_is_dropped(self):
        arp = b"\xff" * 6 + b"\x02" * 6 + b"\x08\x06" + b"\0" * 28
        self.assertIsNone(trim.Trimmer(p.LINK_ETHERNET).trim(arp))
        for packet in (p.ip(p.CLIENT6, p.SERVER6, 58, b"\x87" + b"\0" * 23), p.udp("fe80::1", 5353, "ff02::fb", 5353, b"x"),
                       p.udp(p.CLIENT4, 68, "255.255.255.255", 67, b"x"), p.udp(p.CLIENT4, 5353, "224.0.0.251", 5353, b"x")):
            self.assertEqual(trimmed([packet]), [None])

    def test_frames_that_do_not_parse_are_dropped(self):
        whole = p.ethernet(client_segments([SECRET])[3])
        for length in range(14 + 20 + 20):
            self.assertIsNone(trim.Trimmer(p.LINK_ETHERNET).trim(whole[:length]), length)

    def test_no_link_type_lets_payload_through(self):
        packets = client_segments([b"a" * 50, SECRET])
        frames = {p.LINK_ETHERNET: p.ethernet, p.LINK_SLL: p.sll, p.LINK_SLL2: p.sll2, p.LINK_RAW: bytes, p.LINK_NULL: p.null}
        for link, frame in frames.items():
            kept = trimmed(packets, frame=frame, link=link, client_bytes=50)
            self.assertEqual([len(frame(packet)) - len(cut) for packet, cut in zip(packets, kept)], [0, 0, 0, 0, len(SECRET)])
            self.assertNotIn(SECRET, b"".join(kept))

    def test_vlan_tags_and_ipv6_extension_headers_are_walked(self):
        tagged = trimmed(client_segments([SECRET]), frame=lambda x: p.ethernet(x, [(0x88A8, 1), (0x8100, 2)]), client_bytes=0)
        self.assertEqual(len(tagged[3]), 22 + 20 + 20)
        extension = b"\x06\0" + b"\x01\x04\0\0\0\0"
        packet = p.tcp(p.CLIENT6, 1, p.SERVER6, 443, 1, 1, p.ACK, SECRET, extensions=extension, first_header=60)
        self.assertEqual(len(trimmed([packet])[0]), 14 + 40 + 8 + 20)

    def test_mac_addresses_become_numbers_and_keep_the_group_bit(self):
        packet = client_segments([b""])[0]
        frame = bytes.fromhex("01005e112233" "a4bb6d445566" "0800") + packet
        cut = trim.Trimmer(p.LINK_ETHERNET).trim(frame)
        self.assertEqual(cut[:12].hex(), "030000000001" "020000000002")
        self.assertEqual(cut[12:], frame[12:])
        cooked = struct.pack(">HHIHBB", 0x0800, 0, 2, 1, 4, 6) + bytes.fromhex("a4bb6d4455660000") + packet
        self.assertEqual(trim.Trimmer(p.LINK_SLL2).trim(cooked)[12:18].hex(), "020000000001")


class Files(unittest.TestCase):
    def run_on(self, data, *options):
        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder, "in"), Path(folder, "out")
            source.write_bytes(data)
            messages = io.StringIO()
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(messages):
                code = trim.main([*options, str(source), str(target)])
            return code, target.read_bytes() if target.exists() else None, messages.getvalue()

    def setUp(self):
        self.stamped = p.stamp([p.ethernet(packet) for packet in client_segments([b"a" * 10, SECRET])])
        self.capture = p.pcap(p.LINK_ETHERNET, self.stamped)

    def test_times_and_wire_lengths_stay(self):
        _, out, _ = self.run_on(self.capture, "--client-bytes", "10")
        link, frames = self.read(out)
        self.assertEqual(link, p.LINK_ETHERNET)
        self.assertEqual([frame[:3] for frame in frames], [frame[:3] for frame in self.stamped])
        self.assertLess(len(frames[-1][3]), frames[-1][2])

    def read(self, data):
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            return trim.read_pcap(file.name)

    def test_the_same_input_gives_the_same_bytes(self):
        self.assertEqual(self.run_on(self.capture), self.run_on(self.capture))

    def test_trimming_twice_changes_nothing(self):
        _, once, _ = self.run_on(self.capture)
        self.assertEqual(self.run_on(once)[1], once)

    def test_byte_order_resolution_and_gzip_make_no_difference(self):
        expected = self.run_on(self.capture)[1]
        self.assertEqual(self.run_on(p.pcap(p.LINK_ETHERNET, self.stamped, order=">"))[1], expected)
        self.assertEqual(self.run_on(p.pcap(p.LINK_ETHERNET, self.stamped, nanoseconds=True))[1], expected)
        self.assertEqual(self.run_on(gzip.compress(self.capture))[1], expected)

    def test_pcapng_holds_the_same_packets(self):
        _, out, _ = self.run_on(self.capture, "--format", "pcapng")
        link, frames = self.read(self.run_on(self.capture)[1])
        self.assertEqual(out, p.pcapng([(link, frames)]))

    def test_a_recording_that_was_interrupted_ends_before_its_last_packet(self):
        _, out, _ = self.run_on(self.capture[:-3])
        self.assertEqual(len(self.read(out)[1]), len(self.stamped) - 1)

    def test_what_is_no_capture_is_refused_by_name(self):
        for data in (b"", b"text that is long enough for a header", p.pcap(147, self.stamped)):
            code, out, message = self.run_on(data)
            self.assertEqual((code, out), (2, None))
            self.assertRegex(message, r"^trim-capture: .*/in: ")


if __name__ == "__main__":
    unittest.main()
