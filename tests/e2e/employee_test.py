"""The employee's side: what was sent in words, pause, resume and purge, by an ordinary user of the laptop against the
running agent, whose folder that user cannot enter."""
import json
import os
import shutil
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

import harness
from harness import CAPTURES, BAD_INPUT, OK, REFUSED, GnomonTest, Laptop, Process

ORDINARY, SERVICE = 65000, 33  # user numbers; nobody needs to have them


@unittest.skipUnless(os.geteuid() == 0, "needs root, to be another user and to capture")
class Employee(GnomonTest):
    def setUp(self):
        super().setUp()
        self.at = self.collector()
        self.laptop = Laptop(self, "shared").enrolled(self.at.address, self.at.token("finance"))
        self.laptop.delivered(CAPTURES / "chat.pcap")
        # As the package does it: the state is the agent's alone, the socket's folder everybody's.
        os.chmod(self.laptop.state, 0o700)
        self.public = Path(tempfile.mkdtemp(prefix="gnomon-run-"))
        self.addCleanup(shutil.rmtree, self.public, ignore_errors=True)
        os.chmod(self.public, 0o755)
        self.settings = self.public / "agent.yaml"
        self.configure()
        # The programs may lie where only this user may go.
        self.program = self.public / "gnomon-agent"
        shutil.copy(harness.BIN / "gnomon-agent", self.program)
        self.catalogue = self.public / "catalogue.pb"
        shutil.copy(harness.CATALOGUE, self.catalogue)

    def configure(self, more=""):
        self.settings.write_text(f"state: {self.laptop.state}\ncontrol: {self.public}/control.sock\ninterfaces: [lo]\n{more}")

    def start(self):
        agent = Process(self, "gnomon-agent", "run", "--config", self.settings)
        agent.log.wait_for(lambda line: "running" in line, "line that says it runs")
        return agent

    def end(self, agent):
        agent.signal(signal.SIGTERM)
        self.assertEqual(agent.wait(), OK)

    def as_user(self, *arguments, user=ORDINARY, stdin=""):
        return subprocess.run([str(self.program), arguments[0], "--config", str(self.settings), "--catalogue", str(self.catalogue), *arguments[1:]],
                              user=user, group=user, extra_groups=[], input=stdin, capture_output=True, text=True,
                              timeout=harness.LIMIT_S, env=harness.environment(), check=False)

    def test_an_ordinary_user_sees_every_record_in_words_and_both_languages(self):
        agent = self.start()
        listed = subprocess.run(["ls", str(self.laptop.state)], user=ORDINARY, capture_output=True, check=False)
        self.assertNotEqual(listed.returncode, OK, "the folder itself is closed to this user")
        shown = self.as_user("sent", "--format", "json")
        self.assertEqual(shown.returncode, OK, shown.stderr)
        self.assertEqual(json.loads(shown.stdout), self.laptop.batches())
        english = self.as_user("sent", "--explain").stdout
        self.assertIn("How deeply the service is used: prompts with their answers (count, estimated)", english)
        chinese = self.as_user("sent", "--explain", "--lang", "zh").stdout
        self.assertIn("使用得有多深入", chinese)
        self.assertNotIn("How deeply", chinese)
        lines = self.as_user("sent", "--format", "csv").stdout.splitlines()
        self.assertTrue(lines[0].startswith("state,sent,day,department,service"))
        self.assertEqual({line.count(",") for line in lines}, {lines[0].count(",")})
        self.end(agent)

    def test_a_services_account_sees_nothing(self):
        agent = self.start()
        refused = self.as_user("sent", user=SERVICE)
        self.assert_fails(refused, REFUSED, "not for services")
        self.end(agent)

    def test_a_pause_holds_over_restarts_and_is_in_no_log(self):
        agent = self.start()
        paused = self.as_user("pause")
        self.assertEqual(paused.returncode, OK, paused.stderr)
        self.assertIn("paused", self.as_user("status").stdout)
        self.end(agent)
        log = "".join(agent.log.rest())
        agent = self.start()
        self.assertIn("until `gnomon-agent resume`", self.as_user("status").stdout)
        health = self.at.ask("health").stdout
        self.assertEqual(self.as_user("resume").returncode, OK)
        self.assertNotIn("paused", self.as_user("status").stdout)
        self.end(agent)
        log += "".join(agent.log.rest())
        self.assertNotRegex(log, r"(?i)pause|resume")
        self.assertNotRegex(health, r"(?i)pause")

    def test_a_pause_ends_by_itself_and_a_wrong_time_is_refused(self):
        agent = self.start()
        self.assert_fails(self.as_user("pause", "--until", "yesterday"), BAD_INPUT, "--until")
        self.assertEqual(self.as_user("pause", "--for", "2h").returncode, OK)
        self.assertRegex(self.as_user("status").stdout, r"paused +until \d{4}-\d\d-\d\d \d\d:\d\d")
        self.end(agent)

    def test_purge_asks_and_then_leaves_nothing(self):
        agent = self.start()
        unsure = self.as_user("purge")
        self.assertNotEqual(unsure.returncode, OK)
        self.assertIn("12-month history", unsure.stdout)
        self.assertNotEqual(json.loads(self.as_user("sent", "--format", "json").stdout), [])
        done = self.as_user("purge", "--yes")
        self.assertEqual(done.returncode, OK, done.stderr)
        self.assertEqual(json.loads(self.as_user("sent", "--format", "json").stdout), [])
        for path in self.laptop.state.glob("spool.db*"):
            for service in (b"chatgpt", b"claude", b"deepseek"):
                self.assertNotIn(service, path.read_bytes(), path.name)
        self.end(agent)

    def test_administrators_only_is_said_and_sent_still_works(self):
        self.configure("local_control: administrators\n")
        agent = self.start()
        for command in (["pause"], ["resume"], ["purge", "--yes"]):
            self.assert_fails(self.as_user(*command), REFUSED, "local_control: administrators")
        self.assertEqual(self.as_user("sent").returncode, OK)
        self.assertEqual(self.as_user("pause", user=0).returncode, OK)
        self.end(agent)


if __name__ == "__main__":
    harness.main()
