"""Signed catalogues from the signers' desks to a laptop that runs: taken up, refused, staged, root rotated."""
import json
import os
import shutil
import signal
import unittest

import harness
from harness import BAD_INPUT, CATALOGUE, FAILED, OK, Collector, GnomonTest, Laptop, Process


class Signers:
    """Three people with a key each, two of whom are needed."""

    def __init__(self, test):
        self._test, self._folder = test, test.folder
        self.keys = {owner: self._keygen(owner) for owner in ("alice", "bo", "chi")}
        self.root = self._folder / "trust-root.yaml"
        self._gnomon("trust", "root", *self._signers(self.keys), "-o", self.root)

    def _gnomon(self, *arguments):
        done = harness.run("gnomon", *arguments)
        self._test.assertEqual(done.returncode, OK, done.stderr)
        return done.stdout

    def _keygen(self, owner):
        return self._gnomon("trust", "keygen", "-o", self.key(owner)).strip()

    @staticmethod
    def _signers(keys):
        return [word for owner, key in keys.items() for word in ("--signer", f"{owner}={key}")]

    def key(self, owner):
        return self._folder / f"{owner}.key"

    def sign(self, name, body, after=None, by=("alice", "bo"), kind="catalogue"):
        """Each signs at a desk of their own: the first makes the release, the others add to it."""
        release = self._folder / name
        order = ("--after", after) if after else ("--first",)
        self._gnomon(kind, "sign", body, *order, "--key", self.key(by[0]), "-o", release)
        for owner in by[1:]:
            self._gnomon(kind, "cosign", release, "--key", self.key(owner))
        return release

    def rotate(self, gone, new):
        """The next root: `new` in the place of `gone`, signed by the two who stay."""
        self.keys[new] = self._keygen(new)
        self.keys.pop(gone)
        release = self._folder / "root-2.release"
        stay = [owner for owner in self.keys if owner != new]
        self._gnomon("trust", "rotate", "--root", self.root, *self._signers(self.keys), "--key", self.key(stay[0]),
                     "-o", release)
        self._gnomon("trust", "cosign", release, "--key", self.key(stay[1]))
        return release


