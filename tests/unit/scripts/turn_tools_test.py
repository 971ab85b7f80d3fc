"""The tools that judge the turn estimate (benchmarks/turns): what they change they change only there."""
import random
import struct
import sys
import tempfile
import unittest
from collections import Counter
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "benchmarks/turns"))
import capture_file  # noqa: E402
import perturb  # noqa: E402
import quic_initial  # noqa: E402
import traffic_model  # noqa: E402


class Rewriting(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="gnomon-turns-")
        cls.addClassCleanup(cls.folder.cleanup)
        traffic_model.make(cls.folder.name, seed=5, turns=4, names=("programs", "web-h3"))
        cls.captures = [capture_file.read(Path(cls.folder.name) / f"{name}.pcap") for name in ("programs", "web-h3")]

    @staticmethod
    def sent(packets):
        """Payload bytes by flow and sender."""
        total = Counter()
        for packet in packets:
            total[packet.flow, packet.sender] += packet.length
        return total

    def written(self, link, packets):
        target = Path(self.folder.name) / "out.pcap"
        capture_file.write(target, link, packets)
        return capture_file.read(target)[1]

    def test_batching_and_merging_move_bytes_and_lose_none(self):
        for link, packets in self.captures:
            for changed in (perturb.batch(packets, 10), perturb.gro(packets)):
                self.assertLess(len(changed), len(packets))
                self.assertEqual(self.sent(self.written(link, changed)), self.sent(packets))

    def test_batched_answers_are_never_earlier_than_they_were(self):
        link, packets = self.captures[0]
        before, after = Counter(), Counter()
        arrivals = {}
        for packet in sorted(packets, key=lambda p: p.time):
            before[packet.sender] += packet.length
            arrivals.setdefault(packet.sender, []).append((packet.time, before[packet.sender]))
        for packet in self.written(link, perturb.batch(packets, 20)):
            after[packet.sender] += packet.length
            seen = max((total for time, total in arrivals[packet.sender] if time <= packet.time), default=0)
            self.assertLessEqual(after[packet.sender], seen)

    def test_padding_leaves_no_hole_in_the_sequence_numbers(self):
        link, packets = self.captures[0]
        changed = self.written(link, perturb.pad(packets, random.Random(1)))
        self.assertEqual(len(changed), len(packets))
        self.assertGreater(sum(self.sent(changed).values()), sum(self.sent(packets).values()))
        expected = {}
        for packet in changed:
            way = packet.flow, packet.sender
            if packet.length:
                self.assertEqual(packet.sequence, expected.get(way, packet.sequence))
                expected[way] = packet.sequence + packet.length & 0xFFFFFFFF

    def test_loss_keeps_every_byte_of_the_server(self):
        link, packets = self.captures[0]
        changed = perturb.lose(packets, 0.1, random.Random(1))
        self.assertGreater(len(changed), len(packets), "what the client sent again is seen twice")
        servers = {packet.sender for packet in packets if packet.sender and packet.sender[1] == 443}
        for way, total in self.sent(packets).items():
            if way[1] in servers:
                self.assertEqual(self.sent(changed)[way], total)


class Model(unittest.TestCase):
    def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(self):
        with tempfile.TemporaryDirectory(prefix="gnomon-turns-") as folder:
            made = []
            for name, seed in (("a", 6), ("b", 6), ("c", 7)):
                traffic_model.make(Path(folder) / name, seed=seed, turns=4, names=("programs",))
                made.append((Path(folder) / name / "programs.pcap").read_bytes())
        self.assertEqual(made[0], made[1])
        self.assertNotEqual(made[0], made[2])

    def test_keys_of_an_initial_are_those_of_rfc_9001_appendix_a(self):
        secret = quic_initial.hmac.new(quic_initial._SALT_V1, bytes.fromhex("8394c8f03e515708"), "sha256").digest()
        client = quic_initial._expand_label(secret, b"client in", 32)
        self.assertEqual(quic_initial._expand_label(client, b"quic key", 16).hex(), "1f369613dd76d5467730efcbe3b1a22d")

    def test_aes_is_that_of_fips_197_appendix_c(self):
        cipher = quic_initial.Aes128(bytes(range(16))).encrypt(bytes.fromhex("00112233445566778899aabbccddeeff"))
        self.assertEqual(cipher.hex(), "69c4e0d86a7b0430d8cdb78070b4c55a")

    def test_an_initial_fills_its_datagram_and_says_its_length(self):
        datagram = quic_initial.initial(bytes(8), b"\1" * 300)
        self.assertEqual(len(datagram), 1200)
        self.assertEqual(struct.unpack_from(">H", datagram, 16)[0] & 0x3FFF, 1200 - 18)


if __name__ == "__main__":
    unittest.main(verbosity=2)
