"""A service that the catalogue does not know: shown to the laptop's user, written only where that user chooses, drafted
as a rule at the desk; and nothing of it stays or leaves."""
import json
import pathlib
import shutil
import unittest

import harness
from harness import BAD_INPUT, CAPTURES, OK, GnomonTest, run

RULES = pathlib.Path(__file__).resolve().parents[2] / "rules"
CHAT = CAPTURES / "chat.pcap"


class Suggest(GnomonTest):
    def setUp(self):
        super().setUp()
        # The real rules, but for one service that the capture holds.
        rules = self.folder / "rules"
        rules.mkdir()
        for file in [*RULES.glob("*.yaml"), RULES / "VERSION"]:
            shutil.copy(file, rules)
        chat = (rules / "chat.yaml").read_text()
        begin = chat.index("  - id: claude\n")
        (rules / "chat.yaml").write_text(chat[:begin] + chat[chat.index("  - id: ", begin + 1):])
        self.catalogue = self.folder / "catalogue.pb"
        built = run("gnomon", "catalogue", "build", "--rules", rules, "-o", self.catalogue)
        self.assertEqual(built.returncode, OK, built.stderr)

    def suggest(self, *arguments):
        return run("gnomon-agent", "suggest", "--catalogue", self.catalogue, "--state", self.folder / "state", "-r", CHAT,
                   *arguments)

    def test_a_missing_service_goes_from_a_laptop_to_a_draft_by_hand_and_by_nothing_else(self):
        chosen = self.folder / "chosen.txt"
        done = self.suggest("--format", "json", "-o", chosen, "--host", "claude.ai")
        self.assertEqual(done.returncode, OK, done.stderr)
        found = json.loads(done.stdout)
        self.assertEqual([each["host"] for each in found["candidates"]], ["claude.ai"])
        self.assertEqual(found["candidates"][0]["turns"], 3)
        hosts = [line for line in chosen.read_text().splitlines() if not line.startswith("#")]
        self.assertEqual(hosts, ["claude.ai"])
        self.assertEqual(chosen.stat().st_mode & 0o777, 0o600)
        draft = run("gnomon", "catalogue", "add", "--from", chosen, "--catalogue", self.catalogue, "--country", "US")
        self.assertEqual(draft.returncode, OK, draft.stderr)
        self.assertIn("- claude.ai", draft.stdout)
        self.assertFalse((self.folder / "state").exists(), "nothing is kept")

    def test_without_a_choice_nothing_is_written(self):
        chosen = self.folder / "chosen.txt"
        self.assert_fails(self.suggest("-o", chosen), BAD_INPUT, "--host")
        self.assert_fails(self.suggest("-o", chosen, "--host", "files.example.com"), BAD_INPUT, "files.example.com")
        self.assertFalse(chosen.exists())

    def test_a_file_of_hosts_that_is_none_is_named_with_its_line(self):
        bad = self.folder / "bad.txt"
        bad.write_text("# chosen\nclaude.ai\nnot a host\n")
        self.assert_fails(run("gnomon", "catalogue", "add", "--from", bad, "--catalogue", self.catalogue), BAD_INPUT,
                          "bad.txt:3")


if __name__ == "__main__":
    harness.main()
