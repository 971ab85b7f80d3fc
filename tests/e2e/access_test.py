"""Who is let in: certificates that renew themselves, revocation, operators, joining without a person; and a rogue laptop."""
import datetime
import json
import os
import signal
import sqlite3
import subprocess
import unittest

from harness import (ANY_SERVICE, CAPTURES, LIMIT_S, NOTHING, OK, REFUSED, Answer, GnomonTest, Laptop, command,
                     environment, main, month_before_today, run)

CAPTURE = CAPTURES / "chat.pcap"
MONTH, DAY = month_before_today(datetime.date.today())


def reissue(collector, laptop, begins, ends):
    """The laptop's certificate again, for another time: the collector's authority as OpenSSL would use it."""
    folder = collector.data
    name = laptop.status()["enrolled"]["device"]
    key = folder / "test-device.key"
    pem = (laptop.state / "device.pem").read_text()
    key.write_text(pem[: pem.index("-----BEGIN CERTIFICATE-----")])
    (folder / "test-index").write_text("")
    (folder / "test.cnf").write_text(f"""
[ca]
default_ca = d
[d]
database = {folder}/test-index
new_certs_dir = {folder}
default_md = sha256
rand_serial = yes
policy = p
unique_subject = no
x509_extensions = x
[p]
organizationName = optional
organizationalUnitName = optional
commonName = optional
[x]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = clientAuth
[req]
distinguished_name = n
[n]
""")
    config, subject = folder / "test.cnf", f"/O=gnomon device/OU=finance/CN={name}"
    request, made = folder / "test.csr", folder / "test.pem"
    form = "%Y%m%d%H%M%SZ"
    for arguments in (["req", "-new", "-key", key, "-subj", subject, "-config", config, "-out", request],
                      ["ca", "-batch", "-notext", "-preserveDN", "-config", config, "-in", request, "-out", made, "-cert",
                       folder / "authority.pem", "-keyfile", folder / "authority.key", "-startdate",
                       begins.strftime(form), "-enddate", ends.strftime(form)]):
        done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
    (laptop.state / "device.pem").write_text(key.read_text() + made.read_text())
    return name


class Managed(Laptop):
    def status(self):
        return json.loads(self.agent("status", "--format", "json").stdout)

    def managed(self, address, token_file):
        """`run` as device management sets it up."""
        return subprocess.run(command("gnomon-agent", "run", "--state", self.state, "-r", NOTHING), capture_output=True,
                              text=True, timeout=LIMIT_S, check=False,
                              env={**environment(), "GNOMON_COLLECTOR": address, "GNOMON_TOKEN_FILE": str(token_file),
                                   "GNOMON_CATALOGUE": os.environ.get("GNOMON_CATALOGUE", "")})


