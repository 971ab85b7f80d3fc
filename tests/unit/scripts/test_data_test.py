"""The captures in tests/data: made again byte for byte, free of payload, small, each with its truth."""
import importlib.machinery
import importlib.util
import json
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[3]
DATA = ROOT / "tests" / "data"

loader = importlib.machinery.SourceFileLoader("trim_capture", str(ROOT / "scripts" / "trim-capture"))
trim = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
loader.exec_module(trim)

CLOCKS_AGREE_S = 0.3
# As in tests/data/README.md.
TRIM_OPTIONS = {
    "chat.pcap": {"client_bytes": 2304},
    "sdk.pcap": {"client_bytes": 2304},
    "h3-chat.pcap": {"client_bytes": 2304},
    "ws.pcap": {"client_bytes": 2304},
    "decoys.pcapng": {"client_bytes": 2304, "flow_packets": 45},
    "proxy.pcap": {"server_bytes": 128},
    "local.pcap": {"client_bytes": 1 << 20, "server_bytes": 1 << 20},
}


def read_pcapng(path):
    """The packets of a pcapng file as scripts/trim-capture writes it: one interface, microseconds."""
    data, at, link, frames = path.read_bytes(), 0, None, []
    while at < len(data):
        kind, length = struct.unpack_from("<II", data, at)
        if kind == 1:
            link, = struct.unpack_from("<H", data, at + 8)
        elif kind == 6:
            _, high, low, captured, wire = struct.unpack_from("<IIIII", data, at + 8)
            time = high << 32 | low
            frames.append((time // 1_000_000, time % 1_000_000, wire, data[at + 28 : at + 28 + captured]))
        at += length
    return link, frames


def read(path):
    return read_pcapng(path) if path.suffix == ".pcapng" else trim.read_pcap(path)


class Made(unittest.TestCase):
    def test_the_generator_makes_the_committed_files_again(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.executable, "-B", str(DATA / "make_captures.py"), folder], check=True)
            again = {file.name: file.read_bytes() for file in Path(folder).iterdir()}
        committed = {file.name: file.read_bytes() for file in (DATA / "made").iterdir()}
        self.assertEqual(sorted(again), sorted(committed))
        self.assertEqual([name for name in again if again[name] != committed[name]], [])


class Recorded(unittest.TestCase):
    def test_every_recording_has_its_truth_and_every_truth_its_recording(self):
        captures = DATA / "captures"
        truths = {file.name.removesuffix(".truth.json") for file in captures.glob("*.truth.json")}
        self.assertEqual({Path(name).stem for name in TRIM_OPTIONS}, truths)
        self.assertEqual({file.name for file in captures.iterdir() if file.suffix != ".json"}, set(TRIM_OPTIONS))

    def test_trimming_them_again_finds_nothing_to_cut(self):
        for name, options in TRIM_OPTIONS.items():
            link, frames = read(DATA / "captures" / name)
            trimmer = trim.Trimmer(link, **options)
            changed = sum(trimmer.trim(frame) != frame for *_, frame in frames)
            self.assertEqual((name, changed), (name, 0))

    def test_turns_of_the_truth_lie_within_the_recording(self):
        for name in TRIM_OPTIONS:
            path = DATA / "captures" / name
            _, frames = read(path)
            truth = json.loads(path.with_name(path.stem + ".truth.json").read_text())
            first, last = (seconds + micros / 1e6 for seconds, micros, *_ in (frames[0], frames[-1]))
            for session in truth["sessions"]:
                for prompt, token, end in session["turns"]:
                    self.assertLessEqual(first, prompt + CLOCKS_AGREE_S, name)
                    self.assertTrue(prompt <= token <= end <= last + CLOCKS_AGREE_S, (name, session))

    def test_all_test_data_together_is_under_5_mb(self):
        size = sum(file.stat().st_size for file in DATA.rglob("*") if file.is_file())
        self.assertLess(size, 5_000_000)


if __name__ == "__main__":
    unittest.main()
