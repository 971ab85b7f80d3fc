"""What goes wrong is said in one line that names the cause, with an exit code for scripts:
2 wrong input, 3 refused or not enrolled, 4 collector not reachable."""
import os
import sqlite3
import time
import unittest

import harness
from harness import BAD_INPUT, CAPTURES, MADE, NOTHING, OK, REFUSED, UNREACHABLE, GnomonTest, Laptop, run

CHAT = CAPTURES / "chat.pcap"


class Configuration(GnomonTest):
    def status_with(self, text):
        file = self.folder / "agent.yaml"
        file.write_text(text)
        return run("gnomon-agent", "status", "--config", file)

    def test_unknown_key_is_named_with_file_and_line(self):
        done = self.status_with(f"state: {self.folder}\nsend_every: 1h\nsent_every: 1h\n")
        self.assert_fails(done, BAD_INPUT, "agent.yaml:3", "sent_every")

    def test_wrong_type_is_named_with_file_and_line(self):
        self.assert_fails(self.status_with("snap_length: wide\n"), BAD_INPUT, "agent.yaml:1", "snap_length")

    def test_value_out_of_range_is_refused(self):
        self.assert_fails(self.status_with("\nsnap_length: 10\n"), BAD_INPUT, "agent.yaml:2", "snap_length")

    def test_broken_yaml_is_named_with_file_and_line(self):
        self.assert_fails(self.status_with("state: [\n"), BAD_INPUT, "agent.yaml:")

    def test_missing_file_is_named(self):
        self.assert_fails(run("gnomon-agent", "status", "--config", self.folder / "none.yaml"), BAD_INPUT, "none.yaml")


class CommandLine(GnomonTest):
    def test_wrong_usage_exits_with_2(self):
        for program, *arguments in (("gnomon-agent",), ("gnomon-agent", "inspekt"), ("gnomon-agent", "inspect", "--format", "xml"),
                                    ("gnomon-agent", "enroll"), ("gnomon-collector",), ("gnomon", "departments", "--mont", "2026-01"),
                                    ("gnomon-fleet", "run", "--nonsense")):
            done = run(program, *arguments)
            self.assertEqual(done.returncode, BAD_INPUT, (program, arguments, done.stderr))
            self.assertNotEqual(done.stderr, "")

    def test_help_and_version_exit_with_0(self):
        for program in ("gnomon-agent", "gnomon-collector", "gnomon", "gnomon-fleet"):
            for flag in ("--help", "--version"):
                done = run(program, flag)
                self.assertEqual(done.returncode, OK, (program, flag, done.stderr))
                self.assertIn("gnomon", done.stdout.lower())


class Captures(GnomonTest):
    def test_missing_capture_is_named(self):
        self.assert_fails(run("gnomon-agent", "inspect", "-r", self.folder / "none.pcap"), BAD_INPUT, "none.pcap")

    def test_missing_catalogue_is_named(self):
        self.assert_fails(run("gnomon-agent", "inspect", "-r", CHAT, "--catalogue", self.folder / "none.pb"), BAD_INPUT, "none.pb")

    def test_damaged_catalogue_is_refused(self):
        file = self.folder / "damaged.pb"
        file.write_bytes(b"\xff" * 300)
        self.assert_fails(run("gnomon-agent", "inspect", "-r", CHAT, "--catalogue", file), BAD_INPUT, "damaged.pb")

    @unittest.skipUnless(os.geteuid() == 0, "opening an interface needs root")
    def test_unknown_interface_is_named_beside_those_there_are(self):
        self.assert_fails(run("gnomon-agent", "inspect", "-i", "nosuch0"), BAD_INPUT, "nosuch0", "lo")

    def test_truncated_capture_gives_what_it_holds_and_says_so(self):
        collector = self.collector()
        laptop = Laptop(self, "one").enrolled(collector.address, collector.token("finance"))
        file = self.folder / "cut.pcap"
        file.write_bytes(CHAT.read_bytes()[:-7])
        self.assert_fails(laptop.read(file), BAD_INPUT, "cut.pcap")
        self.assertEqual([batch["state"] for batch in laptop.batches()], ["sent"])
        self.assertGreater(harness.all_services(laptop.sums("sent"))["turns"], 0)

    def test_file_that_is_no_capture_counts_nothing(self):
        collector = self.collector()
        laptop = Laptop(self, "one").enrolled(collector.address, collector.token("finance"))
        self.assert_fails(laptop.read(MADE / "hostile-text.pcap"), BAD_INPUT, "hostile-text.pcap")
        self.assertEqual(laptop.batches(), [])