class AccessTest(GnomonTest):
    def laptop(self, name="one"):
        return Managed(self, name)

    def devices(self, collector):
        return {device["name"]: device for device in collector.json("devices", "list")}

    def test_a_certificate_that_is_due_is_renewed_with_a_new_key_under_the_same_name(self):
        collector = self.collector()
        collector.process.kill()
        config = collector.data / "collector.yaml"
        config.write_text(config.read_text().replace("device_certificates: 14d", "device_certificates: 60s"))
        collector.start()
        laptop = self.laptop().enrolled(collector.address, collector.token("finance"))
        name, before = laptop.status()["enrolled"]["device"], (laptop.state / "device.pem").read_text()
        account = (laptop.state / "account.key").read_text()
        laptop.delivered(NOTHING)
        after = (laptop.state / "device.pem").read_text()
        self.assertNotEqual(before.split("-----")[2], after.split("-----")[2], "the key")
        self.assertEqual(laptop.status()["enrolled"]["device"], name)
        self.assertEqual((laptop.state / "account.key").read_text(), account)
        self.assertEqual(list(self.devices(collector)), [name])

    def test_a_renewal_that_is_killed_at_any_step_leaves_a_laptop_that_is_enrolled(self):
        collector = self.collector()
        collector.process.kill()
        config = collector.data / "collector.yaml"
        config.write_text(config.read_text().replace("device_certificates: 14d", "device_certificates: 60s"))
        collector.start()
        laptop = self.laptop().enrolled(collector.address, collector.token("finance"))
        name = laptop.status()["enrolled"]["device"]
        for point in ("renewal.before", "renewal.answer.after", "renewal.save.after"):
            killed = subprocess.run(command("gnomon-agent", "run", "--state", laptop.state, "-r", NOTHING),
                                    capture_output=True, timeout=LIMIT_S, check=False,
                                    env={**environment(), "GNOMON_FAULT": f"{point}:kill",
                                         "GNOMON_CATALOGUE": os.environ.get("GNOMON_CATALOGUE", "")})
            self.assertEqual(killed.returncode, -signal.SIGKILL, f"{point}: {killed.stderr}")
            self.assertEqual(laptop.status()["enrolled"]["device"], name, point)
            laptop.delivered(CAPTURE, day=DAY)
        self.assertEqual(list(self.devices(collector)), [name])

    def test_a_laptop_back_from_a_long_leave_needs_nobody_until_it_is_forgotten(self):
        collector = self.collector()
        laptop = self.laptop().enrolled(collector.address, collector.token("finance"))
        now = datetime.datetime.now(datetime.timezone.utc)
        day = datetime.timedelta(days=1)
        name = reissue(collector, laptop, now - 24 * day, now - 10 * day)
        laptop.delivered(CAPTURE, day=DAY)
        self.assertEqual(laptop.status()["enrolled"]["device"], name)
        reissue(collector, laptop, now - 80 * day, now - 61 * day)
        refused = laptop.read(NOTHING, day=DAY)
        self.assertIn("renewal_failed error=unauthenticated", refused.stderr)

    def test_the_same_laptop_that_joins_again_is_one_device_and_may_move(self):
        collector = self.collector()
        laptop = self.laptop().enrolled(collector.address, collector.token("finance"))
        name = laptop.status()["enrolled"]["device"]
        self.assert_fails(laptop.enroll(collector.address, collector.token("sales")), REFUSED, "--again")
        moved = laptop.agent("enroll", "--again", "--collector", collector.address, "--token-file", "-",
                             stdin=collector.token("sales") + "\n")
        self.assertEqual(moved.returncode, OK, moved.stderr)
        devices = self.devices(collector)
        self.assertEqual(list(devices), [name])
        self.assertEqual(devices[name]["department"], "sales")

    def test_a_revoked_laptop_is_refused_and_joins_again_only_when_it_was_forgotten(self):
        collector = self.collector()
        token_file = self.folder / "token"
        token_file.write_text(collector.token("finance") + "\n")
        laptop, other = self.laptop(), self.laptop("other")
        for one in (laptop, other):
            done = one.managed(collector.address, token_file)
            self.assertEqual(done.returncode, OK, done.stderr)  # it joined by itself
        name = laptop.status()["enrolled"]["device"]
        done = collector.ask("devices", "revoke", name[:8])
        self.assertEqual(done.returncode, OK, done.stderr)
        self.assertIn("1 token of finance is still open", done.stdout)
        self.assert_fails(laptop.read(CAPTURE, day=DAY), REFUSED, "revoked", "records are kept")
        other.delivered(CAPTURE, day=DAY)
        again = ("enroll", "--again", "--collector", collector.address, "--token-file", token_file)
        self.assert_fails(laptop.agent(*again), REFUSED, "revoked", "gnomon devices forget")
        self.assertEqual(collector.ask("devices", "forget", name).returncode, OK)
        self.assertEqual(laptop.agent(*again).returncode, OK)
        laptop.delivered(NOTHING, day=DAY)
        self.assertEqual({batch["state"] for batch in laptop.batches()}, {"sent"})

    def test_a_leaked_tokens_devices_are_revoked_with_it_and_no_others(self):
        collector = self.collector()
        leaked, good = collector.token("finance"), collector.token("finance")
        bad = [Managed(self, f"bad-{n}").enrolled(collector.address, leaked) for n in range(2)]
        honest = self.laptop("honest").enrolled(collector.address, good)
        done = collector.ask("tokens", "revoke", "--with-devices", leaked.split("-")[1])
        self.assertIn("and 2 laptops that joined with it", done.stdout, done.stderr)
        for laptop in bad:
            self.assert_fails(laptop.read(CAPTURE, day=DAY), REFUSED, "revoked")
        honest.delivered(CAPTURE, day=DAY)

    def test_operators_have_the_doors_of_their_role_until_their_token_ends(self):
        collector = self.collector()
        files = {}
        for role in ("administrator", "it", "analyst", "auditor"):
            files[role] = self.folder / f"{role}.credential"
            made = collector.ask("operators", "create", "--name", f"The {role}", "--role", role, "--out", files[role])
            self.assertEqual(made.returncode, OK, made.stderr)
            self.assertEqual(files[role].stat().st_mode & 0o777, 0o600)
        doors = {("departments",): {"administrator", "it", "analyst", "auditor"},
                 ("tokens", "list"): {"administrator", "it"}, ("devices", "list"): {"administrator", "it"},
                 ("health",): {"administrator", "it"}, ("operators", "list"): {"administrator", "auditor"}}
        for call, roles in doors.items():
            for role, file in files.items():
                asked = run("gnomon", "--credential", file, "--collector", collector.address, *call)
                self.assertEqual(asked.returncode, OK if role in roles else REFUSED, f"{role} {call}: {asked.stderr}")
        analyst = next(one for one in collector.json("operators", "list") if one["role"] == "analyst")
        self.assertEqual(collector.ask("operators", "revoke", analyst["id"]).returncode, OK)
        asked = run("gnomon", "--credential", files["analyst"], "--collector", collector.address, "departments")
        self.assert_fails(asked, REFUSED, "not known here")
        log = [json.loads(line) for line in (collector.data / "audit.jsonl").read_text().splitlines()]
        refused = {(line["role"], line["question"]) for line in log if line["outcome"] == "refused"}
        self.assertIn(("analyst", "devices.list"), refused)
        self.assertIn(("auditor", "tokens.list"), refused)
        self.assertIn(("", "departments"), refused)  # with the revoked token: nobody
        secrets = [file.read_text().split('token: "')[1].split('"')[0][14:] for file in files.values()]
        for secret in secrets:
            for file in collector.data.iterdir():
                if file.is_file():
                    self.assertNotIn(secret.encode(), file.read_bytes(), file.name)

    # A laptop whose owner wipes its spool before every run says each time that it is the first use of the month.
    def test_a_rogue_laptop_counts_as_one_device_however_often_it_begins_anew(self):
        collector = self.collector(floor=5)
        rogue = self.laptop("rogue").enrolled(collector.address, collector.token("legal"))
        for _ in range(7):
            for file in rogue.state.glob("spool.db*"):
                file.unlink()
            rogue.delivered(CAPTURE, day=DAY)
        row = Answer(collector.json("departments", "--month", MONTH), "department").rows["legal"]
        self.assertEqual(set(row.values()), {None}, "a department of one is hidden")
        with sqlite3.connect(f"file:{collector.data / 'usage.db'}?mode=ro", uri=True) as usage:
            devices = dict(usage.execute("SELECT service, SUM(first_this_month) FROM cells GROUP BY service"))
        usage.close()
        self.assertEqual(set(devices.values()), {1}, devices)
        self.assertIn(ANY_SERVICE, devices)
        # Nor with another account.
        (rogue.state / "account.key").unlink()
        for file in rogue.state.glob("spool.db*"):
            file.unlink()
        self.assert_fails(rogue.read(CAPTURE, day=DAY), REFUSED, "account")


if __name__ == "__main__":
    main()