@unittest.skipIf(os.geteuid() != 0, "capturing needs root")
class SignedCatalogues(GnomonTest):
    def setUp(self):
        super().setUp()
        self.signers = Signers(self)
        self.collector = Collector(self).start()
        self.laptop = Laptop(self, "a").enrolled(self.collector.address, self.collector.token("finance"))
        self.body = self.folder / "catalogue.pb"
        shutil.copy(CATALOGUE, self.body)

    def publish(self, release, *more):
        return harness.run("gnomon-collector", "publish", "--data", self.collector.data, release, "--root",
                           self.signers.root, *more)

    def start_agent(self, catalogue="no-such-file"):
        config = self.folder / "agent.yaml"
        config.write_text(f"state: {self.laptop.state}\ncatalogue: {catalogue}\ntrust_root: {self.signers.root}\n"
                          "interfaces: [lo]\nsend_every: 1s\ncheckpoint_every: 1s\n")
        return Process(self, "gnomon-agent", "run", "--config", config)

    def test_an_agent_without_a_signed_catalogue_collects_nothing_until_the_collector_has_one(self):
        agent = self.start_agent()
        agent.log.wait_for(lambda line: "not_collecting" in line, "word that it does not collect")
        first = self.signers.sign("1.release", self.body)
        self.assertEqual(self.publish(first).returncode, OK)
        agent.log.wait_for(lambda line: "release_taken_up" in line and "release=1" in line, "release 1")
        agent.log.wait_for(lambda line: "collecting" in line, "word that it collects")
        second = self.signers.sign("2.release", self.body, after=first, by=("bo", "chi"))
        self.assertEqual(self.publish(second).returncode, OK)
        agent.log.wait_for(lambda line: "release_taken_up" in line and "release=2" in line, "release 2")
        agent.signal(signal.SIGTERM)
        self.assertEqual(agent.wait(), OK)

        status = harness.run("gnomon-agent", "status", "--config", self.folder / "agent.yaml")
        self.assertIn("release 2, good until", status.stdout)

    def test_a_collector_that_was_taken_over_cannot_hand_on_what_the_signers_did_not_sign(self):
        first = self.signers.sign("1.release", self.body)
        agent = self.start_agent(catalogue=first)
        agent.log.wait_for(lambda line: "collecting" in line and "release=1" in line, "release 1")
        # Past `publish`, which would refuse it: into the folder itself.
        forged = self.signers.sign("forged.release", self.body, after=first, by=("chi",))
        folder = self.collector.data / "releases"
        folder.mkdir(mode=0o700, exist_ok=True)
        shutil.copy(forged, folder / "catalogue-2.release")
        line = agent.log.wait_for(lambda line: "release_refused" in line, "refusal")
        self.assertIn("signers: 1 of the 2", line)
        agent.signal(signal.SIGTERM)
        self.assertEqual(agent.wait(), OK)

    def test_a_rotated_root_reaches_the_laptop_before_what_its_signers_sign(self):
        first = self.signers.sign("1.release", self.body)
        agent = self.start_agent(catalogue=first)
        agent.log.wait_for(lambda line: "collecting" in line and "release=1" in line, "release 1")
        root = self.signers.rotate(gone="chi", new="dee")
        self.assertEqual(self.publish(root).returncode, OK)
        second = self.signers.sign("2.release", self.body, after=first, by=("alice", "dee"))
        gone = self.signers.sign("gone.release", self.body, after=first, by=("alice", "chi"))
        self.assertIn("1 unknown", self.publish(gone).stderr)
        self.assertEqual(self.publish(second).returncode, OK, "checked against the roots published since")
        agent.log.wait_for(lambda line: "release_taken_up" in line and "release=2" in line, "release 2")
        agent.signal(signal.SIGTERM)
        self.assertEqual(agent.wait(), OK)

    def test_a_policy_pauses_the_laptops_and_one_that_passes_a_limit_is_never_signed(self):
        agent = self.start_agent(catalogue=self.signers.sign("1.release", self.body))
        agent.log.wait_for(lambda line: "collecting" in line and "release=1" in line, "release 1")
        text = self.folder / "policy.yaml"
        text.write_text("pauses: [{days: [mon, tue, wed, thu, fri, sat, sun], from: '00:00', to: '24:00'}]\n"
                        "bounds: {turns: 100}\nfloor: 25\ndepartments: [{code: finance, heads: 40}]\n")
        compiled = self.folder / "policy.pb"
        made = harness.run("gnomon", "policy", "build", text, "-o", compiled)
        self.assertEqual(made.returncode, OK, made.stderr)
        self.assertIn("Nothing is captured mon tue wed thu fri sat sun from 00:00 to 24:00",
                      harness.run("gnomon", "policy", "show", text).stdout)
        self.assertEqual(self.publish(self.signers.sign("p1.release", compiled, kind="policy")).returncode, OK)
        agent.log.wait_for(lambda line: "paused_by_policy" in line, "pause")
        # The collector answers under what it hands on, without a restart.
        answer = json.loads(self.collector.ask("departments", "--format", "json").stdout)
        self.assertEqual(answer["scope"]["floor"], 25)
        self.assertEqual(answer["departments"][0]["heads"], 40)
        agent.signal(signal.SIGTERM)
        self.assertEqual(agent.wait(), OK)

        text.write_text("floor: 2\n")
        refused = harness.run("gnomon", "policy", "build", text, "-o", compiled)
        self.assertEqual(refused.returncode, BAD_INPUT)
        self.assertIn("policy.yaml:1: floor", refused.stderr)
        compiled.write_bytes(b"\x08\x02\x10\x07\x18\x14")  # floor 2, past the compiler
        refused = harness.run("gnomon", "policy", "sign", compiled, "--first", "--key", self.signers.key("alice"),
                              "-o", self.folder / "p2.release")
        self.assertEqual(refused.returncode, BAD_INPUT)
        self.assertIn("floor", refused.stderr)

    def test_publish_refuses_and_lists(self):
        one = self.signers.sign("one.release", self.body, by=("alice",))
        refused = self.publish(one)
        self.assertEqual(refused.returncode, FAILED)
        self.assertIn("signers: 1 of the 2 needed", refused.stderr)
        damaged = self.folder / "damaged.release"
        damaged.write_bytes(b"nonsense")
        self.assertIn("damaged", self.publish(damaged).stderr)
        missing_root = harness.run("gnomon-collector", "publish", "--data", self.collector.data, one)
        self.assertEqual(missing_root.returncode, BAD_INPUT)
        self.assertIn("--root", missing_root.stderr)
        good = self.signers.sign("good.release", self.body)
        self.assertIn("catalogue release 1  25%", self.publish(good, "--percent", "25").stdout)
        self.assertIn("catalogue release 1  100%", self.publish(good).stdout)
        pinned = harness.run("gnomon-collector", "publish", "--data", self.collector.data, "--pin", "0")
        self.assertIn("held back by the pin", pinned.stdout)


if __name__ == "__main__":
    harness.main()