class Enrolment(GnomonTest):
    def setUp(self):
        super().setUp()
        self.at = self.collector()

    def enroll(self, token, address=None, name="one"):
        return Laptop(self, name).enroll(address or self.at.address, token)

    def test_token_that_is_none_is_wrong_input(self):
        for text in ("hello", "gnm1-12", self.at.token("finance")[:-1]):
            self.assert_fails(self.enroll(text), BAD_INPUT, "token")

    def test_token_with_a_wrong_secret_is_refused(self):
        kind, identity, secret, authority = self.at.token("finance").split("-")
        wrong = "-".join((kind, identity, secret[::-1], authority))
        self.assert_fails(self.enroll(wrong), REFUSED, "token")

    def test_token_nobody_made_is_refused(self):
        kind, identity, secret, authority = self.at.token("finance").split("-")
        other = "00000000" if identity != "00000000" else "11111111"
        self.assert_fails(self.enroll("-".join((kind, other, secret, authority))), REFUSED, "token")

    def test_token_of_another_authority_is_refused_before_anything_is_sent(self):
        other = self.collector()
        self.assert_fails(self.enroll(other.token("finance")), REFUSED, "authority")
        self.assertFalse((self.folder / "laptop-one" / "device.pem").exists())

    def test_used_up_token_is_refused(self):
        token = self.at.token("finance", uses=1)
        self.assertEqual(self.enroll(token).returncode, OK)
        self.assert_fails(self.enroll(token, name="two"), REFUSED, "used up")

    def test_expired_token_is_refused(self):
        token = self.at.token("finance")
        self.at.kill()
        self.let_tokens_expire()
        self.at.start()
        self.assert_fails(self.enroll(token), REFUSED, "expired")

    def let_tokens_expire(self):
        """The shortest life is a minute, too long to wait: so the date in the stopped collector's registry is moved."""
        minute_ago = int((time.time() - 60) * 1e6)
        with sqlite3.connect(self.at.data / "registry.db") as database:
            self.assertEqual(database.execute("UPDATE tokens SET expires_us = ?", [minute_ago]).rowcount, 1)
        database.close()

    def test_revoked_token_is_refused(self):
        token = self.at.token("finance")
        revoked = self.at.ask("tokens", "revoke", token.split("-")[1])
        self.assertEqual(revoked.returncode, OK, revoked.stderr)
        self.assert_fails(self.enroll(token), REFUSED, "revoked")

    def test_collector_that_is_not_there_is_unreachable(self):
        address = f"127.0.0.1:{harness.free_port()}"
        self.assert_fails(self.enroll(self.at.token("finance"), address), UNREACHABLE, "cannot reach the collector")

    def test_second_enrolment_is_refused(self):
        token = self.at.token("finance")
        self.assertEqual(self.enroll(token).returncode, OK)
        self.assert_fails(self.enroll(token), REFUSED, "enrolled already")

    def test_agent_without_enrolment_says_how_to_enrol(self):
        self.assert_fails(Laptop(self, "none").read(NOTHING), REFUSED, "gnomon-agent enroll")

    def test_token_for_a_department_with_a_bad_name_is_wrong_input(self):
        done = self.at.ask("tokens", "create", "--department", "Fi nance!", "--uses", 1, "--expires", "7d")
        self.assert_fails(done, BAD_INPUT, "department")

    def test_device_key_is_for_its_owner_only(self):
        self.assertEqual(self.enroll(self.at.token("finance")).returncode, OK)
        self.assertEqual((self.folder / "laptop-one" / "device.pem").stat().st_mode & 0o077, 0)


class Questions(GnomonTest):
    def test_collector_that_is_not_there_is_unreachable(self):
        at = self.collector()
        at.kill()
        self.assert_fails(at.ask("departments", "--month", "2026-01"), UNREACHABLE)

    def test_month_that_is_none_is_wrong_input(self):
        at = self.collector()
        for month in ("2026", "2026-13", "yesterday"):
            self.assert_fails(at.ask("departments", "--month", month), BAD_INPUT, "month")

    def test_credential_of_another_collector_is_refused(self):
        one, other = self.collector(), self.collector()
        done = run("gnomon", "--credential", other.data / "admin.credential", "--collector", one.address, "departments",
                   "--month", "2026-01")
        self.assertIn(done.returncode, (REFUSED, UNREACHABLE), done.stderr)
        self.assertEqual(done.stdout, "")

    def test_collector_is_made_only_once(self):
        at = self.collector()
        again = run("gnomon-collector", "init", "--data", at.data, "--listen", "127.0.0.1:0")
        self.assertNotEqual(again.returncode, OK)
        self.assertIn(str(at.data), again.stderr)


if __name__ == "__main__":
    harness.main()
