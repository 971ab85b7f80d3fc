"""A fleet over the real enrolment and delivery path: what is shown is what was really done."""
import datetime
import json
import threading
from collections import Counter

import harness
from harness import COUNTS, OK, Answer, GnomonTest, Process, committed_batches

MONTH, DAY = harness.month_before_today(datetime.date.today())
FIRST = DAY[:-2] + "01"
DEPARTMENTS = {"finance": (26, "heavy"), "sales": (18, "regular"), "legal": (3, "light")}
FLOOR = 5


class Fleet(GnomonTest):
    def fleet_arguments(self, collector, name, seed, days=21):
        tokens = self.folder / f"tokens-{name}"
        tokens.write_text("".join(f"{department} {collector.token(department)}\n" for department in DEPARTMENTS))
        truth = self.folder / f"truth-{name}.json"
        crowd = [part for department, (count, habit) in DEPARTMENTS.items() for part in ("--department", f"{department}:{count}:{habit}")]
        return truth, ["run", "--collector", collector.address, "--tokens", tokens, *crowd, "--from", FIRST, "--days", days,
                       "--seed", seed, "--workdir", self.folder / f"fleet-{name}", "--truth", truth, "--progress", "never"]

    def play(self, collector, name, seed):
        truth, arguments = self.fleet_arguments(collector, name, seed)
        done = harness.run("gnomon-fleet", *arguments)
        self.assertEqual(done.returncode, OK, done.stderr)
        return self.read_truth(truth)

    @staticmethod
    def read_truth(file):
        """(department, service) -> Counter of the whole month; "devices" are those that used it."""
        sums = {}
        for row in json.loads(file.read_text())["rows"]:
            counts = {**{k: row[k] for k in COUNTS}, "devices": row["first_this_month"]}
            sums.setdefault((row["department"], row["service"]), Counter()).update(counts)
        return sums

    def assert_shown_is_true(self, collector, truth):
        departments = Answer(collector.json("departments", "--month", MONTH), "department").rows
        self.assertEqual(set(departments), set(DEPARTMENTS))
        self.assertEqual(set(departments["legal"].values()), {None})
        for department in ("finance", "sales"):
            services = Answer(collector.json("services", "--month", MONTH, "--department", department), "service").rows
            shown = {name: row for name, row in services.items() if row["turns"] is not None}
            self.assertTrue(shown or department != "finance", "the largest department has services that all may see")
            for name, row in shown.items():
                true = truth[(department, name)]
                self.assertEqual(row, {k: true[k] for k in row}, (department, name))
                self.assertGreaterEqual(row["devices"], FLOOR)
            everything = sum((c for (d, s), c in truth.items() if d == department and s != harness.ANY_SERVICE), Counter())
            allowed = {everything["turns"], sum(row["turns"] for row in shown.values())}
            self.assertIn(departments[department]["turns"], allowed, "all services, or those that are shown")
            self.assertEqual(departments[department]["devices"], truth[(department, harness.ANY_SERVICE)]["devices"])

    def test_every_shown_number_is_what_was_really_done(self):
        collector = self.collector(floor=FLOOR)
        self.assert_shown_is_true(collector, self.play(collector, "one", seed=7))

    def test_the_same_seed_plays_the_same_people(self):
        one, two = self.collector(floor=FLOOR), self.collector(floor=FLOOR)
        self.assertEqual(self.play(one, "one", seed=7), self.play(two, "two", seed=7))
        answers = [Answer(at.json("departments", "--month", MONTH), "department").rows for at in (one, two)]
        self.assertEqual(*answers)

    def test_power_cuts_of_the_collector_in_mid_stream_change_no_number(self):
        collector = self.collector(floor=FLOOR, port=harness.free_port())
        truth, arguments = self.fleet_arguments(collector, "one", seed=11)
        fleet = Process(self, "gnomon-fleet", *arguments)
        for cut in range(1, 4):
            self.wait_for_batches(collector, 8 * cut, fleet)
            collector.kill()
            collector.start()
        self.assertEqual(fleet.wait(), OK, "".join(fleet.log.rest()))
        self.assert_shown_is_true(collector, self.read_truth(truth))

    def wait_for_batches(self, collector, count, fleet):
        pause = threading.Event()  # never set: a pause between two looks at the collector's ledger
        for _ in range(harness.LIMIT_S * 100):
            if committed_batches(collector) >= count:
                self.assertFalse(fleet.ended(), "the fleet was done before the cut")
                return
            self.assertFalse(fleet.ended(), "the fleet ended early")
            pause.wait(0.01)
        self.fail(f"fewer than {count} batches in {harness.LIMIT_S} s")


if __name__ == "__main__":
    harness.main()
